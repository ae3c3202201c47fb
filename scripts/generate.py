"""Writes the documents that are made from the code: `python -m scripts.generate`, or `--check` that they are fresh.

A new one is a row in GENERATORS and a function that answers with texts by file.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
Files = Mapping[Path, str]


def event_pages() -> Files:
    """A page per event, their index, and the AsyncAPI document."""
    from events.pages import pages  # noqa: PLC0415 - lazily, so that one broken room does not hide the others

    return {ROOT / "docs" / "events" / name: text for name, text in pages().items()}


def dns_pages() -> Files:
    """A page per code of a DNS diagnosis, and their index."""
    from scripts.dns_pages import pages  # noqa: PLC0415

    return {ROOT / "docs" / "dns" / name: text for name, text in pages().items()}


def published_schemas() -> Files:
    """The JSON Schemas that others rely on: added to, never changed."""
    from events.pages import published  # noqa: PLC0415

    folder = ROOT / "events" / "published"
    known = {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.json"))}
    return {folder / name: text for name, text in published(known).items()}


def state_diagram() -> Files:
    """The life of an identity, from the table that the lifecycle lives by."""
    from domain.lifecycle import TRANSITIONS  # noqa: PLC0415

    arrows = [f"    {a} --> {b}: {why}" for a, ways in TRANSITIONS.items() for why, b in ways.items()]
    ends = [f"    {state} --> [*]" for state, ways in TRANSITIONS.items() if not ways]
    drawing = [
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {next(iter(TRANSITIONS))}",
        *arrows,
        *ends,
        "```",
    ]
    return between(ROOT / "ARCHITECTURE.md", "state diagram", "\n".join(drawing))


def reference() -> Files:
    """Settings, commands with two examples of `check`, and the HTTP interface."""
    from scripts.check_pages import check_pages  # noqa: PLC0415
    from scripts.reference import commands, openapi, settings  # noqa: PLC0415

    docs = ROOT / "docs"
    return {
        docs / "settings.md": settings(),
        docs / "check.md": check_pages(),
        docs / "cli.md": commands(),
        docs / "openapi.json": openapi(),
    }


GENERATORS: Final[tuple[Callable[[], Files], ...]] = (
    event_pages,
    dns_pages,
    published_schemas,
    state_diagram,
    reference,
)


def between(file: Path, what: str, text: str) -> Files:
    """The file with `text` in place of what stands between its two marks."""
    begin, end = f"<!-- {what}: begin (generated) -->", f"<!-- {what}: end -->"
    before, found, rest = file.read_text("utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{file.name} has lost its marks for the {what}.")
    return {file: f"{before}{begin}\n{text}\n{end}{after}"}


def stale() -> dict[Path, str]:
    """Every generated file that is not what it should be, with what it should be."""
    files = {file: text for generator in GENERATORS for file, text in generator().items()}
    return {
        file: text for file, text in files.items() if not file.exists() or file.read_text("utf-8") != text
    }


def main() -> int:
    """Write what is stale, or with `--check` name it and fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something is stale")
    check = parser.parse_args().check
    found = stale()
    for file, text in found.items():
        print(f"{'stale' if check else 'written'}: {file.relative_to(ROOT)}")
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    if check and found:
        print("`make generate` writes them again.", file=sys.stderr)
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
