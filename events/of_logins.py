"""What is told of logins at the owners' own mail servers."""

from datetime import UTC, datetime
from typing import TypedDict

from domain.dialogue import Stage
from domain.identity import Cause, OwnLogin, State
from domain.judges.smtp import LoginVerdict
from domain.lifecycle import News, Step
from domain.login_words import Asked, LoginWords, put_into_words
from domain.names import DomainName, spell
from domain.smtp_sentences import TOO_OFTEN, Saying, SmtpCode
from domain.verdict import Outcome, Reason
from events.catalogue.logins import SmtpExpired, SmtpFailed, SmtpRemoved, SmtpVerified
from events.telling import Said, Telling

FAILING: frozenset[News] = frozenset({News.DIAGNOSIS_CHANGED, News.FAILED})


def told(login: OwnLogin, step: Step, telling: Telling) -> list[Said]:
    """The events of a step in the life of a login. A request is answered by what the login came to."""
    cause = telling.cause or login.opened_by
    causes: tuple[Cause | None, ...] = telling.requests or (cause,)
    if News.REMOVED in step.news:
        return [(SmtpRemoved(**_about(login), at=telling.at), cause)]
    passed = telling.verdict.outcome is Outcome.PASSED and bool(telling.attempt)
    if passed:
        return [(_verified(login, telling), one) for one in causes if telling.requests or step.news]
    said: list[Said] = []
    if telling.requests or FAILING & set(step.news):
        said = [(_failed(login, step, telling), one) for one in causes]
    if News.EXPIRED in step.news:
        said.append((SmtpExpired(**_about(login), **_report(login.reason, login, telling, None)), cause))
    return said


def _verified(login: OwnLogin, telling: Telling) -> SmtpVerified:
    stage = telling.stage or Stage.AUTH
    words = _words(LoginVerdict(outcome=Outcome.PASSED, stage=stage, saying=Saying.PASSED), login, telling)
    return SmtpVerified(**_about(login), stage=stage, message=words.message)


def _failed(login: OwnLogin, step: Step, telling: Telling) -> SmtpFailed:
    reason = telling.verdict.reason or login.reason
    waits = login.state is State.PENDING
    return SmtpFailed(**_about(login), **_report(reason, login, telling, step.due_at if waits else None))


class _Report(TypedDict):
    stage: str | None
    code: str | None
    message: str
    suggestion: str | None
    retry_at: datetime | None


def _report(reason: Reason | None, login: OwnLogin, telling: Telling, retry_at: datetime | None) -> _Report:
    code, stage, suggestion = None, None, None
    message = "The login was not tried."
    if reason is not None and reason.code == SmtpCode.RATE_LIMITED:
        until = (retry_at or telling.at).astimezone(UTC)
        code, message = reason.code, TOO_OFTEN.format(until=f"{until:%d %B %Y, %H:%M} UTC")
    elif reason is not None:
        verdict = verdict_of(reason)
        words = _words(verdict, login, telling)
        code, stage, message = reason.code, reason.stage, f"{words.message} {words.advice}"
        suggestion = words.suggestion
    return {"stage": stage, "code": code, "message": message, "suggestion": suggestion, "retry_at": retry_at}


def verdict_of(reason: Reason) -> LoginVerdict:
    """The judgement that a reason was taken from."""
    return LoginVerdict(
        outcome=Outcome.NOT_YET, stage=Stage(reason.stage), saying=Saying(reason.detail), works=reason.works
    )


def _words(verdict: LoginVerdict, login: OwnLogin, telling: Telling) -> LoginWords:
    asked = Asked(server=login.tried.server, sender=telling.sender, ports=telling.ports)
    return put_into_words(verdict, asked)


class _About(TypedDict):
    account: str
    smtp_id: str
    domain_id: str
    domain: str
    domain_unicode: str


def _about(login: OwnLogin) -> _About:
    name = spell(login.subject)
    return {
        "account": login.account,
        "smtp_id": login.id,
        "domain_id": login.domain_id,
        "domain": login.subject,
        "domain_unicode": name.unicode if isinstance(name, DomainName) else login.subject,
    }
