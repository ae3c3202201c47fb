"""The code as the house tests read it: every Python file of the rooms, parsed once."""

import ast
import gc
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("domain", "events", "infra", "workers", "web", "signet")
BESIDE: Final = ("tests", "scripts", "benchmarks", "fuzz")
MIGRATIONS: Final = "infra/db/migrations/versions/"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file: where it is (from the checkout's root), its text and its syntax tree."""

    path: str
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)

    @property
    def room(self) -> str:
        """The top-level package that it lies in."""
        return self.path.partition("/")[0]

    def functions(self) -> Iterator[Function]:
        """Every function and method in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every module that it imports, as written, with the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)

    def calls(self) -> Iterator[tuple[str, int]]:
        """Every call by its dotted name, with the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.lineno


@cache
def sources(*rooms: str) -> tuple[Source, ...]:
    """The files of some rooms (of all where none is named), migrations left out: they are history."""
    gc.disable()  # half a million nodes that stay: looking for rubbish among them takes longer than parsing
    files = sorted(file for room in rooms or (*ROOMS, *BESIDE) for file in (ROOT / room).rglob("*.py"))
    paths = [(file, file.relative_to(ROOT).as_posix()) for file in files]
    found = tuple(
        Source(path=path, text=(text := file.read_text("utf-8")), tree=ast.parse(text))
        for file, path in paths
        if not path.startswith(MIGRATIONS)
    )
    gc.freeze()
    gc.enable()
    return found


def words(name: str) -> set[str]:
    """The words of an identifier, in lower case: `DnsEngine` and `dns_engine` have the same two."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}
