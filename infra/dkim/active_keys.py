"""The keys that mail is signed with: of each domain the active one, known to this process for a minute.

Law: a key is used for no longer than that without asking which one is active. What it signs by then still verifies, for
a key that signs no more stays published for days.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from domain.dkim_keys import DkimKey, DkimPair
from domain.dkim_ports import place_of
from domain.dkim_rotation import CACHED
from domain.identity import Domain
from domain.secrets import Secret, SecretPlace
from infra.dkim.making import Private, read_key

MOST_KNOWN: Final = 10_000


class _Pairs(Protocol):
    def of_domain(self, domain_id: str) -> DkimPair | None: ...


class _Secrets(Protocol):
    def open(self, place: SecretPlace) -> Secret | None: ...


class Reading(Protocol):
    """One transaction in which keys are read."""

    @property
    def dkim(self) -> _Pairs:
        """Which key is active."""

    @property
    def secrets(self) -> _Secrets:
        """Its private half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveKey:
    """As whom mail is signed: `domain` is `d=`, `selector` is `s=`.

    Where there is one `beside` it (Ed25519), the same mail gets its signature too.
    """

    domain: str
    selector: str
    key: Private = field(repr=False)
    beside: "ActiveKey | None" = None


class ActiveKeys:
    """Answers with the active key of a domain. `clock` counts seconds; threads may share it."""

    def __init__(
        self, reading: Callable[[], AbstractContextManager[Reading]], clock: Callable[[], float]
    ) -> None:
        self._reading = reading
        self._clock = clock
        self._known: dict[str, tuple[float, ActiveKey]] = {}

    def of(self, domain: Domain) -> ActiveKey | None:
        """The key to sign with now; None where none may yet. Raises NoVault, Unopenable or NotAKey."""
        until, known = self._known.get(domain.id, (0.0, None))
        now = self._clock()
        if known is not None and now < until:
            return known
        found = self._read(domain) or self._read(domain)  # the first may have met a key as it was rotated
        self._known.pop(domain.id, None)
        if found is not None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[domain.id] = (now + CACHED.total_seconds(), found)
        return found

    def _read(self, domain: Domain) -> ActiveKey | None:
        with self._reading() as reading:
            pair = reading.dkim.of_domain(domain.id)
            if pair is None or pair.active is None:
                return None
            active = _opened(domain, pair, pair.active, reading)
            beside = None if pair.beside is None else _opened(domain, pair, pair.beside, reading)
        return None if active is None else replace(active, beside=beside)


def _opened(domain: Domain, pair: DkimPair, key: DkimKey, reading: Reading) -> ActiveKey | None:
    """None where its private half is there no more: it signs no more since."""
    secret = reading.secrets.open(place_of(pair, key.number))
    if secret is None:
        return None
    return ActiveKey(domain=domain.subject, selector=pair.selector_of(key), key=read_key(secret))
