"""`signet list`, `show`, `records` and `wait`: how identities stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Event
from time import monotonic
from typing import Annotated, Final

import typer

from domain.identity import Address, Domain, Identity, Kind, Route, State
from domain.mail_address import parse_address
from domain.names import DomainName, spell
from domain.signing_certificate import SigningCertificate
from domain.standing import Standing, StandingQuery
from signet.ending import Ended, Status, wrong
from signet.installation import session
from signet.pages import identity_page
from signet.screen import present, print_json, print_text, remark, say, side, table, until, worded
from workers.bootstrap import duration
from workers.record_formats import FORMATS
from workers.resources import item, resource
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
        last, now = None, reading.now
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
    columns = (
        "Subject",
        "Account",
        "State",
        "Next look",
        "Good until" if kind is Kind.CERTIFICATE else "Deadline",
    )
    present(table(columns, (_row(one, now) for one in found), name_first=True))
    if len(found) == limit:
        remark(f"These are the first {limit}; --limit shows more.")


def show(name: Named, account: Account = None, *, as_json: Json = False) -> None:
    """Show one identity whole: state, records, last looks, next look, history; of all accounts that hold it.

    An address is shown with its certificate, a domain that sends over its owner's mail server with its login there.
    """
    with session() as services, services.reading() as reading:
        found = _with_theirs(reading, found_identities(reading, name, account))
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
    for number, (parts, pair) in enumerate(zip(whole, pairs, strict=True)):
        if number:
            say()
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


def _with_theirs(reading: Reading, found: Sequence[Standing]) -> Sequence[Standing]:
    """Each with what belongs to it and goes by the same name."""
    whole: list[Standing] = []
    for one in found:
        whole.append(one)
        match one.identity:
            case Address(subject=subject):
                kind = Kind.CERTIFICATE
            case Domain(subject=subject, route=Route.SMTP):
                kind = Kind.SMTP
            case _:
                continue
        named = reading.directory.named(kind, subject)
        whole += [other for other in named if other.identity.account == one.identity.account]
    return whole


def _duration(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise wrong(f"--timeout: {error}.") from None


def _row(one: Standing, now: datetime) -> Sequence[object]:
    identity = one.identity
    state = worded(identity.state)
    if one.parked:
        state.append(" (parked)", style="red")
    next_look = None if one.due_at is None or one.parked else until(one.due_at, now)
    return (identity.shown, identity.account, state, next_look, _end(identity, now))


def _end(identity: Identity, now: datetime) -> str | None:
    """When it is over by itself: a certificate that is used on its last day, what is waited for at its deadline."""
    if isinstance(identity, SigningCertificate):
        accepted = identity.accepted
        return None if accepted is None else f"{accepted.facts.not_after:%Y-%m-%d}"
    if identity.state is not State.PENDING:
        return None
    return until(identity.deadline, now) if identity.deadline > now else "passed"
