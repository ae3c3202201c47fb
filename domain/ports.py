"""What the workers need of the world, as ports; `infra` implements them.

Law: every write names the version (or the token) that it read. They come together in `domain/unit_of_work.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.identity import Address, Cause, Identity, Kind, Progress
from domain.lifecycle import Step
from domain.mailing import PlannedNotice
from domain.registration import Requests
from domain.verdict import Finding, Outcome


class StaleWrite(Exception):  # noqa: N818 - it names what happened, in the language of the schedule
    """A row is no longer as it was read: another writer came first. Nothing of this unit of work holds."""


class NotReachable(Exception):  # noqa: N818
    """Database or broker cannot be reached now. Our own fault: wait, and try again."""


class Work(StrEnum):
    """Kinds of due work; each has its own queue, so that none waits behind another."""

    DNS_FRESH = "dns.fresh"
    DNS = "dns"
    ADDRESS = "address"
    SMTP = "smtp"
    CERTIFICATE = "certificate"
    KEYS = "keys"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKey:
    """What makes an inbound event: remembered for 30 days per publisher."""

    publisher: str
    source: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKey:
    """Which registration is meant, whatever its generation."""

    kind: Kind
    account: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """An outbound event, frozen as it will be published. `identity_id` and `sequence` are None for `event.refused`."""

    id: str
    type: str
    account: str | None
    subject: str | None
    identity_id: str | None
    sequence: int | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A hint that something is due. Only the one whose token is still awaited may write."""

    id: str
    attempt: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """The look before: its number among the differing ones, and what it found."""

    number: int
    outcome: Outcome
    findings: tuple[Finding, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """An identity whose look is awaited under a token, as it was read at `read_at` (the database's clock)."""

    identity: Identity
    progress: Progress
    token: str
    last_look: LastLook | None
    requests: tuple[Cause, ...]
    read_at: datetime
    stale_targets: frozenset[str] = frozenset()  # of the account's earlier generations of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look, judged and advanced, ready to be written over what was read."""

    awaited: Awaited
    step: Step
    outcome: Outcome
    findings: tuple[Finding, ...]
    at: datetime
    events: tuple[Stamped, ...] = ()
    notices: tuple[PlannedNotice, ...] = ()


class Inbox(Protocol):
    """Every inbound event that was taken, in the transaction of its effect."""

    def take(self, keys: Sequence[EventKey]) -> frozenset[EventKey]:
        """Remember the keys; answer those that were remembered before (they change nothing again)."""

    def forget(self, keys: Collection[EventKey]) -> None:
        """Let go of keys answered with `event.refused`: they may come again corrected."""


class Identities(Protocol):
    """The truth about every registration."""

    def current(self, keys: Collection[SubjectKey]) -> Mapping[SubjectKey, Identity]:
        """The newest generation of each, locked until the end of this unit of work. Removed ones included."""

    def find(self, ids: Collection[str]) -> Mapping[str, Identity]:
        """Those of the ids that exist, locked until the end of this unit of work."""

    def addresses_of(self, domain_id: str) -> int:
        """How many addresses a domain has, whatever their state; removed ones are none."""

    def sender_of(self, domain_id: str) -> Address | None:
        """A confirmed address of a domain: the one that was first added."""

    def others(self, kind: Kind, registered: Sequence[tuple[str, str]]) -> Sequence[Identity]:
        """The living registrations of the same subjects by other accounts than that of each pair, locked."""

    def add(self, identities: Sequence[Identity]) -> None:
        """Store new identities and tombstone their tokens: a token that was ever issued raises StaleWrite."""

    def issue(self, identity: Identity) -> None:
        """Store the new challenge of an identity, and tombstone its tokens."""

    def save(self, identities: Sequence[Identity], read: Mapping[str, int]) -> None:
        """Write each, and its changed state into the history, over the version in `read`, which rises by one."""

    def progress(self, ids: Collection[str]) -> Mapping[str, Progress]:
        """Where the looks of each stand; those without a due look are absent."""

    def requests(self, ids: Collection[str]) -> Mapping[str, Requests]:
        """The looks asked for in the last 24 hours."""

    def add_request(self, identity_id: str, cause: Cause, *, restarted: bool) -> None:
        """Remember a look that was asked for, before the schedule is changed for it; the next one written answers."""


class Accounts(Protocol):
    """Accounts as a whole."""

    def erase(self, account: str) -> None:
        """Erase what an account registered, with all that hangs on it; its events follow once they are published."""


class Schedule(Protocol):
    """What is due, and when. One row per thing that waits: an identity for its look, a notice for its sending."""

    def put(self, steps: Sequence[Step]) -> None:
        """Place the next look of each (`rescheduled` ones only), free of any lease; without a due time, none."""

    def claim(self, work: Work, *, limit: int, lease: timedelta) -> Sequence[Ticket]:
        """Lease what is due now, in the order of due times; what another claimer holds is passed over."""

    def kinds_due(self) -> Collection[Work]:
        """The kinds of work of which something is due now."""

    def pending(self, work: Work) -> int:
        """How many are due now and not leased (at most 100,000 are counted)."""

    def failed(self, ticket: Ticket, *, again_after: timedelta) -> None:
        """Count one failure of our own handling; after five the thing is parked until `doctor` frees it."""

    def parked(self, limit: int = 100) -> Sequence[str]:
        """The ids of what failed five times."""

    def free(self, ids: Collection[str]) -> int:
        """Let parked things come due at once; answer how many were parked."""


class Looks(Protocol):
    """The hot path: read what is awaited, write what was seen."""

    def awaited(self, tickets: Sequence[Ticket]) -> Sequence[Awaited]:
        """Those of the tickets whose token is still the one awaited."""

    def write(self, looked: Sequence[Looked]) -> Sequence[Looked]:
        """Write looks, guarded by their tokens; answer those written. A late or repeated one changes nothing.

        One whose identity another writer changed meanwhile is not written either, and is due again at once.
        """


class Outbox(Protocol):
    """Events that are true and not yet published; also the feed."""

    def add(self, events: Sequence[Stamped]) -> None:
        """Add events, after the states that they tell of; one that is there already (same id) stays as it is."""
