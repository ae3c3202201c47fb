"""Mails to people on their way out: each sent once.

Law: a notice's octets were frozen when it was planned (a digest's are, when it is about to be sent; those of a mail
with a link nowhere), and `sending` is committed, for this mail alone, before anything is handed over. What may have
been sent is never sent again.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from domain.carriage import CarrierSession, Handover
from domain.identity import Address, Identity
from domain.notice import DigestContent, DigestItem, NoticeKind
from domain.outbound import DigestMember, Mail
from domain.ports import NotReachable, Ticket
from domain.signing_certificate import SigningCertificate
from workers import confirming
from workers.address_book import AddressBook
from workers.confirming import MailWork
from workers.notices import in_unicode
from workers.sending import Sending
from workers.settling import Outcome, Settler, give_up

log = structlog.get_logger()

# Beyond this no mail of a ticket is begun: the slowest one must end within the lease.
LONGEST_ROUND: Final = 240.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail that may leave: `write` puts it into octets."""

    ticket: Ticket
    mail: Mail
    write: Callable[[], bytes]


def send(tickets: Sequence[Ticket], sending: Sending) -> None:
    """Send what the tickets stand for, one after the other over one connection."""
    until = time.monotonic() + LONGEST_ROUND
    ready = [] if sending.hurry.is_set() else _prepared(tickets, sending)
    if not ready:
        return
    with (
        Settler(sending) as settler,
        sending.at_once() as beginning,
        sending.carrier.session() as session,
    ):
        for number, one in enumerate(ready):
            if time.monotonic() > until or sending.hurry.is_set():
                log.info("mails.left", count=len(ready) - number)
                return
            handover = _try(one, beginning, session, sending)
            if handover is not None:
                settler.settle(Outcome(one.ticket, one.mail, handover))


def _prepared(tickets: Sequence[Ticket], sending: Sending) -> list[Ready]:
    """What may leave of these; where that fails, halves are tried, until what fails is alone and written down."""
    try:
        return _prepare(tickets, sending)
    except NotReachable:
        raise
    except Exception as error:  # noqa: BLE001 - with one mail
        if len(tickets) == 1:
            give_up(tickets[0], error, sending)
            return []
    middle = len(tickets) // 2
    return _prepared(tickets[:middle], sending) + _prepared(tickets[middle:], sending)


def _prepare(tickets: Sequence[Ticket], sending: Sending) -> list[Ready]:
    """Read what is to leave; what has no octets yet is about to be written. Who dies now has begun none of them."""
    by_id = {ticket.id: ticket for ticket in tickets}
    with sending.unit_of_work() as work:
        book = confirming.addresses_of(work.mails.addresses(tickets), work, sending.confirming)
        _tell_lost(tickets, book, work)
        awaited = work.mails.awaited(tickets)
        linked = [mail for mail in awaited if mail.kind == NoticeKind.ADDRESS_CONFIRMATION]
        ready = [
            Ready(by_id[mail.id], mail, partial(sending.confirming.compose, content))
            for mail, content in confirming.prepare(linked, book, work, sending.confirming)
        ]
        for mail in awaited:
            if mail.kind != NoticeKind.ADDRESS_CONFIRMATION:
                body = _frozen(by_id[mail.id], mail, work, sending)
                ready.append(Ready(by_id[mail.id], mail, partial(bytes, body)))
        book.write()
        work.commit()
    if len(ready) < len(tickets):
        log.info("mails.not_awaited", count=len(tickets) - len(ready))
    return ready


def _tell_lost(tickets: Sequence[Ticket], book: AddressBook, work: MailWork) -> None:
    """Of those whose sender was lost nobody knows whether they left: who got one can press its link, so it is told."""
    for mail in work.mails.lost(tickets):
        log.warning("mail.lost", notice=mail.id, kind=mail.kind)
        if mail.kind == NoticeKind.ADDRESS_CONFIRMATION:
            confirming.tell_sent(mail.identity_id, book)


def _try(ready: Ready, beginning: MailWork, session: CarrierSession, sending: Sending) -> Handover | None:
    """Send one; a fault of ours with it is written down, and the others go on. None: it was not handed over."""
    ticket, mail = ready.ticket, ready.mail
    try:
        body = ready.write()
        if beginning.mails.begin(ticket):
            return session.deliver(body, sending.sender, mail.recipient, mail.key)
        log.info("mail.not_awaited", notice=ticket.id)
    except NotReachable:
        raise
    except Exception as error:  # noqa: BLE001 - with one mail
        give_up(ticket, error, sending)
    return None


def _frozen(ticket: Ticket, mail: Mail, work: MailWork, sending: Sending) -> bytes:
    """The octets of a mail without a link; those of a digest are written and frozen now."""
    if mail.body is not None:
        return mail.body
    body = sending.compose_digest(_digest(mail, work))
    work.mails.freeze(ticket, body)
    return body


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
