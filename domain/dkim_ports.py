"""What the lane of DKIM keys needs of the world, as ports; `infra` implements them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from domain.dkim_keys import DkimPair, Sighting
from domain.identity import Domain, Kind
from domain.ports import Ticket
from domain.secrets import Secret, SecretPlace

FIELD: Final = "dkim"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key pair just made: the private half in PKCS#8 (DER), the public one as `p=` has it."""

    private: Secret = field(repr=False)
    public: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedPair:
    """A pair whose visit is awaited under a ticket; `proven`: its domain is verified, maybe at risk."""

    ticket: Ticket
    pair: DkimPair
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A pair after a visit, and when the next one is due."""

    before: AwaitedPair
    pair: DkimPair
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPublished:
    """Why our zone was not changed, in one clause; `for_a_name`: of several names, one alone may be why."""

    why: str
    for_a_name: bool = False


class OwnZone(Protocol):
    """The zone that the targets live in, on all our own servers."""

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """Let just this TXT stand at each name, or nothing; answer why nothing of it was done, where that is so."""

    def look(self, names: Collection[str]) -> Sighting:
        """What each of our servers says stands at the names."""


class DkimPairs(Protocol):
    """The pairs of selectors, in one transaction. Of what is awaited, a late or repeated ticket writes nothing."""

    def begin(self, domains: Sequence[Domain]) -> None:
        """Let there be a pair for each of these domains, due now, where there is none."""

    def awaited(self, tickets: Sequence[Ticket]) -> Sequence[AwaitedPair]:
        """Those of the tickets whose token is still the one awaited."""

    def keep(self, before: AwaitedPair, pair: DkimPair) -> bool:
        """Write a pair in the middle of its visit; answer whether it is still awaited."""

    def write(self, visited: Visited) -> bool:
        """Write a pair and its next visit; answer whether it was still awaited."""

    def end(self, before: AwaitedPair) -> bool:
        """Let go of a pair, and of its visits; answer whether it was still awaited."""

    def hurry(self, pair_id: str) -> None:
        """Let a pair be visited now, whoever visits it meanwhile: our zone may not be as that one left it."""

    def of_domain(self, domain_id: str) -> DkimPair | None:
        """The pair of a domain, where there is one; not locked."""

    def ask(self, domain_id: str) -> DkimPair | None:
        """Ask for a new key of a domain; the pair as it is then, None where it has none."""

    def remove(self, domain_id: str) -> None:
        """The domain is removed: its keys are revoked, which is seen to at once."""


def place_of(pair: DkimPair, number: int) -> SecretPlace:
    """Where the vault keeps the private half of a key."""
    return SecretPlace(
        identity_id=pair.domain_id, account=pair.account, kind=Kind.DOMAIN, field=FIELD, generation=number
    )
