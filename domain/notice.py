"""What a mail to a person is to say, before it is put into words; and the port that plans it.

Nothing here knows a language or a mail format. A notice is made from what became true, once per `key`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.fields import is_email
from domain.identity import Route
from domain.names import DomainName, spell
from domain.verdict import Finding, Status


class NoticeKind(StrEnum):
    """Which mail it is (product contract, 1.6)."""

    DOMAIN_VERIFIED = "domain_verified"
    DOMAIN_EXPIRED = "domain_expired"
    DOMAIN_WAITING = "domain_waiting"
    DOMAIN_AT_RISK = "domain_at_risk"
    DOMAIN_RECOVERED = "domain_recovered"
    DOMAIN_REVOKED = "domain_revoked"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """One notice about one domain: `at` is when it became true, `deadline` until when there is time to act."""

    kind: NoticeKind
    key: str
    recipient: str
    locale: str
    domain: str
    domain_unicode: str
    at: datetime
    deadline: datetime
    route: Route = Route.CLOUD
    findings: tuple[Finding, ...] = ()

    @property
    def is_blind(self) -> bool:
        """Whether nothing was seen that the owner could put right: we could not see, and blame nobody."""
        statuses = {finding.status for finding in self.findings}
        return Status.UNKNOWN in statuses and not statuses & {Status.MISSING, Status.WRONG}


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One notice that was held back for the digest."""

    kind: NoticeKind
    domain: str
    domain_unicode: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestContent:
    """The notices of one recipient and day that were above the daily limit, in one mail."""

    key: str
    recipient: str
    locale: str
    at: datetime
    items: tuple[DigestItem, ...]


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


def mailable(address: str) -> str:
    """The address as it goes into an envelope: ASCII, its domain in A-labels; ValueError for any other text.

    A domain in U-labels is spelled in A-labels (RFC 5891), so SMTPUTF8 is never needed.
    """
    local_part, _, domain = address.rpartition("@")
    name = spell(domain)
    if not is_email(address) or not isinstance(name, DomainName):
        raise ValueError("not a mail address that can be written in ASCII")
    return f"{local_part}@{name.ascii}"
