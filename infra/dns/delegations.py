"""Finds whose servers answer for a name: through the configured resolvers, then down the referrals of the servers.

Law: an address that the egress guard refuses is never asked. What is found is kept by its TTL, and not for long.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, Protocol

from domain.observation import Answer, Delegation, NameServer, Question, Seen
from infra.dns.addresses import Addresses
from infra.dns.memory import LONGEST, Memory
from infra.dns.rank import Rank
from infra.dns.recursion import Recursion

MOST_KEPT: Final = 100_000  # zones, and names that lie in them
YOUNG: Final = 60.0  # seconds; for somebody who waits nothing older is good enough
TELLS: Final = frozenset({Seen.RECORDS, Seen.NODATA, Seen.NXDOMAIN, Seen.BOGUS})

Found = Callable[[Delegation | tuple[Answer, ...]], None]


class Suffixes(Protocol):
    """The Public Suffix List."""

    def is_public_suffix(self, name: str) -> bool:
        """Whether others register names under this one."""


class Delegations:
    """Which zone a name lies in, and where its servers are."""

    def __init__(self, recursion: Recursion, addresses: Addresses, suffixes: Suffixes) -> None:
        self._recursion = recursion
        self._addresses = addresses
        self._suffixes = suffixes
        self._zones: Memory[str, str] = Memory(MOST_KEPT)  # the zone that a name lies in, as resolvers say
        self._known: Memory[str, Delegation] = Memory(MOST_KEPT)
        self._awaited: dict[str, list[Found]] = {}

    def find(self, name: str, start: str, found: Found, *, rank: Rank) -> None:
        """Find the delegation of the closest zone around `name`; or what resolvers said that could not tell.

        `start` is `name` or stands above it: resolvers are asked for the zone of that, servers for what is below.
        """
        younger = YOUNG if rank.first else LONGEST
        zone = self._zones.recall(start, younger=younger)
        known = None if zone is None else self._closest(name, zone, younger)
        if known is not None:
            found(known)
        elif start in self._awaited:
            self._awaited[start].append(lambda outcome: found(self._at(name, outcome)))
        else:
            self._awaited[start] = [lambda outcome: found(self._at(name, outcome))]
            _Search(self, self._recursion, start, rank=rank).go_on(start)

    def refer(self, referral: Answer, found: Found, *, rank: Rank) -> None:
        """The delegation that a server's referral names."""
        known = self._known.recall(referral.zone, younger=YOUNG if rank.first else LONGEST)
        if known is not None and {server.name for server in known.servers} == set(referral.values):
            found(known)
            return
        glue: dict[str, list[str]] = {}
        for name, address in referral.glue:
            glue.setdefault(name, []).append(address)
        self.locate(referral.zone, referral, glue, found)

    def locate(self, zone: str, told: Answer, glue: dict[str, list[str]], found: Found) -> None:
        """Find the addresses of a zone's servers, and remember the delegation."""

        def located(servers: Iterable[NameServer]) -> None:
            delegation = Delegation(zone, tuple(servers), not zone or self._suffixes.is_public_suffix(zone))
            self._known.learn(zone, delegation, told.ttl)
            found(delegation)

        self._addresses.of_all(told.values, glue, located)

    def settle(self, start: str, zone: str, outcome: Delegation | tuple[Answer, ...], ttl: int) -> None:
        """A search has ended; tell all who wait for it."""
        if isinstance(outcome, Delegation):
            self._zones.learn(start, zone, ttl)
        for found in self._awaited.pop(start):
            found(outcome)

    def known_at(self, zone: str, *, rank: Rank) -> Delegation | None:
        """A delegation that is known already."""
        return self._known.recall(zone, younger=YOUNG if rank.first else LONGEST)

    def _at(self, name: str, outcome: Delegation | tuple[Answer, ...]) -> Delegation | tuple[Answer, ...]:
        if not isinstance(outcome, Delegation):
            return outcome
        return self._closest(name, outcome.zone, LONGEST) or outcome

    def _closest(self, name: str, zone: str, younger: float) -> Delegation | None:
        """The deepest delegation that is known between a zone and a name in it."""
        while len(name) > len(zone):
            known = self._known.recall(name, younger=younger)
            if known is not None:
                return known
            name = name.partition(".")[2]
        return self._known.recall(zone, younger=younger)


class _Search:
    """Asks resolvers for the zone around a name, going up where they cannot tell."""

    def __init__(self, delegations: Delegations, recursion: Recursion, start: str, *, rank: Rank) -> None:
        self._delegations = delegations
        self._recursion = recursion
        self._start = start
        self._rank = rank
        self._failure: tuple[Answer, ...] = ()
        self._was_silent = False

    def go_on(self, candidate: str) -> None:
        """Ask for the name servers of a candidate."""
        self._recursion.ask(Question(candidate, "NS"), partial(self._answered, candidate), rank=self._rank)

    def _answered(self, candidate: str, answers: tuple[Answer, ...]) -> None:
        told = answers[-1]
        if told.seen in TELLS and told.values:
            self._found(candidate, told)
        elif told.seen in TELLS and _lies_below(candidate, told.zone):
            self._ask_zone(told)
        elif self._is_hopeless(told) or not candidate:
            self._fail(self._failure or answers)
        else:
            self._failure = self._failure or (answers if told.seen not in TELLS else ())
            self.go_on(candidate.partition(".")[2])

    def _is_hopeless(self, told: Answer) -> bool:
        """Whether no name above would be answered either.

        A refusing resolver refuses everything. One that is silent may itself wait for the servers of this
        zone, which the zone above names; where it is silent there too, it is the resolver.
        """
        is_silent = told.seen is Seen.TIMEOUT
        again, self._was_silent = is_silent and self._was_silent, self._was_silent or is_silent
        return again or told.seen is Seen.REFUSED

    def _ask_zone(self, denial: Answer) -> None:
        known = self._delegations.known_at(denial.zone, rank=self._rank)
        if known is not None:
            self._delegations.settle(self._start, denial.zone, known, denial.ttl)
        else:
            self.go_on(denial.zone)

    def _found(self, zone: str, told: Answer) -> None:
        self._delegations.locate(
            zone,
            told,
            {},
            lambda delegation: self._delegations.settle(self._start, zone, delegation, told.ttl),
        )

    def _fail(self, answers: tuple[Answer, ...]) -> None:
        self._delegations.settle(self._start, "", answers, 0)


def _lies_below(name: str, zone: str) -> bool:
    """Whether a name lies below a zone; a denial that names no zone tells nothing."""
    return bool(zone) and name.endswith(f".{zone}")
