"""What is to be mailed: planned notices, and the mails whose links confirm an address (ports).

Law: a link's token is made when its mail leaves, and is kept nowhere but in that mail; we know its digest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNotice:
    """One mail to a person. `key` makes it once for ever; `body` is the frozen MIME message (octets)."""

    id: str
    key: str
    kind: str
    identity_id: str
    recipient: str
    locale: str
    body: bytes


class Notices(Protocol):
    """Mails to people, once each."""

    def plan(self, notices: Sequence[PlannedNotice]) -> None:
        """Plan each once for ever (by key), within ten per recipient and day; what is above goes into a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMail:
    """A mail with a link that is to leave at `at`. `key` makes it once for ever; it is written when it leaves."""

    id: str
    key: str
    identity_id: str
    recipient: str
    locale: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link of an address; we keep the digest of its token alone."""

    address_id: str
    digest: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pressed:
    """A link that is good: whose it is, and whether it was pressed before."""

    address_id: str
    before: bool


class Confirmations(Protocol):
    """The mails whose links confirm an address. Locks are taken after those of identities."""

    def hold(self, recipients: Collection[str], accounts: Collection[str]) -> None:
        """Let nobody else take a slot of these until the end of this unit of work."""

    def slot(self, recipient: str, account: str) -> datetime:
        """Take the next time at which a mail may leave; `hold` both before."""

    def plan(self, mails: Sequence[PlannedMail]) -> None:
        """Plan mails, each once for ever (by key), due at their time. No daily limit counts them."""

    def link(self, links: Sequence[NewLink]) -> None:
        """Links begin, one of an address; what it had before and nobody pressed is over."""

    def look_up(self, digest: bytes) -> Pressed | None:
        """Whose link it is; None where it is expired, replaced or unknown. Nothing changes."""

    def press(self, digest: bytes) -> Pressed | None:
        """Use a link up: of all who press it at once, one is the first (`before` is False)."""

    def call_off(self, address_ids: Collection[str]) -> None:
        """Drop the mails for addresses that have not left."""

    def forget(self, address_ids: Collection[str]) -> None:
        """End the links of addresses, and call off their mails."""
