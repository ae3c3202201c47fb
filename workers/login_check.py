"""Checks a login before anybody saves it: asks the limits, looks, judges, answers. Nothing is kept of it but a count.

Law: the login is counted, and that is committed, before it is made; no transaction is open while it is. One that is
interrupted, or ends by a fault of ours, stays counted as failed: nobody knows how far it came.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.dialogue import Interrupted, MailServers
from domain.judges.smtp import LoginVerdict, judge
from domain.login_words import Asked, LoginWords, put_into_words
from domain.logins import LoginKey, LoginWork, end_of, wait_until
from domain.mail_server import Login
from domain.smtp_sentences import TOO_OFTEN


class Speech(Protocol):
    """A language."""

    def say(self, sentence: str) -> str:
        """The sentence in this language."""

    def moment(self, at: datetime) -> str:
        """A point in time, to the minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOften:
    """Not looked at: too many logins were tried. `now` is the database's clock."""

    retry_at: datetime
    now: datetime
    message: str


def uncounted(_came: LoginVerdict | TooOften | None) -> None:
    """Where no metrics are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTools:
    """`ports` are those that are allowed, `speech` answers with the language for a locale (BCP 47).

    `counted` is told what came of each login: nothing where it was interrupted.
    """

    servers: MailServers
    ports: Sequence[int]
    unit_of_work: Callable[[], LoginWork]
    speech: Callable[[str], Speech]
    counted: Callable[[LoginVerdict | TooOften | None], None] = uncounted


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginWanted:
    """A login that an account wants checked; with `sender`, also whether mail from that address is taken."""

    account: str
    login: Login
    sender: str | None = None
    locale: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginChecked:
    """A login that was looked at."""

    verdict: LoginVerdict
    words: LoginWords


def check(wanted: LoginWanted, tools: LoginTools) -> LoginChecked | TooOften:
    """Check one login; raises Interrupted where this process ends meanwhile."""
    counted = _count(wanted, tools)
    if isinstance(counted, TooOften):
        tools.counted(counted)
        return counted
    try:
        seen = tools.servers.look(wanted.login, wanted.sender)
    except Interrupted:
        tools.counted(None)
        raise
    verdict = judge(seen)
    tools.counted(verdict)
    with tools.unit_of_work() as work:
        work.logins.end(counted, end_of(seen))
        work.commit()
    asked = Asked(server=wanted.login.server, sender=wanted.sender, ports=tools.ports)
    say = tools.speech(wanted.locale).say
    return LoginChecked(verdict=verdict, words=put_into_words(verdict, asked, say))


def _count(wanted: LoginWanted, tools: LoginTools) -> str | TooOften:
    """The id of the login, counted; or why it is not to be made."""
    key = LoginKey.of(wanted.account, wanted.login)
    with tools.unit_of_work() as work:
        retry_at = wait_until(work.logins.tried(key))
        if retry_at is not None:
            speech = tools.speech(wanted.locale)
            message = speech.say(TOO_OFTEN).format(until=speech.moment(retry_at))
            return TooOften(retry_at=retry_at, now=work.now, message=message)
        counted = work.logins.begin(key)
        work.commit()
    return counted
