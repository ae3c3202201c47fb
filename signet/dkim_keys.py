"""`signet keys dkim`: the keys that the mail of domains is signed with."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from domain.dkim_keys import DkimPair, KeyState
from domain.dkim_rotation import CACHED, SIGNATURE_LIFE
from domain.identity import Domain, Route
from signet.ending import Ended, Status
from signet.installation import session
from signet.key_table import key_table
from signet.screen import moment, present, print_json, say
from signet.standing import Account, Json, found_identities
from workers.services import Reading
from workers.told_keys import told_keys

app = typer.Typer(no_args_is_help=True, help="The keys that the mail of domains is signed with.")

Named = Annotated[str, typer.Argument(metavar="DOMAIN", help="A domain, or its id.")]
NONE_YET: Final = "{domain} has no DKIM keys yet: the first is made when one of its records is seen."
NEVER: Final = (
    "{domain} has no DKIM keys of ours: it sends over its owner's mail server, which signs for itself."
)


@app.command()
def show(name: Named, account: Account = None, *, as_json: Json = False) -> None:
    """Show the keys of a domain: selector, state, since when it is published and signs."""
    with session() as services, services.reading() as reading:
        found = [(one, reading.dkim.of_domain(one.id)) for one in _domains(reading, name, account)]
    if as_json:
        print_json(
            {"items": [{"id": one.id, "account": one.account, **told_keys(pair)} for one, pair in found]}
        )
        return
    for one, pair in found:
        if pair is None or not pair.keys:
            say(_none(one))
            continue
        say(f"{one.shown} ({one.account})", "bold")
        if pair.fault is not None:
            say(f"Our zone is not as it should be ({pair.fault}); it is put right as soon as it can be.")
        present(key_table(pair))


@app.command()
def rotate(name: Named, account: Account = None) -> None:
    """Ask for a new key; the present one signs until the new one is published for long enough."""
    with session() as services, services.reading() as reading:
        domains = _domains(reading, name, account)
        pairs = [(one, reading.dkim.ask(one.id)) for one in domains]
        reading.commit()
    for one, pair in pairs:
        say(_answer(one, pair))
    if all(pair is None for _, pair in pairs):
        raise Ended(Status.NOT_SO)


def _answer(one: Domain, pair: DkimPair | None) -> str:
    """What becomes of the wish."""
    domain = f"{one.shown} ({one.account})"
    if pair is None:
        return _none(one)
    if pair.removed:
        return f"{domain} was removed: its keys are revoked."
    if pair.asked_at is None:
        return f"{domain}: a new key is on its way already."
    resting = next((key for key in pair.keys if key.state is KeyState.ROTATED), None)
    if resting is not None and resting.rotated_at is not None:
        free = moment(resting.rotated_at + SIGNATURE_LIFE + CACHED)
        return (
            f"{domain}: a new key is made at {free}; until then what the last one signed must still verify."
        )
    return f"{domain}: a new key is made now. `signet keys dkim show {one.shown}` shows how far it is."


def _none(one: Domain) -> str:
    """Why a domain has no keys."""
    reason = NONE_YET if one.route is Route.CLOUD else NEVER
    return reason.format(domain=f"{one.shown} ({one.account})")


def _domains(reading: Reading, name: str, account: str | None) -> Sequence[Domain]:
    found = [one.identity for one in found_identities(reading, name, account)]
    domains = [one for one in found if isinstance(one, Domain)]
    if not domains:
        raise Ended(Status.NOT_SO, f"{name} is no domain; only domains have DKIM keys.")
    return domains
