"""Names say what a thing is in the language of mail; words that could mean anything are not in our house."""

import ast
from typing import Final

import pytest

from tests.house.source import ROOMS, Source, sources, words

NOWHERE: Final = {"manager", "helper", "helpers", "util", "utils", "common", "base", "impl", "misc", "stuff"}
NOT_A_TYPE: Final = {"handler", "data", "info", "abstract", "processor"}
NOT_A_VERB: Final = {"process", "do", "perform"}
SECRETS: Final = {"password", "secret", "passphrase", "credentials", "pkcs12", "private"}


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path)
def test_names_say_what_a_thing_is(source: Source) -> None:
    """Files, classes and functions alike."""
    stem = source.path.removesuffix(".py").rpartition("/")[2]
    names = [stem, *(one.name for one in source.classes()), *_function_names(source)]

    vague = [name for name in names if words(name) & NOWHERE]
    vague += [one.name for one in source.classes() if words(one.name) & NOT_A_TYPE]
    vague += [name for name in _function_names(source) if name in NOT_A_VERB]

    assert vague == []


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path)
def test_a_file_says_what_it_is_for(source: Source) -> None:
    """In its first sentence; an empty `__init__` has nothing to say."""
    assert not source.tree.body or ast.get_docstring(source.tree), "opens without a docstring"


@pytest.mark.parametrize("source", sources("workers"), ids=lambda source: source.path)
def test_no_actor_takes_a_secret(source: Source) -> None:
    """What an actor takes stands in a message, and in the broker's log."""
    for function in source.functions():
        decorators = [
            decorator for decorator in function.decorator_list if "actor" in words(ast.unparse(decorator))
        ]
        taken = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
        if decorators:
            assert not {name for name in taken if words(name) & SECRETS}, function.name


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path)
def test_what_is_to_be_done_has_a_number(source: Source) -> None:
    """So that somebody can find out whether it was."""
    mark = "TO" + "DO"
    lines = [line.strip() for line in source.text.splitlines() if mark in line or "FIX" + "ME" in line]

    assert [line for line in lines if f"{mark} #" not in line] == []


@pytest.mark.parametrize("source", sources(*ROOMS), ids=lambda source: source.path)
def test_no_banners(source: Source) -> None:
    """A line of dashes says that a file is two files."""
    lines = [line.strip() for line in source.text.splitlines()]

    assert [
        line for line in lines if line.startswith("#") and len(line) > 4 and not line.strip("#=-* ")
    ] == []


def _function_names(source: Source) -> list[str]:
    """A test's name is a sentence, and may use every word."""
    return [one.name for one in source.functions() if not one.name.startswith("test_")]
