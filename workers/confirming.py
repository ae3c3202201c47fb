"""Confirms addresses: the mail with the link, the button behind it, and the end of links that nobody pressed.

Law: a link's token is made when its mail leaves and stands nowhere else; looking at a link changes nothing.
Locks are taken as everywhere else: identities first.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from domain.carriage import Handover, Refused
from domain.confirmation import confirm, digest_of, given_up, link_sent, send_link, undeliverable
from domain.identity import Address, Kind, OwnLogin, State
from domain.lifecycle import Step, advance
from domain.mailing import PlannedNotice
from domain.notice import ConfirmationContent, NoticeKind
from domain.outbound import Mail, Mails, NoticeState
from domain.ports import NotReachable, SubjectKey, Ticket
from domain.schedule import Moment
from domain.standing import Directory
from domain.unit_of_work import UnitOfWork
from domain.verdict import Outcome, Verdict
from events.announce import Telling, announce

log = structlog.get_logger()

AGAIN_AFTER: Final = timedelta(seconds=60)
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


def begin(ticket: Ticket, address_id: str, work: MailWork, confirming: Confirming) -> Mail | None:
    """Write the mail with the link now, and take it into sending; None where it is no longer wanted."""
    address = _address(address_id, work)
    mail = work.mails.begin(ticket)
    if mail is None:
        return None
    work.mails.start(ticket)
    if address is None or address.state is not State.PENDING:
        work.mails.settle(ticket, NoticeState.DROPPED)
        return None
    token = confirming.new_token()
    step = send_link(address, Moment(work.now))
    work.confirmations.link(address.id, digest_of(token), step.identity.deadline)
    work.identities.save([step.identity], {address.id: address.version})
    work.schedule.put([step])
    content = ConfirmationContent(
        key=mail.key,
        recipient=mail.recipient,
        locale=mail.locale,
        account=address.account,
        display_name=address.display_name,
        at=work.now,
        expires_at=step.identity.deadline,
        link=f"{confirming.address}/confirm/{token}",
    )
    return replace(mail, body=confirming.compose(content))


def address_of(mail: Mail, work: MailWork) -> Address | None:
    """The address that a mail was to confirm, locked; None for all other mails."""
    if mail.kind != NoticeKind.ADDRESS_CONFIRMATION or mail.identity_id is None:
        return None
    return _address(mail.identity_id, work)


def tell(
    address: Address, settled: NoticeState, handover: Handover, work: MailWork, confirming: Confirming
) -> None:
    """Say what became of the mail. One that is refused for good is the end of the address's life.

    One that could not leave in all the time that it is tried for was refused by nobody: the address expires.
    """
    if address.state is not State.PENDING:
        return
    if settled in {NoticeState.SENT, NoticeState.MAYBE_SENT}:
        _take(link_sent(address), address, work, confirming)
    if settled is NoticeState.REFUSED:
        over = (
            undeliverable(address, handover.code, Moment(work.now))
            if isinstance(handover, Refused)
            else given_up(address, Moment(work.now))
        )
        if over.identity.state is not State.PENDING:
            work.confirmations.forget([address.id])
            _take(over, address, work, confirming)


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
        address = _address(known.address.id, work)
        pressed = work.confirmations.press(digest_of(token))
        if address is None or pressed is None:
            return None
        if not pressed.before and address.state is State.PENDING:
            work.confirmations.call_off([address.id])
            _try_login_with(address, work)
            _take(confirm(address, Moment(work.now)), address, work, confirming)
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
    for ticket in tickets:
        try:
            with confirming.unit_of_work() as work:
                _expire(ticket, work, confirming)
                work.commit()
        except NotReachable:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours with one address; the others go on
            log.error("address.failed", identity=ticket.id, error=type(error).__name__)  # noqa: TRY400 - no traceback
            with confirming.unit_of_work() as work:
                work.schedule.failed(ticket, again_after=AGAIN_AFTER)
                work.commit()


def _expire(ticket: Ticket, work: MailWork, confirming: Confirming) -> None:
    address = _address(ticket.id, work)
    awaited = work.looks.awaited([ticket])
    if address is None or not awaited:
        log.info("address.not_awaited", identity=ticket.id)
        return
    step = advance(address, awaited[0].progress, NOT_PRESSED, Moment(work.now))
    if step.identity.state is not State.PENDING:
        work.confirmations.forget([address.id])
    _take(step, address, work, confirming)


def _address(address_id: str, work: MailWork) -> Address | None:
    found = work.identities.find([address_id]).get(address_id)
    return found if isinstance(found, Address) else None


def _take(step: Step, before: Address, work: MailWork, confirming: Confirming) -> None:
    """Write a step in the life of an address, and the news of it."""
    told, events = announce(step, Telling(source=confirming.source, at=work.now))
    if told != before:
        work.identities.save([told], {before.id: before.version})
    work.schedule.put([step])
    work.outbox.add(events)
    work.notices.plan(confirming.plan(step, work.now))
