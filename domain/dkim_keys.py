"""The DKIM keys of one sending domain, what our zone must hold for them, and what our own servers said it holds.

Two selectors (RFC 6376, section 3.1), each with one key at most, so that keys change without the owner. The one that
rests may hold an Ed25519 key meanwhile. What becomes of a key is decided in `domain/dkim_rotation.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from domain.sentences import Code

EMPTY: Final = "v=DKIM1; p="  # revoked (RFC 6376, section 3.6.1)


class Algorithm(StrEnum):
    """What a key signs with, as `k=` has it (RFC 6376, section 3.6.1; RFC 8463)."""

    RSA = "rsa"
    ED25519 = "ed25519"


class Vacancy(NamedTuple):
    """A key to be made: for which selector, and of which algorithm."""

    selector: int
    algorithm: Algorithm


class KeyState(StrEnum):
    """The life of a key."""

    MADE = "made"  # in the vault; not yet seen on all our servers
    PUBLISHED = "published"  # seen on all of them; caches may still say otherwise
    ACTIVE = "active"  # it signs
    ROTATED = "rotated"  # it signs no more, and what it signed still verifies
    EMPTIED = "emptied"  # its record says that it is revoked
    GONE = "gone"  # no record


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """One key without its private half, which the vault keeps under the same `number` while it may sign.

    `selector` is its place in the pair's targets. `seen_at` is since when all our servers were seen to have it,
    `emptied_at` since when they have the empty record; both None until then. The other moments are of decisions.
    """

    number: int
    selector: int
    public_key: str  # in base64, as `p=` has it: DER of SubjectPublicKeyInfo; of Ed25519 its 32 octets
    made_at: datetime
    algorithm: Algorithm = Algorithm.RSA
    state: KeyState = KeyState.MADE
    seen_at: datetime | None = None
    active_at: datetime | None = None
    rotated_at: datetime | None = None
    revoked_at: datetime | None = None
    emptied_at: datetime | None = None
    gone_at: datetime | None = None

    @property
    def record(self) -> str | None:
        """The TXT that must stand at its target; None for none."""
        match self.state:
            case KeyState.EMPTIED:
                return EMPTY
            case KeyState.GONE:
                return None
            case _:
                return f"v=DKIM1; k={self.algorithm}; p={self.public_key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimPair:
    """The two selectors of a domain: `targets` are the names in our zone that the owner's CNAMEs lead to.

    `made` counts the keys. `asked_at` is when somebody asked for new ones. Of a domain that was `removed` all is let go
    of. `fault` is what is wrong with our zone (never with the owner's).
    """

    id: str
    domain_id: str
    account: str
    targets: tuple[str, str]
    keys: tuple[DkimKey, ...] = ()
    made: int = 0
    asked_at: datetime | None = None
    removed: bool = False
    fault: Code | None = None

    def at(self, selector: int) -> DkimKey | None:
        """The key of a selector, where it ever had one."""
        return next((key for key in self.keys if key.selector == selector), None)

    @property
    def active(self) -> DkimKey | None:
        """The key that signs."""
        return self._signing(Algorithm.RSA)

    @property
    def beside(self) -> DkimKey | None:
        """The key that signs beside it, a second signature of the same mail (RFC 8463, section 3)."""
        return self._signing(Algorithm.ED25519)

    @property
    def records(self) -> Mapping[str, str | None]:
        """What must stand at each target that ever held something."""
        return {self.targets[key.selector]: key.record for key in self.keys}

    def _signing(self, algorithm: Algorithm) -> DkimKey | None:
        signing = (key for key in self.keys if key.state is KeyState.ACTIVE)
        return next((key for key in signing if key.algorithm is algorithm), None)

    def selector_of(self, key: DkimKey) -> str:
        """The selector as signatures name it (`s=`): the first label of its target."""
        return self.targets[key.selector].partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one of our servers says stands at a name; `texts` is None where it does not answer."""

    server: str
    texts: tuple[str, ...] | None

    def has(self, record: str | None) -> bool:
        """Whether it says that just this stands there."""
        return self.texts == (() if record is None else (record,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What every one of our servers says of some names, and for how long resolvers keep that a name has nothing."""

    told: Mapping[str, tuple[Told, ...]] = field(default_factory=dict)
    negative_ttl: timedelta = timedelta(0)

    def shows(self, name: str, record: str | None) -> bool:
        """Whether all of our servers answer, and have just this at the name."""
        told = self.told.get(name, ())
        return bool(told) and all(one.has(record) for one in told)

    def lacks(self, name: str, record: str | None) -> bool:
        """Whether a server that answers has something else at the name; of a silent one nobody knows."""
        return any(one.texts is not None and not one.has(record) for one in self.told.get(name, ()))

    def is_bare(self, name: str) -> bool:
        """Whether a server that answers has nothing at all at the name."""
        return any(one.texts == () for one in self.told.get(name, ()))
