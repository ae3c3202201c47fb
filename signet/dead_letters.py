"""`signet dead-letters list|show|replay|drop`: what no queue could deliver, and what a person does with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from events.delivery import Buried, Graveyard
from signet.ending import Ended, Status, wrong
from signet.installation import quiet, settings
from signet.screen import present, print_json, remark, say, table
from workers import bootstrap, dead_letters

SHORT: Final = 12

app = typer.Typer(no_args_is_help=True, help="Dead letters, on every queue.")

Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]…", help="Their ids, or the beginnings of them.")
]
All = Annotated[bool, typer.Option("--all", help="All that lie there now.")]


@app.command("list")
def list_letters(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
) -> None:
    """List the dead letters of every queue, the oldest first."""
    with _graveyard() as graveyard:
        found = list(dead_letters.letters(graveyard))
    if as_json:
        print_json({"items": [_item(letter) for letter in found]})
        return
    rows = [(letter.id[:SHORT], letter.queue, letter.code, letter.reason) for letter in found]
    present(table(("Id", "Queue", "Code", "Reason"), rows))


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show one dead letter whole."""
    with _graveyard() as graveyard:
        letter = _find(graveyard, letter_id)
    body = letter.body.decode("utf-8", "backslashreplace")
    if as_json:
        print_json({**_item(letter), "body": None if letter.withheld else body})
        return
    for name, value in _item(letter).items():
        say(f"{name}: {value}")
    say(f"\n{'The body was withheld: it may hold a secret in clear.' if letter.withheld else body}")


@app.command()
def replay(ids: Ids = None, *, every: All = False) -> None:
    """Send dead letters back to where they came from."""
    with _graveyard() as graveyard:
        moved = dead_letters.replay(graveyard, _wanted(graveyard, ids, every=every))
    remark(f"{moved.done} sent back.")
    if moved.left:
        raise Ended(Status.NOT_SO, f"{len(moved.left)} cannot be sent back: their bodies were withheld.")


@app.command()
def drop(ids: Ids = None, *, every: All = False) -> None:
    """Forget dead letters for ever."""
    with _graveyard() as graveyard:
        moved = dead_letters.drop(graveyard, _wanted(graveyard, ids, every=every))
    remark(f"{moved.done} dropped.")


@contextmanager
def _graveyard() -> Iterator[Graveyard]:
    chosen = settings()
    quiet(chosen)
    found = bootstrap.graveyard(chosen)
    if found is None:
        raise wrong("SIGNET_BROKER_URL is not set: without RabbitMQ there are no dead letters.")
    yield found


def _wanted(graveyard: Graveyard, ids: list[str] | None, *, every: bool) -> list[str] | None:
    """The whole ids of those that are meant; None means all."""
    if every == bool(ids):
        raise wrong("Name dead letters by their ids, or all of them with --all.")
    return [_find(graveyard, one).id for one in ids] if ids else None


def _find(graveyard: Graveyard, letter_id: str) -> Buried:
    letter = dead_letters.find(graveyard, letter_id)
    if letter is None:
        raise Ended(
            Status.NOT_SO,
            f"Not one dead letter begins with {letter_id}. `signet dead-letters list` shows all.",
        )
    return letter


def _item(letter: Buried) -> dict[str, object]:
    return {
        "id": letter.id,
        "queue": letter.queue,
        "code": letter.code,
        "reason": letter.reason,
        "publisher": letter.publisher,
        "message_id": letter.message_id,
    }
