"""`signet list`, `show`, `records` and `wait`: how identities stand."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from threading import Event
from time import monotonic
from typing import Annotated, Final

import typer

from domain.identity import Kind, State
from domain.mail_address import parse_address
from domain.names import DomainName, spell
from domain.standing import Standing, StandingQuery
from signet.ending import Ended, Status, wrong
from signet.installation import session
from signet.pages import identity_page
from signet.screen import present, print_json, print_text, remark, say, side, table, worded
from workers.bootstrap import duration
from workers.record_formats import FORMATS
from workers.resources import attempts, item, resource
from workers.services import Reading, Services

PORTION: Final = 500
LOOK_EVERY: Final = 0.5  # seconds
SHOWN_LOOKS: Final = 5
Account = Annotated[str | None, typer.Option("--account", help="Of this account only.")]
Named = Annotated[str, typer.Argument(metavar="NAME", help="A domain, an address, or the id of an identity.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Form(StrEnum):
    """How records are written."""

    TABLE = "table"
    CSV = "csv"
    ZONE = "zone"
    TERRAFORM = "terraform"
    JSON = "json"


def list_identities(
    kind: Annotated[
        Kind, typer.Argument(metavar="KIND", help="What to list: domain, address, smtp or certificate.")
    ],
    account: Account = None,
    state: Annotated[State | None, typer.Option("--state", help="In this state only.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 1000,
    *,
    as_json: Json = False,
) -> None:
    """List identities; removed ones only with --state removed."""
    accounts = None if account is None else frozenset({account})
    with session() as services, services.reading() as reading:
        found: list[Standing] = []
        last = None
        while len(found) < limit:
            query = StandingQuery(kind=kind, accounts=accounts, state=state, after=last, limit=PORTION)
            page = reading.directory.page(query)
            last = page[-1].identity.id if page else None
            found += [one for one in page if state or one.identity.state is not State.REMOVED]
            if len(page) < PORTION:
                break
    found = found[:limit]
    if as_json:
        print_json({"items": [item(one) for one in found]})
        return
    columns = ("Subject", "Account", "State", "Looks", "Next look", "Deadline")
    present(table(columns, map(_row, found)))
    if len(found) == limit:
        remark(f"These are the first {limit}; --limit shows more.")


def show(name: Named, account: Account = None, *, as_json: Json = False) -> None:
    """Show one identity whole: state, records, last looks, next look, history; of all accounts that hold it.

    An address is shown with its certificate.
    """
    with session() as services, services.reading() as reading:
        found = [*found_identities(reading, name, account), *_certificates(reading, name, account)]
        whole = [
            (
                one,
                reading.directory.looks(one.identity.id, limit=SHOWN_LOOKS),
                reading.directory.history(one.identity.id),
            )
            for one in found
        ]
        pairs = [reading.dkim.of_domain(one.identity.id) for one in found]
        now = reading.now
    if as_json:
        print_json({"items": [resource(*parts, services.providers) for parts in whole]})
        return
    for parts, pair in zip(whole, pairs, strict=True):
        present(identity_page(*parts, services.providers, now=now, keys=pair))


def records(
    name: Named,
    account: Account = None,
    form: Annotated[Form, typer.Option("--format", help="How they are written.")] = Form.TABLE,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the records that the owner has to publish."""
    with session() as services, services.reading() as reading:
        found = [one.identity for one in found_identities(reading, name, account)]
    if len(found) > 1:
        accounts = ", ".join(identity.account for identity in found)
        raise wrong(f"{name} is held by several accounts ({accounts}). Name one with --account.")
    expected = found[0].proof.records
    form = Form.JSON if as_json else form
    if form is not Form.TABLE:
        print_text(FORMATS[form](expected))
    elif expected:
        rows = [(record.type, record.name, record.value, record.purpose) for record in expected]
        present(table(("Type", "Name", "Target", "Purpose"), rows))
    else:
        say("Nothing has to be published: this domain sends over its own mail server.")


def wait(
    name: Named,
    account: Account = None,
    timeout: Annotated[
        str | None,
        typer.Option("--timeout", metavar="DURATION", help="Such as 90s or 15m; then leave with 1."),
    ] = None,
) -> None:
    """Return when an identity is settled: 0 verified, 1 not."""
    until = None if timeout is None else monotonic() + _duration(timeout).total_seconds()
    with session() as services, side().status(f"Waiting for {name} …"):
        while pending := _pending(services, name, account):
            if until is not None and monotonic() > until:
                raise Ended(Status.NOT_SO, f"{pending[0].identity.shown} is still pending.")
            Event().wait(LOOK_EVERY)
        with services.reading() as reading:
            found = found_identities(reading, name, account)
    for one in found:
        say(f"{one.identity.shown} ({one.identity.account}) is {one.identity.state}.")
    verified = all(one.identity.state is State.VERIFIED for one in found)
    raise Ended(Status.DONE if verified else Status.NOT_SO)


def _pending(services: Services, name: str, account: str | None) -> Sequence[Standing]:
    with services.reading() as reading:
        found = found_identities(reading, name, account)
    return [one for one in found if one.identity.state is State.PENDING]


def found_identities(reading: Reading, name: str, account: str | None) -> Sequence[Standing]:
    """The identities that a name or an id means; ends the command where there is none."""
    domain, address = spell(name), parse_address(name)
    found = list(reading.directory.find([name]))
    if not found and address is not None:
        found = list(reading.directory.named(Kind.ADDRESS, address.key))
    elif not found and isinstance(domain, DomainName):
        found = list(reading.directory.named(Kind.DOMAIN, domain.ascii))
    found = [one for one in found if account in {None, one.identity.account}]
    if not found:
        holder = "No account holds" if account is None else f"The account {account} does not hold"
        raise Ended(
            Status.NOT_SO,
            f"{holder} {name}. `signet list domain` and `signet list address` show what there is.",
        )
    return found


def _certificates(reading: Reading, name: str, account: str | None) -> Sequence[Standing]:
    """The certificates of the address that a name means, where it means one."""
    address = parse_address(name)
    found = [] if address is None else reading.directory.named(Kind.CERTIFICATE, address.key)
    return [one for one in found if account in {None, one.identity.account}]


def _duration(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise wrong(f"--timeout: {error}.") from None


def _row(one: Standing) -> Sequence[object]:
    identity = one.identity
    state = worded(identity.state)
    if one.parked:
        state.append(" (parked)", style="red")
    return (identity.shown, identity.account, state, attempts(one), one.due_at, identity.deadline)
