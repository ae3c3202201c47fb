"""Mails to people on their way out: each sent once.

Law: a notice's octets were frozen when it was planned (a digest's are, when it is about to be sent; those of a mail
with a link nowhere), and `sending` is committed before anything is handed over. What may have been sent is never
sent again.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Final

import structlog

from domain.carriage import Ambiguous, Carrier, CarrierSession, Delivered, Handover, Refused, Temporary
from domain.identity import Address, Identity
from domain.notice import DigestContent, DigestItem, NoticeKind
from domain.outbound import DigestMember, Mail, NoticeState
from domain.ports import NotReachable, Ticket
from domain.signing_certificate import SigningCertificate
from workers import confirming
from workers.confirming import Confirming, MailWork
from workers.notices import in_unicode
from workers.rounds import patiently

log = structlog.get_logger()

# Beyond this no mail of a ticket is begun: the slowest one must end within the lease.
LONGEST_ROUND: Final = 240.0
PATIENCE: Final = 120.0
AGAIN_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What sending takes. `sender` is the return path; `hurry` cuts short waiting for the database."""

    unit_of_work: Callable[[], AbstractContextManager[MailWork]]
    carrier: Carrier
    sender: str
    confirming: Confirming
    compose_digest: Callable[[DigestContent], bytes]
    hurry: Event


def send(tickets: Sequence[Ticket], sending: Sending) -> None:
    """Send what the tickets stand for, one after the other over one connection."""
    until = time.monotonic() + LONGEST_ROUND
    with sending.carrier.session() as session:
        for number, ticket in enumerate(tickets):
            if time.monotonic() > until or sending.hurry.is_set():
                log.info("mails.left", count=len(tickets) - number)
                return
            _try(ticket, session, sending)


def _try(ticket: Ticket, session: CarrierSession, sending: Sending) -> None:
    """Send one; a fault of ours with it is written down, and the others go on."""
    try:
        _send(ticket, session, sending)
    except NotReachable:
        raise
    except Exception as error:  # noqa: BLE001 - with one mail
        log.error("mail.failed", notice=ticket.id, error=type(error).__name__)  # noqa: TRY400 - no traceback
        with sending.unit_of_work() as work:
            work.schedule.failed(ticket, again_after=AGAIN_AFTER)
            work.commit()


def _send(ticket: Ticket, session: CarrierSession, sending: Sending) -> None:
    mail = _begin(ticket, sending)
    if mail is None or mail.body is None:
        log.info("mail.not_awaited", notice=ticket.id)
        return
    handover = session.deliver(mail.body, sending.sender, mail.recipient, mail.key)
    state = patiently(lambda: _settle(ticket, mail, handover, sending), seconds=PATIENCE, hurry=sending.hurry)
    if isinstance(handover, Temporary):
        log.warning("mail.waits", notice=ticket.id, kind=mail.kind, state=state, code=handover.code)
    else:
        log.info("mail.done", notice=ticket.id, kind=mail.kind, state=state)


def _begin(ticket: Ticket, sending: Sending) -> Mail | None:
    """Take the notice into sending, for good; what has no octets yet is written now."""
    with sending.unit_of_work() as work:
        address_id = work.mails.confirms(ticket)
        if address_id is not None:
            mail = confirming.begin(ticket, address_id, work, sending.confirming)
        else:
            mail = work.mails.begin(ticket)
            if mail is not None and mail.body is None:
                work.mails.freeze(ticket, sending.compose_digest(_digest(mail, work)))
                mail = work.mails.begin(ticket)
        work.commit()
    return mail


def _settle(ticket: Ticket, mail: Mail, handover: Handover, sending: Sending) -> NoticeState | None:
    with sending.unit_of_work() as work:
        address = confirming.address_of(mail, work)
        settled = _settled(ticket, handover, work)
        if address is not None and settled is not None:
            confirming.tell(address, settled, handover, work, sending.confirming)
        work.commit()
    return settled


def _settled(ticket: Ticket, handover: Handover, work: MailWork) -> NoticeState | None:
    match handover:
        case Delivered():
            return _ended(work, ticket, NoticeState.SENT, "")
        case Refused(code):
            return _ended(work, ticket, NoticeState.REFUSED, code)
        case Ambiguous(code):
            return _ended(work, ticket, NoticeState.MAYBE_SENT, code)
        case Temporary(code):
            return work.mails.postpone(ticket, code)


def _ended(work: MailWork, ticket: Ticket, state: NoticeState, detail: str) -> NoticeState | None:
    return state if work.mails.settle(ticket, state, detail) else None


def _digest(mail: Mail, work: MailWork) -> DigestContent:
    members = work.mails.digest_members(mail.id)
    standings = work.directory.find({member.identity_id for member in members if member.identity_id})
    about = {standing.identity.id: standing.identity for standing in standings}
    return DigestContent(
        key=mail.key,
        recipient=mail.recipient,
        locale=mail.locale,
        at=work.now,
        items=tuple(
            _item(member, about[member.identity_id]) for member in members if member.identity_id in about
        ),
    )


def _item(member: DigestMember, identity: Identity) -> DigestItem:
    domain = identity.subject.rpartition("@")[2]
    return DigestItem(
        kind=NoticeKind(member.kind),
        domain=domain,
        domain_unicode=in_unicode(domain),
        address=identity.address if isinstance(identity, (Address, SigningCertificate)) else "",
        at=member.planned_at,
    )
