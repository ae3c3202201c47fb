"""Tries a login at the owner's own mail server: asks the limits, looks, judges, advances, announces, writes.

Law: no transaction is open while we talk to the server. A password leaves the vault for the one login that needs it.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from domain.confirmation import sender_refused
from domain.dialogue import Interrupted
from domain.identity import Address, Domain, Identity, Kind, OwnLogin, State
from domain.judges.smtp import LoginVerdict
from domain.lifecycle import News, Step
from domain.mail_server import Login
from domain.mailing import PlannedNotice
from domain.notice import mailable
from domain.own_server import proven, put_off, tried
from domain.ports import Awaited, Looked, SubjectKey, Ticket
from domain.schedule import Moment
from domain.smtp_sentences import Saying, SmtpCode
from domain.standing import Directory
from domain.unit_of_work import UnitOfWork
from domain.verdict import Outcome, Reason, Verdict
from events.announce import Telling, announce
from workers.apart import each_apart
from workers.login_check import LoginTools, LoginWanted, TooOften, check
from workers.login_desk import place_of

log = structlog.get_logger()


class LoginUnit(UnitOfWork, Protocol):
    """A unit of work in which logins are written."""

    @property
    def directory(self) -> Directory:
        """How identities stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """What trying takes: the limits and the servers (`logins`), our name, and what the contact is mailed."""

    unit_of_work: Callable[[], AbstractContextManager[LoginUnit]]
    logins: LoginTools
    window: timedelta
    source: str
    plan: Callable[[Step, datetime], tuple[PlannedNotice, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A login that is awaited, with what it takes."""

    awaited: Awaited
    identity: OwnLogin
    login: Login
    sender: Address | None


def try_logins(tickets: Sequence[Ticket], trying: Trying) -> None:
    """Try each login whose token is still awaited."""
    each_apart(tickets, lambda ticket: _try(ticket, trying), trying.unit_of_work, "login.failed")


def _try(ticket: Ticket, trying: Trying) -> None:
    with trying.unit_of_work() as work:
        wanted = _wanted(ticket, work)
    if wanted is None:
        log.info("login.not_awaited", identity=ticket.id)
        return
    sender = _envelope_sender(wanted.sender)
    asked = LoginWanted(account=wanted.identity.account, login=wanted.login, sender=sender)
    try:
        checked = check(asked, trying.logins)
    except Interrupted:
        log.info("login.dropped", identity=ticket.id)
        return
    with trying.unit_of_work() as work:
        if isinstance(checked, TooOften):
            _write(wanted, _put_off(wanted, checked, work), work, trying)
        else:
            _write(wanted, _judged(wanted, checked.verdict, work), work, trying)
        work.commit()


def _envelope_sender(address: Address | None) -> str | None:
    """The address that is tried as sender; None for one beyond ASCII: what the check speaks is no SMTPUTF8."""
    try:
        return None if address is None else mailable(address.address)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Concluded:
    """What a login means: the step, the verdict behind it, and what the server said of a sender."""

    step: Step
    verdict: Verdict
    judged: LoginVerdict | None = None


def _wanted(ticket: Ticket, work: LoginUnit) -> _Wanted | None:
    awaited = work.looks.awaited([ticket])
    if not awaited or not isinstance(awaited[0].identity, OwnLogin):
        return None
    identity = awaited[0].identity
    secret = work.secrets.open(place_of(identity, identity.tried.number))
    if secret is None:
        raise LookupError("the vault has no such password")
    credentials = identity.tried
    login = Login(server=credentials.server, username=credentials.username, password=secret.octets.decode())
    return _Wanted(
        awaited=awaited[0],
        identity=identity,
        login=login,
        sender=work.identities.sender_of(identity.domain_id),
    )


def _judged(wanted: _Wanted, judged: LoginVerdict, work: LoginUnit) -> _Concluded:
    step = tried(wanted.identity, wanted.awaited.progress, judged, Moment(work.now))
    reason = None
    if judged.code is not None:
        reason = Reason(code=judged.code, detail=judged.saying, stage=judged.stage, works=judged.works)
    outcome = Outcome.PASSED if News.VERIFIED in step.news or reason is None else judged.outcome
    return _Concluded(step=step, verdict=Verdict(outcome, reason=reason), judged=judged)


def _put_off(wanted: _Wanted, checked: TooOften, work: LoginUnit) -> _Concluded:
    step = put_off(wanted.identity, wanted.awaited.progress, checked.retry_at, Moment(work.now))
    reason = Reason(code=SmtpCode.RATE_LIMITED)
    return _Concluded(step=step, verdict=Verdict(Outcome.NOT_YET, reason=reason))


def _write(wanted: _Wanted, concluded: _Concluded, work: LoginUnit, trying: Trying) -> None:
    """Write the login and what it did to its domain; identities are locked first, in one order."""
    identity = wanted.identity
    domain_key = SubjectKey(kind=Kind.DOMAIN, account=identity.account, subject=identity.subject)
    login_key = SubjectKey(kind=Kind.SMTP, account=identity.account, subject=identity.subject)
    sender_key = _sender_key(wanted)
    locked = work.identities.current([domain_key, login_key, *sender_key])
    judged = concluded.judged
    landed = work.looks.write([_looked(wanted, concluded, work.now, trying)])
    if landed and judged is not None and judged.saying is Saying.SENDER_REFUSED:
        _refuse_sender([locked.get(key) for key in sender_key], work, trying)
    if not landed or News.VERIFIED not in concluded.step.news:
        return
    if identity.in_use is not None:
        work.secrets.drop(place_of(identity, identity.in_use.number))
    domain = locked.get(domain_key)
    if isinstance(domain, Domain):
        step = proven(domain, trying.window, Moment(work.now))
        if step is not None:
            _tell_domain(domain, step, work, trying)


def _looked(wanted: _Wanted, concluded: _Concluded, at: datetime, trying: Trying) -> Looked:
    """The login as it is written, with the news of it."""
    judged = concluded.judged
    telling = Telling(
        source=trying.source,
        at=at,
        attempt=wanted.awaited.progress.attempt,
        verdict=concluded.verdict,
        requests=wanted.awaited.requests,
        stage=judged.stage if judged else None,
        sender=wanted.sender.address if wanted.sender else None,
        ports=trying.logins.ports,
    )
    told, events = announce(concluded.step, telling)
    return Looked(
        awaited=wanted.awaited,
        step=replace(concluded.step, identity=told),
        outcome=concluded.verdict.outcome,
        findings=(),
        at=at,
        events=events,
        notices=trying.plan(concluded.step, at),
    )


def _sender_key(wanted: _Wanted) -> Sequence[SubjectKey]:
    sender = wanted.sender
    if sender is None:
        return ()
    return (SubjectKey(kind=Kind.ADDRESS, account=sender.account, subject=sender.subject),)


def _refuse_sender(senders: Sequence[Identity | None], work: LoginUnit, trying: Trying) -> None:
    """The server took the login, and nothing from this address."""
    for sender in senders:
        if isinstance(sender, Address) and sender.state is State.VERIFIED:
            told, events = announce(sender_refused(sender), Telling(source=trying.source, at=work.now))
            work.identities.save([told], {sender.id: sender.version})
            work.outbox.add(events)


def _tell_domain(domain: Domain, step: Step, work: LoginUnit, trying: Trying) -> None:
    told, events = announce(step, Telling(source=trying.source, at=work.now))
    work.identities.save([told], {domain.id: domain.version})
    work.schedule.put([step])
    work.outbox.add(events)
    work.notices.plan(trying.plan(step, work.now))
