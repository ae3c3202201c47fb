"""What a mail to a person is to say, before it is put into words.

Nothing here knows a language or a mail format. A notice is made from what became true, once per `key`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.certificates import CertificateFacts
from domain.fields import is_email
from domain.identity import Route
from domain.judges.smtp import LoginVerdict
from domain.mail_address import parse_address
from domain.mail_server import MailServer
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
    SMTP_VERIFIED = "smtp_verified"
    SMTP_FAILED = "smtp_failed"
    SMTP_EXPIRED = "smtp_expired"
    ADDRESS_CONFIRMATION = "address_confirmation"
    ADDRESS_CONFIRMED = "address_confirmed"
    CERTIFICATE_ACCEPTED = "certificate_accepted"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CERTIFICATE_EXPIRED = "certificate_expired"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """One notice about one domain: `at` is when it became true, `deadline` until when there is time to act.

    `address` is the sender address at the domain that it is about; empty where it is about the domain itself. `login`
    is the server that was tried, and what came of it; `certificate` what stands in the one that it is about.
    """

    kind: NoticeKind
    key: str
    recipient: str
    locale: str
    domain: str
    domain_unicode: str
    at: datetime
    deadline: datetime
    address: str = ""
    login: tuple[MailServer, LoginVerdict] | None = None
    certificate: CertificateFacts | None = None
    route: Route = Route.CLOUD
    findings: tuple[Finding, ...] = ()

    @property
    def is_blind(self) -> bool:
        """Whether nothing was seen that the owner could put right: we could not see, and blame nobody."""
        statuses = {finding.status for finding in self.findings}
        return Status.UNKNOWN in statuses and not statuses & {Status.MISSING, Status.WRONG}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationContent:
    """The mail that asks whoever reads `recipient` to confirm it by a link, which ends at `expires_at`.

    `account` asked for it. The link is a secret of the reader: it stands in this mail and nowhere else.
    """

    key: str
    recipient: str
    locale: str
    account: str
    display_name: str | None
    at: datetime
    expires_at: datetime
    link: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One notice that was held back for the digest."""

    kind: NoticeKind
    domain: str
    domain_unicode: str
    at: datetime
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestContent:
    """The notices of one recipient and day that were above the daily limit, in one mail."""

    key: str
    recipient: str
    locale: str
    at: datetime
    items: tuple[DigestItem, ...]


def mailable(address: str) -> str:
    """The address as it goes into an envelope: ASCII, its domain in A-labels; ValueError for any other text.

    A domain in U-labels is spelled in A-labels (RFC 5891), so SMTPUTF8 is not needed for it.
    """
    local_part, _, domain = address.rpartition("@")
    name = spell(domain)
    if not is_email(address) or not isinstance(name, DomainName):
        raise ValueError("not a mail address that can be written in ASCII")
    return f"{local_part}@{name.ascii}"


def as_recipient(address: str) -> str:
    """The address as a mail goes to it, its domain in A-labels; ValueError for any other text.

    Beyond ASCII it may be before the @ alone: then every server on the way has to speak SMTPUTF8 (RFC 6531).
    """
    found = parse_address(address)
    if found is None:
        raise ValueError("not a mail address")
    return found.text
