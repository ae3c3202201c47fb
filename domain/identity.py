"""Who is to be proven: one identity, its state and its window."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from domain.challenge import NOTHING, Challenge
from domain.mail_server import MailServer
from domain.verdict import Finding, Reason


class Kind(StrEnum):
    """What can be proven."""

    DOMAIN = "domain"
    ADDRESS = "address"
    SMTP = "smtp"
    CERTIFICATE = "certificate"


class State(StrEnum):
    """The one life of all kinds."""

    PENDING = "pending"
    VERIFIED = "verified"
    AT_RISK = "at_risk"  # proven, and lately seen not to be so; it still sends
    FAILED = "failed"  # a final no; a new request resumes it, as it does the next two
    EXPIRED = "expired"  # the window closed without a yes
    REVOKED = "revoked"  # at risk for too long
    REMOVED = "removed"  # the end of every life


class Route(StrEnum):
    """How the mail of a domain leaves."""

    CLOUD = "cloud"  # our relay, DKIM by CNAME
    SMTP = "smtp"  # the owner's own server


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom we mail about an identity. `locale` is a BCP 47 tag."""

    email: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The inbound event that led to something; `request` numbers the open request it left behind."""

    id: str
    source: str
    request: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One registration of one subject by one account, and where it stands; each kind adds what is its own.

    `window_at` is when the present window opened, `opened_by` the event that opened it, `deadline` when it
    closes as announced; an inconclusive last look moves `last_look_at` beyond it. `acted_at` is the owner's
    last action, from which the schedule counts. `findings` is the diagnosis that is shown, of the records of the
    challenge; where there are none, `reason` is what stands in the way. `looks_made` is known once the window is
    settled. `sequence` numbers the last event. `version` counts the writes; every write names the version that
    it read.
    """

    kind: ClassVar[Kind]

    id: str
    account: str
    subject: str
    generation: int
    challenge: Challenge = NOTHING
    contact: Contact | None
    created_at: datetime
    window_at: datetime
    acted_at: datetime
    deadline: datetime
    last_look_at: datetime
    state: State = State.PENDING
    findings: tuple[Finding, ...] = ()
    reason: Reason | None = None
    reminded: bool = False
    opened_by: Cause | None = None
    looks_made: int = 0
    sequence: int = 0
    version: int = 0

    @property
    def shown(self) -> str:
        """The subject as people know it."""
        return self.subject

    @property
    def proof(self) -> Challenge:
        """The records that prove it now."""
        return self.challenge

    def once_verified(self) -> Self:
        """The same, as it is when it passes."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain(Identity):
    """A sending domain. Its subject is its name as lower-case A-label.

    `still_by` is the route by which its mail leaves until the present one is proven, where that was changed. Records
    that were issued once stay its own, and prove nothing as long as its route is `smtp`.
    """

    kind = Kind.DOMAIN

    plan: str
    route: Route
    still_by: Route | None = None

    @property
    def proof(self) -> Challenge:
        """The records that prove it now: none on the owner's own server."""
        return self.challenge if self.route is Route.CLOUD else NOTHING

    def once_verified(self) -> Self:
        """The same, its mail leaving by the present route."""
        return replace(self, still_by=None)


class WhenExpired(StrEnum):
    """What becomes of a message whose signing certificate is over."""

    FAIL = "fail"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Identity):
    """A sender address. Its subject is `key` of the address; `address` is how it was first written.

    `domain_id` is the sending domain that it belongs to. `mails` counts the confirmation mails asked for;
    `next_mail_at` is when the one that waits is due, None where none waits.
    """

    kind = Kind.ADDRESS

    address: str
    domain_id: str
    display_name: str | None = None
    when_expired: WhenExpired = WhenExpired.FAIL
    mails: int = 0
    next_mail_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The address as it was first written."""
        return self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A login without its password, which the vault keeps under the same `number`: each handed in has its own."""

    number: int
    server: MailServer
    username: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLogin(Identity):
    """The login at the owner's own mail server for one sending domain, whose name is its subject.

    `tried` are the newest credentials, and its state is theirs; `in_use` those that passed last, which are used until
    newer ones pass.
    """

    kind = Kind.SMTP

    domain_id: str
    tried: Credentials
    in_use: Credentials | None = None

    def once_verified(self) -> Self:
        """The same, its newest credentials in use."""
        return replace(self, in_use=self.tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the looks of an identity stand: the number of the look awaited, and the inconclusive run before it.

    `absences` are the moments at which what is proven was clearly not there, in a row, the first three. Where
    somebody asked for the look awaited, `unasked_at` is when the next one would have come by itself.
    """

    attempt: int = 1
    inconclusive: int = 0
    absences: tuple[datetime, ...] = ()
    unasked_at: datetime | None = None
