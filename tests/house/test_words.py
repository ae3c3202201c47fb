"""Names say what a thing is in the language of mail; words that could mean anything are not in our house."""

import ast
from typing import Final

from tests.house.source import Source, sources, words

NOWHERE: Final = {"manager", "helper", "helpers", "util", "utils", "common", "base", "impl", "misc", "stuff"}
NOT_A_TYPE: Final = {"handler", "data", "info", "abstract", "processor"}
NOT_A_VERB: Final = {"process", "do", "perform"}
SECRETS: Final = {"password", "secret", "passphrase", "credentials", "pkcs12", "private"}


def test_names_say_what_a_thing_is() -> None:
    """Files, classes and functions alike."""
    vague = [f"{source.path}: {name}" for source in sources() for name in _vague(source)]

    assert vague == []


def test_a_file_says_what_it_is_for() -> None:
    """In its first sentence; an empty `__init__` has nothing to say."""
    silent = [source.path for source in sources() if source.tree.body and not ast.get_docstring(source.tree)]

    assert silent == []


def test_no_actor_takes_a_secret() -> None:
    """What an actor takes stands in a message, and in the broker's log."""
    taken = [
        f"{source.path}:{function.name}({argument.arg})"
        for source in sources("workers", "infra")
        for function in source.functions()
        if any("actor" in words(ast.unparse(decorator)) for decorator in function.decorator_list)
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if words(argument.arg) & SECRETS
    ]

    assert taken == []


def test_what_is_to_be_done_has_a_number() -> None:
    """So that somebody can find out whether it was."""
    marks = ("TODO", "FIXME", "XXX")
    lines = [
        f"{source.path}:{number}"
        for source in sources()
        for number, line in enumerate(source.text.splitlines(), 1)
        if any(f"# {mark}" in line and f"# {mark} #" not in line for mark in marks)
    ]

    assert lines == []


def test_no_banners() -> None:
    """A line of dashes says that a file is two files."""
    lines = [
        f"{source.path}:{number}"
        for source in sources()
        for number, line in enumerate(source.text.splitlines(), 1)
        if line.lstrip().startswith("#") and len(line.strip()) > 4 and not line.strip("#=-*~ ")
    ]

    assert lines == []


def _vague(source: Source) -> list[str]:
    stem = source.path.removesuffix(".py").rpartition("/")[2]
    classes, functions = [one.name for one in source.classes()], _function_names(source)
    return [
        *(name for name in (stem, *classes, *functions) if words(name) & NOWHERE),
        *(name for name in classes if words(name) & NOT_A_TYPE),
        *(name for name in functions if name in NOT_A_VERB),
    ]


def _function_names(source: Source) -> list[str]:
    """A test's name is a sentence, and may use every word."""
    return [one.name for one in source.functions() if not one.name.startswith("test_")]
