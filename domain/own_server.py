"""The life of a login at the owner's own mail server: configured, tried until it passes, or over.

Pure: time comes in as an argument. What a dialogue with the server means is judged in `domain/judges/smtp.py`; the
life of the domain that sends over it follows in `proven`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.identity import Credentials, Domain, OwnLogin, Progress, Route, State
from domain.judges.smtp import LoginVerdict
from domain.lifecycle import FIRST, News, Step, advance
from domain.mail_server import MailServer
from domain.registration import RESUMABLE, NewLife, Refused, RequestCode, resume
from domain.schedule import Moment
from domain.smtp_sentences import Saying, SmtpCode
from domain.verdict import Outcome, Reason, Verdict

PASSED: Final = Verdict(Outcome.PASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuring:
    """What an account asks for: to send the mail of its domain over this server."""

    domain: Domain
    server: MailServer
    username: str


def configure(
    known: OwnLogin | None, wanted: Configuring, life: NewLife, window: timedelta, moment: Moment
) -> Step:
    """Take new credentials: they are tried at once, beside those in use."""
    domain, ends_at = wanted.domain, moment.now + window
    if known is None or known.state is State.REMOVED:
        login = OwnLogin(
            id=life.id,
            account=domain.account,
            subject=domain.subject,
            generation=life.generation,
            contact=domain.contact,
            created_at=moment.now,
            window_at=moment.now,
            acted_at=moment.now,
            deadline=ends_at,
            last_look_at=ends_at,
            opened_by=life.opened_by,
            domain_id=domain.id,
            tried=Credentials(number=1, server=wanted.server, username=wanted.username),
        )
        return Step(identity=login, due_at=moment.now, news=(News.ACCEPTED,))
    number = known.tried.number + 1
    tried = Credentials(number=number, server=wanted.server, username=wanted.username)
    renewed = replace(known, tried=tried, domain_id=domain.id, contact=domain.contact)
    return resume(renewed, window, moment, due_at=moment.now)


def try_again(known: OwnLogin, progress: Progress, window: timedelta, moment: Moment) -> Step:
    """The owner asks for a login now, whatever the state; what is over begins a new window."""
    if known.state in RESUMABLE:
        return resume(known, window, moment, due_at=moment.now)
    return Step(identity=known, progress=progress, due_at=moment.now)


def remove(known: OwnLogin) -> Step:
    """End the life of a login; its passwords are forgotten."""
    return Step(identity=replace(known, state=State.REMOVED, in_use=None), news=(News.REMOVED,))


def unknown(subject: str) -> Refused:
    """The refusal of a request for a login that does not exist."""
    message = f"No mail server is configured for the domain {subject[:253]} of this account."
    return Refused(code=RequestCode.SMTP_UNKNOWN, message=message)


def tried(login: OwnLogin, progress: Progress, verdict: LoginVerdict, moment: Moment) -> Step:
    """Apply the verdict of a login. A server that only refuses a sender has let us in."""
    if verdict.saying is Saying.SENDER_REFUSED:
        verdict = replace(verdict, outcome=Outcome.PASSED)
    reason = None
    if verdict.code is not None and verdict.outcome is not Outcome.PASSED:
        reason = Reason(code=verdict.code, detail=verdict.saying, stage=verdict.stage, works=verdict.works)
    return advance(login, progress, Verdict(verdict.outcome, reason=reason), moment)


def put_off(login: OwnLogin, progress: Progress, retry_at: datetime, moment: Moment) -> Step:
    """Too many logins were tried: this one is made later, and its window lasts until then at least."""
    reason = Reason(code=SmtpCode.RATE_LIMITED)
    if login.state is not State.PENDING:
        return Step(identity=login, progress=progress, due_at=max(retry_at, moment.now))
    news = () if login.reason == reason else (News.DIAGNOSIS_CHANGED,)
    waiting = replace(
        login,
        reason=reason,
        deadline=max(login.deadline, retry_at),
        last_look_at=max(login.last_look_at, retry_at),
    )
    return Step(identity=waiting, progress=progress, due_at=max(retry_at, moment.now), news=news)


def proven(domain: Domain, window: timedelta, moment: Moment) -> Step | None:
    """What a login that passed does to its domain: on route `smtp` it is verified, if it was not."""
    if domain.route is not Route.SMTP or domain.state in {State.VERIFIED, State.AT_RISK, State.REMOVED}:
        return None
    if domain.state in RESUMABLE:
        resumed = resume(domain, window, moment)
        step = advance(resumed.identity, FIRST, PASSED, moment)
        return replace(step, news=(*resumed.news, *step.news))
    return advance(domain, FIRST, PASSED, moment)
