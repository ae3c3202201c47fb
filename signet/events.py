"""`signet events`: reads the feed, and goes on with it."""

import json
from collections.abc import Iterator
from threading import Event
from typing import Annotated, Final

import typer
from rich.text import Text

from domain.diagnosis import shown
from domain.outbound import CursorExpired, FeedEvent, FeedQuery
from domain.ports import NotReachable
from signet.ending import wrong
from signet.installation import session
from signet.screen import print_line, remark, screen
from workers.services import Services

PORTION: Final = 500
LOOK_EVERY: Final = 0.2  # seconds
SUBJECT_WIDTH: Final = 28
TYPE_WIDTH: Final = 26


def events(
    after: Annotated[
        str | None, typer.Option("--after", metavar="CURSOR", help="Go on after this event of --json.")
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="GLOB", help="Such as 'domain.*', on short or full names.")
    ] = None,
    account: Annotated[str | None, typer.Option("--account", help="Of this account only.")] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One event a line, as it was published.")] = False,
) -> None:
    """Read everything that Signet said, oldest first."""
    accounts = None if account is None else frozenset({account})
    query = FeedQuery(after=after or None, type=type_ or None, accounts=accounts, limit=PORTION)
    with session() as services:
        for event in _events(services, query, follow=follow):
            if as_json:
                print_line(event.body)
            else:
                screen().print(_line(event), soft_wrap=True)


def _events(services: Services, query: FeedQuery, *, follow: bool) -> Iterator[FeedEvent]:
    away = False
    while True:
        try:
            with services.reading() as reading:
                page = reading.feed.page(query)
        except CursorExpired as error:
            raise wrong(f"{error} Leave out --after to begin with the oldest event kept.") from None
        except NotReachable:
            if not (follow and query.after):
                raise
            if not away:
                remark("The database is out of reach; waiting for it.")
            away = True
            Event().wait(1)
            continue
        away = False
        yield from page.events
        if len(page.events) < query.limit:
            if not follow:
                return
            Event().wait(LOOK_EVERY)
        query = FeedQuery(after=page.next, type=query.type, accounts=query.accounts, limit=query.limit)


def _line(event: FeedEvent) -> Text:
    said = json.loads(event.body)
    data = said["data"]
    name = said["type"].removeprefix("org.signet.").removesuffix(".v1")
    more = [data.get("account"), data.get("code"), data.get("outcome"), _codes(data)]
    line = Text(f"{said['time'][:19]}Z  ", style="dim")
    line.append(f"{name:{TYPE_WIDTH}} ", style="bold")
    line.append(f"{shown(said.get('subject') or '-'):{SUBJECT_WIDTH}} ")
    return line.append("  ".join(shown(str(one)) for one in more if one), style="dim")


def _codes(data: dict[str, object]) -> str:
    """The codes of what is wrong, each once."""
    faults = [*_list(data.get("records")), *_list(data.get("errors"))]
    codes = [(one.get("diagnosis") or one).get("code") for one in faults if isinstance(one, dict)]
    return ", ".join(dict.fromkeys(str(code) for code in codes if code))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
