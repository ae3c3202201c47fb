"""How identities stand, for those who only read: pages, lists, the command line (port)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.identity import Identity, Kind, State
from domain.verdict import Finding, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An identity and its next look: `due_at` is None where none is due, `parked` where our own handling failed."""

    identity: Identity
    attempt: int | None
    due_at: datetime | None
    parked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of state, and the event that told it."""

    at: datetime
    state: State
    event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLook:
    """A look and the equal ones that followed it."""

    number: int
    outcome: Outcome
    findings: tuple[Finding, ...]
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingQuery:
    """Which identities are asked for. `accounts` None means all; `after` is the id of the last one seen."""

    kind: Kind
    accounts: frozenset[str] | None = None
    state: State | None = None
    after: str | None = None
    limit: int = 100


class Directory(Protocol):
    """Reading only; nothing is locked."""

    def find(self, ids: Collection[str]) -> Sequence[Standing]:
        """Those of the ids that exist; an id that cannot be one is unknown."""

    def named(self, kind: Kind, subject: str) -> Sequence[Standing]:
        """The newest generation of every account that registered the subject."""

    def page(self, query: StandingQuery) -> Sequence[Standing]:
        """Identities in the order of their ids, all generations."""

    def history(self, identity_id: str) -> Sequence[Change]:
        """Every change of state, oldest first."""

    def looks(self, identity_id: str, limit: int = 20) -> Sequence[SeenLook]:
        """The differing looks kept, newest first."""

    def unsent(self, ids: Collection[str]) -> int:
        """How many mails about these identities are planned and neither sent nor given up."""
