"""What tests of addresses stand on: proven domains, requests, a relay, and the links in what it received."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from domain.challenge import NOTHING
from domain.identity import Address, Domain, Identity, Kind, Route, State
from domain.lifecycle import Step
from domain.ports import SubjectKey, Work
from events.envelope import Envelope
from infra.db.outbox import TELLS_OF
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from infra.tokens import new_id
from tests.conformance.building import a_registration, an_event
from tests.servers.smtp import MailServer
from workers import bootstrap
from workers.intake import Answer, Arrival, take
from workers.mails import send
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

URL = "https://signet.example.net"
TELLS = {state: word for word, state in TELLS_OF.items()}
LINK = re.compile(rf"{URL}/confirm/([A-Za-z0-9_-]+)")


def prove(
    unit: Units, subject: str = "example.org", *, account: str = "acme", state: State = State.VERIFIED
) -> Domain:
    """A domain that is already proven, or in another state, on its owner's own server."""
    with unit() as work:
        new = a_registration(work.now, subject=subject, account=account)
        domain = replace(new, challenge=NOTHING, route=Route.SMTP, sequence=1)
        work.identities.add([domain])
        work.outbox.add([an_event(domain, 1)])
        work.commit()
    turned = turn(unit, domain, state)
    assert isinstance(turned, Domain)
    return turned


def turn(unit: Units, identity: Identity, state: State) -> Identity:
    """Bring an identity into another state, with the event that says so."""
    if state is identity.state:
        return identity
    turned = replace(identity, state=state, sequence=identity.sequence + 1)
    with unit() as work:
        work.identities.save([turned], {identity.id: identity.version})
        work.schedule.put([Step(identity=turned)])
        work.outbox.add([an_event(turned, turned.sequence, TELLS[state])])
        work.commit()
    return turned


def ask(settings: Settings, unit: Units, name: str, address: str, **data: Any) -> Answer:
    """Publish one event about an address."""
    [answer] = take(
        [arrival(name, address, **data)],
        bootstrap.tools(settings, unit),
    )
    return answer


def arrival(name: str, address: str, *, account: str = "acme", **data: Any) -> Arrival:
    """An event about an address, at the door."""
    envelope = Envelope(
        id=new_id(),
        source="urn:shop",
        type=f"org.signet.address.{name}.v1",
        data={"account": account, "address": address, **data},
    )
    return Arrival(publisher="shop", accounts=None, envelope=envelope)


def stored(unit: Units, key: str = "info@example.org", *, account: str = "acme") -> Address:
    """The address as it is now."""
    subject = SubjectKey(kind=Kind.ADDRESS, account=account, subject=key)
    with unit() as work:
        found = work.identities.current([subject])[subject]
    assert isinstance(found, Address)
    return found


def deliver(unit: Units, sending: Sending) -> int:
    """Send what is due, as a worker does; answer how many mails that were."""
    with unit() as work:
        tickets = work.schedule.claim(Work.MAIL, limit=200, lease=timedelta(minutes=15))
        work.commit()
    send(tickets, sending)
    return len(tickets)


def letters(server: MailServer) -> list[EmailMessage]:
    """What the relay took, as its readers see it."""
    return [
        message_from_bytes(one.content, policy=policy.default)  # type: ignore[arg-type]
        for one in server.received
    ]


def tokens(server: MailServer) -> list[str]:
    """The tokens of the links in what the relay took, oldest first."""
    found = []
    for letter in letters(server):
        body = letter.get_body(("plain",))
        assert body is not None
        found += LINK.findall(body.get_content())
    return found


def names(unit: Units) -> list[str]:
    """The events about addresses, in their order."""
    with unit() as work:
        rows = work.outbox._link.rows(
            "SELECT type FROM outbox WHERE type LIKE '%%.address.%%' ORDER BY number"
        )
    return [row[0].removeprefix("org.signet.address.").removesuffix(".v1") for row in rows]


def hours_pass(unit: Units, hours: float) -> None:
    """Let time pass, by moving all that is stored of addresses into the past."""
    with unit() as work:
        for statement in (
            "UPDATE mail_slots SET at = at - %(by)s",
            "UPDATE schedule SET due_at = due_at - %(by)s",
            "UPDATE links SET expires_at = expires_at - %(by)s",
            "UPDATE identities SET deadline = deadline - %(by)s, last_look_at = last_look_at - %(by)s",
        ):
            work.outbox._link.run(statement, {"by": timedelta(hours=hours)})
        work.commit()


def put_due(unit: Units, address: Address) -> None:
    """Let the end of an address's window be due now."""
    with unit() as work:
        work.schedule.put([Step(identity=address, due_at=work.now)])
        work.commit()


def told(unit: Units, name: str) -> list[dict[str, Any]]:
    """The data of the events of one name."""
    with unit() as work:
        rows = work.outbox._link.rows(
            "SELECT body FROM outbox WHERE type = %(type)s ORDER BY number",
            {"type": f"org.signet.{name}.v1"},
        )
    return [json.loads(bytes(row[0]))["data"] for row in rows]
