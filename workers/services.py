"""What pages and commands may do: take events, read the feed and how identities stand, know a key.

Built in `bootstrap.py`, so that neither the pages nor the commands know what stands behind it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.dkim_keys import DkimPair
from domain.outbound import Feed
from domain.provider import Provider
from domain.secrets import SealingKey, Seals
from domain.standing import Directory
from events.sealing import Seal
from workers.confirming import Confirming
from workers.login_check import LoginTools
from workers.tools import Tools


class Key(Protocol):
    """What an API key allows."""

    @property
    def id(self) -> str:
        """Names the key without being it."""

    @property
    def publisher(self) -> str:
        """As whom it publishes."""

    @property
    def accounts(self) -> frozenset[str]:
        """For whom: exact names, or `*`."""

    @property
    def rights(self) -> frozenset[str]:
        """To do what: `publish`, `read`, `ops`."""

    @property
    def created_at(self) -> datetime:
        """Since when."""

    @property
    def revoked_at(self) -> datetime | None:
        """Until when, where it was revoked."""


class Keys(Protocol):
    """The API keys."""

    def create(self, publisher: str, accounts: Collection[str], rights: Collection[str]) -> tuple[Key, str]:
        """Make a key; the text beside it is the key itself, and is nowhere else."""

    def find(self, text: str) -> Key | None:
        """The key that a request brings, unless it is unknown or revoked."""

    def all(self) -> Sequence[Key]:
        """Every key ever made, oldest first."""

    def revoke(self, key_id: str) -> bool:
        """End a key; answer whether there was one to end."""


class DkimKeys(Protocol):
    """The keys that mail is signed with."""

    def of_domain(self, domain_id: str) -> DkimPair | None:
        """Those of a domain, where it has some."""

    def ask(self, domain_id: str) -> DkimPair | None:
        """Ask for a new key of a domain; how its keys stand then, None where it has none."""


class Reading(Protocol):
    """One transaction that reads; only keys of all kinds are written through it."""

    @property
    def feed(self) -> Feed:
        """Every event that was said."""

    @property
    def directory(self) -> Directory:
        """How identities stand."""

    @property
    def api_keys(self) -> Keys:
        """Who may ask."""

    @property
    def seals(self) -> Seals:
        """What others seal for us with."""

    @property
    def dkim(self) -> DkimKeys:
        """The keys that mail is signed with."""

    @property
    def now(self) -> datetime:
        """The database's clock, UTC."""

    def commit(self) -> None:
        """Make it true."""


class Letter(Protocol):
    """A mail as a person reads it."""

    @property
    def id(self) -> str:
        """Names the mail in the folder."""

    @property
    def subject(self) -> str:
        """Its subject line."""

    @property
    def sender(self) -> str:
        """Who it is from."""

    @property
    def to(self) -> str:
        """Whom it is for."""

    @property
    def date(self) -> datetime | None:
        """When it was written."""

    @property
    def text(self) -> str:
        """The part without form."""

    @property
    def html(self) -> str:
        """The part with form."""


class Letters(Protocol):
    """The mails written where no relay is set."""

    def latest(self, limit: int = 100) -> Sequence[Letter]:
        """The newest mails first."""

    def read(self, letter_id: str) -> Letter | None:
        """One mail by its id."""


class Brand(Protocol):
    """As whom pages speak to people."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def colour(self) -> str:
        """Of buttons, as CSS writes it."""

    @property
    def support(self) -> str | None:
        """The mail address at which people find help."""


class Texts(Protocol):
    """What is said, in one language."""

    @property
    def language(self) -> str:
        """Its tag: `en`, `cs`."""

    def say(self, sentence: str) -> str:
        """The sentence in this language."""

    def moment(self, at: datetime) -> str:
        """A point in time, to the minute, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`faults` says what keeps this process from serving, by name; empty when ready. `metrics` is their text.

    `confirming`: what links do. `texts` says things in the language of a tag (BCP 47).
    `providers`: those of whose panels something is known. `logins`: what a login is checked with.
    `sealing_with` a sealing key: what seals.
    """

    tools: Tools
    reading: Callable[[], AbstractContextManager[Reading]]
    faults: Callable[[], Mapping[str, str]]
    metrics: Callable[[], bytes]
    confirming: Confirming
    brand: Brand
    texts: Callable[[str], Texts]
    sealing_with: Callable[[SealingKey], Seal]
    logins: LoginTools
    letters: Letters | None = None
    providers: Sequence[Provider] = ()


def accounts_of(
    publisher: str, reading: Callable[[], AbstractContextManager[Reading]]
) -> frozenset[str] | None:
    """For whom a publisher may speak, by its API keys; None for anybody."""
    with reading() as work:
        keys = [key for key in work.api_keys.all() if key.publisher == publisher and key.revoked_at is None]
    accounts = frozenset(account for key in keys if "publish" in key.rights for account in key.accounts)
    return None if "*" in accounts else accounts
