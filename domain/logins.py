"""How often logins may be tried, so that nobody guesses passwords or knocks at strangers' servers through us.

Pure: the store says what was tried within the hour, the rules here say whether one more may be (product contract,
section 1.2). Law: a login counts from before it is made; one whose end nobody saw counts as failed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, Self

from domain.dialogue import Dialogue, Ending, Stage
from domain.mail_server import Login, composed
from domain.transaction import Transaction

HOUR: Final = timedelta(hours=1)
REMEMBERED: Final = timedelta(days=30)  # how long a login that passed speaks for its host
MOST_OF_ACCOUNT: Final = 10
MOST_FAILED: Final = 5
MOST_USERS: Final = 20
MOST_AT_HOST: Final = 200
PERMANENT: Final = 500  # replies that are a final no (RFC 5321, section 4.2.1)


class LoginEnd(StrEnum):
    """What became of a login that was counted."""

    PASSED = "passed"
    FAILED = "failed"  # user name and password were refused
    UNTRIED = "untried"  # it did not come to them, or to no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginKey:
    """Who tries which login: an account, a host as it is spelled once, and the digest of a user name."""

    account: str
    host: str
    user: bytes

    @classmethod
    def of(cls, account: str, login: Login) -> Self:
        """The key of a login. Servers tell user names apart without case, so one name has one digest at a host."""
        host = login.server.host.name
        name = f"{host}\0{composed(login.username).casefold()}"
        return cls(account=account, host=host, user=hashlib.sha256(name.encode()).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was tried within the last hour; of each kind the newest moments, newest first, no more than are needed.

    `of_account` all of this account; `failed` those of this user name at this host that failed or are still open,
    whoever tried; `users` when this account last tried each other user name at this host; `at_host` all at this host.
    `is_proven`: a login passed at this host within 30 days.
    """

    of_account: Sequence[datetime] = ()
    failed: Sequence[datetime] = ()
    users: Sequence[datetime] = ()
    at_host: Sequence[datetime] = ()
    is_proven: bool = False


def wait_until(tried: Tried) -> datetime | None:
    """When one more login may be tried; None: now."""
    limits = [(tried.of_account, MOST_OF_ACCOUNT), (tried.failed, MOST_FAILED), (tried.users, MOST_USERS)]
    if not tried.is_proven:
        limits.append((tried.at_host, MOST_AT_HOST))
    reached = [moments[most - 1] + HOUR for moments, most in limits if len(moments) >= most]
    return max(reached, default=None)


def end_of(seen: Dialogue) -> LoginEnd:
    """What a dialogue means for the limits."""
    if seen.stage is Stage.MAIL_FROM or seen.ending is Ending.DONE:
        return LoginEnd.PASSED
    refused = seen.stage is Stage.AUTH and seen.reply is not None and seen.reply.code >= PERMANENT
    return LoginEnd.FAILED if refused else LoginEnd.UNTRIED


class Logins(Protocol):
    """Logins that were tried, in one transaction."""

    def tried(self, key: LoginKey) -> Tried:
        """What was tried; the same account's, and the same host's, next asker waits for the end of this transaction."""

    def begin(self, key: LoginKey) -> str:
        """Count one more, before it is made; answer its id."""

    def end(self, login_id: str, end: LoginEnd) -> None:
        """Write down what became of it."""


class LoginWork(Transaction, Protocol):
    """One transaction that counts logins."""

    @property
    def logins(self) -> Logins:
        """What was tried."""
