"""Mails to people: planned with what became true, and sent once.

Law: the octets are frozen when the notice is planned (a digest's, when it is about to be sent), and
`sending` is committed before anything is handed over. What may have been sent is never sent again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Final, Protocol

import structlog

from domain.carriage import Ambiguous, Carrier, CarrierSession, Delivered, Handover, Refused, Temporary
from domain.identity import Identity
from domain.lifecycle import News, Step
from domain.names import DomainName, spell
from domain.notice import DigestContent, DigestItem, NoticeContent, NoticeKind, PlannedNotice, mailable
from domain.outbound import DigestMember, Mail, Mails, NoticeState
from domain.ports import Ticket
from domain.schedule import revocable_at
from domain.standing import Directory
from workers.rounds import patiently

log = structlog.get_logger()

MAILED: Final[Mapping[News, NoticeKind]] = {
    News.VERIFIED: NoticeKind.DOMAIN_VERIFIED,
    News.EXPIRED: NoticeKind.DOMAIN_EXPIRED,
    News.STILL_WAITING: NoticeKind.DOMAIN_WAITING,
    News.AT_RISK: NoticeKind.DOMAIN_AT_RISK,
    News.RECOVERED: NoticeKind.DOMAIN_RECOVERED,
    News.REVOKED: NoticeKind.DOMAIN_REVOKED,
}
# All others are once per window.
PER_OCCURRENCE: Final = frozenset(
    {NoticeKind.DOMAIN_AT_RISK, NoticeKind.DOMAIN_RECOVERED, NoticeKind.DOMAIN_REVOKED}
)
# Beyond this no mail of a ticket is begun: the slowest one must end within the lease.
LONGEST_ROUND: Final = 240.0
PATIENCE: Final = 120.0


class MailWork(Protocol):
    """The part of a unit of work that sending takes."""

    @property
    def mails(self) -> Mails:
        """Notices on their way out."""

    @property
    def directory(self) -> Directory:
        """Whom a digest speaks of."""

    @property
    def now(self) -> datetime:
        """The database's clock."""

    def commit(self) -> None:
        """Make it true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a notice is put into words and octets, and where its id comes from."""

    compose: Callable[[NoticeContent], bytes]
    new_id: Callable[[], str]


def plan(step: Step, at: datetime, writing: Writing) -> tuple[PlannedNotice, ...]:
    """The mails of a step: to the contact, where there is one."""
    kinds = [MAILED[news] for news in step.news if news in MAILED]
    if not kinds or step.identity.contact is None:
        return ()
    try:
        recipient = mailable(step.identity.contact.email)
    except ValueError:
        log.warning("notice.unmailable", identity=step.identity.id)
        return ()
    return tuple(_planned(_content(kind, step, recipient, at), step.identity, writing) for kind in kinds)


def _content(kind: NoticeKind, step: Step, recipient: str, at: datetime) -> NoticeContent:
    identity = step.identity
    once_per = at if kind in PER_OCCURRENCE else identity.window_at
    return NoticeContent(
        kind=kind,
        key=f"{identity.id}.{once_per:%Y%m%dT%H%M%S.%f}.{kind}",
        recipient=recipient,
        locale=identity.contact.locale if identity.contact else "en",
        domain=identity.subject,
        domain_unicode=_unicode(identity.subject),
        at=at,
        deadline=_time_to_act(kind, step),
        route=identity.route,
        findings=identity.findings,
    )


def _time_to_act(kind: NoticeKind, step: Step) -> datetime:
    """Until the window closes; at risk, until the first look that may revoke the domain."""
    if kind is not NoticeKind.DOMAIN_AT_RISK:
        return step.identity.deadline
    ends_at = revocable_at(step.progress.absences[0])
    return ends_at if step.due_at is None else max(ends_at, step.due_at)


def _planned(content: NoticeContent, identity: Identity, writing: Writing) -> PlannedNotice:
    return PlannedNotice(
        id=writing.new_id(),
        key=content.key,
        kind=content.kind,
        identity_id=identity.id,
        recipient=content.recipient,
        locale=content.locale,
        body=writing.compose(content),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What sending takes. `sender` is the return path; `hurry` cuts short waiting for the database."""

    unit_of_work: Callable[[], AbstractContextManager[MailWork]]
    carrier: Carrier
    sender: str
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
            _send(ticket, session, sending)


def _send(ticket: Ticket, session: CarrierSession, sending: Sending) -> None:
    mail = _begin(ticket, sending)
    if mail is None or mail.body is None:
        log.info("mail.not_awaited", notice=ticket.id)
        return
    handover = session.deliver(mail.body, sending.sender, mail.recipient, mail.key)
    state = patiently(lambda: _settle(ticket, handover, sending), seconds=PATIENCE, hurry=sending.hurry)
    log.info("mail.done", notice=ticket.id, kind=mail.kind, state=state)


def _begin(ticket: Ticket, sending: Sending) -> Mail | None:
    """Take the notice into sending, for good; a digest is composed now."""
    with sending.unit_of_work() as work:
        mail = work.mails.begin(ticket)
        if mail is not None and mail.body is None:
            work.mails.freeze(ticket, sending.compose_digest(_digest(mail, work)))
            mail = work.mails.begin(ticket)
        work.commit()
    return mail


def _settle(ticket: Ticket, handover: Handover, sending: Sending) -> NoticeState | None:
    with sending.unit_of_work() as work:
        settled = _settled(ticket, handover, work)
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
    subjects = {standing.identity.id: standing.identity.subject for standing in standings}
    return DigestContent(
        key=mail.key,
        recipient=mail.recipient,
        locale=mail.locale,
        at=work.now,
        items=tuple(
            _item(member, subjects[member.identity_id])
            for member in members
            if member.identity_id in subjects
        ),
    )


def _item(member: DigestMember, subject: str) -> DigestItem:
    return DigestItem(
        kind=NoticeKind(member.kind), domain=subject, domain_unicode=_unicode(subject), at=member.planned_at
    )


def _unicode(subject: str) -> str:
    name = spell(subject)
    return name.unicode if isinstance(name, DomainName) else subject
