"""Confirms addresses: the mail with the link, the button behind it, and the end of links that nobody pressed.

Law: a link's token is made when its mail leaves and stands nowhere else; looking at a link changes nothing.
Locks are taken as everywhere else: identities first.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from domain.carriage import Handover, Refused
from domain.confirmation import confirm, digest_of, given_up, link_sent, send_link, undeliverable
from domain.identity import Address, Kind, OwnLogin, State
from domain.lifecycle import Step, advance
from domain.mailing import NewLink, PlannedNotice
from domain.notice import ConfirmationContent
from domain.outbound import Mail, Mails
from domain.ports import SubjectKey, Ticket
from domain.schedule import Moment
from domain.standing import Directory
from domain.unit_of_work import UnitOfWork
from domain.verdict import Outcome, Verdict
from workers.address_book import AddressBook
from workers.apart import each_apart

log = structlog.get_logger()

NOT_PRESSED: Final = Verdict(Outcome.NOT_YET)


class MailWork(UnitOfWork, Protocol):
    """A unit of work in which mails are sent."""

    @property
    def mails(self) -> Mails:
        """Notices on their way out."""

    @property
    def directory(self) -> Directory:
        """Whom a digest speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """What confirming takes. `address` is how the outside reaches us, without a final slash; `source` our name.

    `new_token` makes 256 bits of chance as URL-safe text; `compose` writes the mail, `plan` what the contact gets.
    """

    unit_of_work: Callable[[], AbstractContextManager[MailWork]]
    new_token: Callable[[], str]
    address: str
    source: str
    compose: Callable[[ConfirmationContent], bytes]
    plan: Callable[[Step, datetime], tuple[PlannedNotice, ...]]


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is good, or was pressed `before`: whose address it confirms."""

    address: Address
    before: bool


def addresses_of(ids: Collection[str], work: MailWork, confirming: Confirming) -> AddressBook:
    """These addresses, locked."""
    return AddressBook(ids, work, confirming.source, confirming.plan)


def prepare(
    mails: Sequence[Mail], book: AddressBook, work: MailWork, confirming: Confirming
) -> list[tuple[Mail, ConfirmationContent]]:
    """Make the links of mails that are about to leave; what is no longer wanted is dropped.

    Of several mails for one address only the last is wanted: its link would end those in the others.
    """
    last = {mail.identity_id: mail for mail in mails}
    prepared, links = [], []
    for mail in last.values():
        address = book.get(mail.identity_id)
        if address is None or address.state is not State.PENDING:
            continue
        token = confirming.new_token()
        linked = send_link(address, Moment(work.now))
        book.take(linked)
        links.append(NewLink(address.id, digest_of(token), linked.identity.deadline))
        link = f"{confirming.address}/confirm/{token}"
        prepared.append((mail, _content(mail, address, link, work.now, linked.identity.deadline)))
    wanted = {mail.id for mail, _ in prepared}
    work.mails.drop([mail.id for mail in mails if mail.id not in wanted])
    work.confirmations.link(links)
    return prepared


def _content(
    mail: Mail, address: Address, link: str, at: datetime, expires_at: datetime
) -> ConfirmationContent:
    return ConfirmationContent(
        key=mail.key,
        recipient=mail.recipient,
        locale=mail.locale,
        account=address.account,
        display_name=address.display_name,
        at=at,
        expires_at=expires_at,
        link=link,
    )


def tell_sent(address_id: str | None, book: AddressBook) -> None:
    """Say that the mail with the link has left, or may have: whoever got it can press the link."""
    address = book.get(address_id)
    if address is not None and address.state is State.PENDING:
        book.take(link_sent(address))


def tell_refused(address_id: str | None, handover: Handover, book: AddressBook, work: MailWork) -> None:
    """A mail that is refused for good is the end of the address's life.

    One that could not leave in all the time that it is tried for was refused by nobody: the address expires.
    """
    address = book.get(address_id)
    if address is None or address.state is not State.PENDING:
        return
    now = Moment(work.now)
    reply = handover.code if isinstance(handover, Refused) else None
    over = given_up(address, now) if reply is None else undeliverable(address, reply, now)
    if over.identity.state is not State.PENDING:
        work.confirmations.forget([address.id])
        book.take(over)


def look_up(token: str, confirming: Confirming) -> Link | None:
    """Whose link it is; None where it is expired, replaced or unknown. Nothing changes."""
    with confirming.unit_of_work() as work:
        pressed = work.confirmations.look_up(digest_of(token))
        if pressed is None:
            return None
        (standing,) = work.directory.find([pressed.address_id])
    assert isinstance(standing.identity, Address)
    return Link(standing.identity, before=pressed.before)


def press(token: str, confirming: Confirming) -> Link | None:
    """Confirm the address of a link; None where it is expired, replaced or unknown."""
    known = look_up(token, confirming)
    if known is None or known.before:
        return known
    with confirming.unit_of_work() as work:
        book = addresses_of([known.address.id], work, confirming)
        address = book.get(known.address.id)
        pressed = work.confirmations.press(digest_of(token))
        if address is None or pressed is None:
            return None
        if not pressed.before and address.state is State.PENDING:
            work.confirmations.call_off([address.id])
            _try_login_with(address, work)
            book.take(confirm(address, Moment(work.now)))
            book.write()
        work.commit()
    return Link(address, before=pressed.before)


def _try_login_with(address: Address, work: MailWork) -> None:
    """The first address of a domain with its own server: its login is tried again, with this sender."""
    if work.identities.sender_of(address.domain_id) is not None:
        return
    subject = SubjectKey(kind=Kind.SMTP, account=address.account, subject=address.subject.rpartition("@")[2])
    login = work.identities.current([subject]).get(subject)
    if isinstance(login, OwnLogin) and login.state is State.VERIFIED:
        work.schedule.put([Step(identity=login, due_at=work.now)])


def expire(tickets: Sequence[Ticket], confirming: Confirming) -> None:
    """Close the windows of addresses whose link nobody pressed."""
    each_apart(tickets, lambda ticket: _expire(ticket, confirming), confirming.unit_of_work, "address.failed")


def _expire(ticket: Ticket, confirming: Confirming) -> None:
    with confirming.unit_of_work() as work:
        _close(ticket, work, confirming)
        work.commit()


def _close(ticket: Ticket, work: MailWork, confirming: Confirming) -> None:
    book = addresses_of([ticket.id], work, confirming)
    address = book.get(ticket.id)
    awaited = work.looks.awaited([ticket])
    if address is None or not awaited:
        log.info("address.not_awaited", identity=ticket.id)
        return
    step = advance(address, awaited[0].progress, NOT_PRESSED, Moment(work.now))
    if step.identity.state is not State.PENDING:
        work.confirmations.forget([address.id])
    book.take(step)
    book.write()
