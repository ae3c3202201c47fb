"""Small enough to be held in the head: files, functions and parameter lists."""

from typing import Final

import pytest

from tests.house.source import Function, Source, sources

FILE_LINES: Final = 250
TEST_FILE_LINES: Final = 400  # tables of cases are long, and read line by line
FUNCTION_LINES: Final = 40
PARAMETERS: Final = 5

# Longer because it reads better so; each with its reason.
LONG_FILES: Final[dict[str, str]] = {}
LONG_FUNCTIONS: Final[dict[str, str]] = {}
MANY_PARAMETERS: Final[dict[str, str]] = {}


def parameters(function: Function) -> int:
    """How many a caller has to know: `self` and `cls` are not his."""
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([one for one in named if one.arg not in {"self", "cls", "_"}])


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path)
def test_a_file_is_small(source: Source) -> None:
    """More is two files."""
    most = TEST_FILE_LINES if source.room == "tests" else FILE_LINES
    lines = len(source.text.splitlines())

    assert lines <= most or source.path in LONG_FILES


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path)
def test_functions_are_small(source: Source) -> None:
    """Forty lines: a function that needs a heading inside is two functions."""
    long = {
        f"{source.path}:{function.name}": length
        for function in source.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }

    assert long.keys() <= LONG_FUNCTIONS.keys(), long


@pytest.mark.parametrize(
    "source", sources("domain", "events", "infra", "workers"), ids=lambda source: source.path
)
def test_functions_take_few_parameters(source: Source) -> None:
    """Five: more is a missing type."""
    many = {
        f"{source.path}:{function.name}": count
        for function in source.functions()
        if (count := parameters(function)) > PARAMETERS
    }

    assert many.keys() <= MANY_PARAMETERS.keys(), many


def test_what_may_be_longer_is_still_there_and_still_is() -> None:
    """An exception that nothing needs any more goes."""
    lines = {source.path: len(source.text.splitlines()) for source in sources()}

    assert [path for path in LONG_FILES if lines.get(path, 0) <= FILE_LINES] == []
