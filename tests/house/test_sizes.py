"""Small enough to be held in the head: files, functions and parameter lists."""

from typing import Final

from tests.house.source import Function, sources

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


def body_lines(function: Function) -> int:
    """How long it is behind its signature: the options of a command make that long."""
    return (function.end_lineno or 0) - function.body[0].lineno + 1


def test_files_are_small() -> None:
    """More is two files."""
    long = [
        f"{source.path}: {lines} lines"
        for source in sources()
        if (lines := len(source.text.splitlines()))
        > (TEST_FILE_LINES if source.room == "tests" else FILE_LINES)
        if source.path not in LONG_FILES
    ]

    assert long == []


def test_functions_are_small() -> None:
    """Forty lines: a function that needs a heading inside is two functions."""
    long = [
        f"{name}: {lines} lines"
        for source in sources()
        for function in source.functions()
        if (lines := body_lines(function)) > FUNCTION_LINES
        if (name := f"{source.path}:{function.name}") not in LONG_FUNCTIONS
    ]

    assert long == []


def test_functions_take_few_parameters() -> None:
    """Five: more is a missing type; what typer and FastAPI read from a signature burdens no caller."""
    many = [
        f"{name}: {count} parameters"
        for source in sources("domain", "events", "infra", "workers")
        for function in source.functions()
        if (count := parameters(function)) > PARAMETERS
        if (name := f"{source.path}:{function.name}") not in MANY_PARAMETERS
    ]

    assert many == []


def test_what_may_be_longer_is_still_there_and_still_is() -> None:
    """An exception that nothing needs any more goes."""
    lines = {source.path: len(source.text.splitlines()) for source in sources()}

    assert [path for path in LONG_FILES if lines.get(path, 0) <= FILE_LINES] == []
