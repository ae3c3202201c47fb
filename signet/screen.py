"""What the command shows: tables and sentences for people, JSON for programs.

Law: what others wrote is shown as text, never as markup or control codes. Into a pipe goes plain text, whole.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from domain.diagnosis import visible

WIDEST: Final = 100_000  # in a pipe nothing is wrapped or cut
LONGEST_WHOLE: Final = 32  # columns: beside such a name the rest of a list still fits into 80
UNITS: Final = (("days", 86_400), ("h", 3_600), ("min", 60))
COLOURS: Final = {
    "verified": "green",
    "ok": "green",
    "passed": "green",
    "pending": "yellow",
    "at_risk": "yellow",
    "missing": "yellow",
    "not_yet": "yellow",
    "wrong": "red",
    "expired": "red",
    "failed": "red",
    "revoked": "red",
    "unknown": "magenta",
    "inconclusive": "magenta",
    "removed": "dim",
}


def screen() -> Console:
    """Where results go."""
    return _console(stderr=False)


def side() -> Console:
    """Where remarks and errors go."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDEST
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def say(text: str = "", style: str | None = None) -> None:
    """One line or paragraph of a result."""
    screen().print(Text(text, style=style or ""), soft_wrap=True)


def present(page: RenderableType) -> None:
    """A table or page of a result; in a pipe, without the blanks that fill its lines."""
    console = screen()
    if console.is_terminal:
        console.print(page)
        return
    with console.capture() as captured:
        console.print(page)
    print_text("".join(f"{line.rstrip()}\n" for line in captured.get().removesuffix("\n").split("\n")))


def remark(text: str) -> None:
    """One line beside the result."""
    side().print(Text(text), soft_wrap=True)


def worded(word: str) -> Text:
    """A state, status or outcome in its colour."""
    return Text(word, style=COLOURS.get(word, ""))


def cell(value: object) -> Text:
    """Anything as a cell, whole: nothing invisible in it, nothing taken for markup."""
    match value:
        case Text():
            return value
        case None:
            return Text("-", style="dim")
        case datetime():
            return Text(moment(value))
        case _:
            return Text("\n".join(visible(line) for line in str(value).split("\n")))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    ruled: bool | None = None,
    name_first: bool = False,
) -> Table:
    """Rows under their heads, ruled on a terminal where nothing else is said; long cells fold rather than being cut.

    Where the first is a name that somebody may want to copy, the others give way to it, unless it is very long.
    """
    ruled = screen().is_terminal if ruled is None else ruled
    drawn = Table(box=SIMPLE_HEAD if ruled else None, pad_edge=False, show_edge=False)
    cells = [[cell(value) for value in row] for row in rows]
    whole = name_first and all(row[0].cell_len <= LONGEST_WHOLE for row in cells)
    for number, column in enumerate(columns):
        drawn.add_column(column, overflow="fold", no_wrap=whole and number == 0)
    for row in cells:
        drawn.add_row(*row)
    return drawn


def moment(at: datetime) -> str:
    """A time to the second, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def until(due: datetime, now: datetime) -> str:
    """How long it is until something is due."""
    seconds = round((due - now) / timedelta(seconds=1))
    if seconds <= 0:
        return "now"
    unit, long = next(((unit, long) for unit, long in UNITS if seconds >= 2 * long), ("s", 1))
    return f"in {seconds // long} {unit}"


def print_json(value: object) -> None:
    """A document for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_line(octets: bytes) -> None:
    """One line of a stream for programs, at once."""
    sys.stdout.write(octets.decode("utf-8") + "\n")
    sys.stdout.flush()


def print_text(text: str) -> None:
    """A file's content, octet by octet: line ends stay as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()
