"""Looks at thousands of names at once: one long-lived loop in one thread, call-backs instead of tasks.

Law: every look ends exactly once. Nothing here judges what was seen.
"""

import asyncio
import itertools
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from domain.challenge import Challenge
from domain.observation import Asked, Observation, Question, Sight
from domain.questions import Manner, domain_of, further
from infra.dns.addresses import Addresses, Guard
from infra.dns.asking import Asking
from infra.dns.courtesy import PER_SECOND, Courtesy
from infra.dns.delegations import Delegations, Suffixes
from infra.dns.pace import Pace
from infra.dns.rank import Rank
from infra.dns.recursion import Recursion
from infra.dns.resolver import DNS_PORT, Resolver
from infra.dns.sources import Sources

ENOUGH: Final = 1_000  # questions that wait to be asked: more would only grow old here
SEEKING: Final = Manner(probe=True)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Whom the engine asks: the resolvers, and name servers where the guard lets it, at their port.

    `qps`: the most queries a second in all, `server_qps` to one name server's address; `window`: the most
    questions in flight; `patience`: seconds for one question.
    """

    resolvers: Sequence[Resolver]
    guard: Guard
    suffixes: Suffixes
    authority_port: int = DNS_PORT
    qps: float | None = None
    server_qps: float = PER_SECOND
    window: int = 8192
    patience: float = 5.0


class Engine:
    """Start it once per process; any thread may look through it. `resolvers`: those that it asks, as they are shown."""

    def __init__(self, network: Network) -> None:
        self._numbers = itertools.count()
        self._handing = threading.Lock()
        self._handed_over = self._begun = 0
        self._loop = asyncio.new_event_loop()
        courtesy = Courtesy(network.server_qps)
        self._asking = Asking(Pace(network.qps), courtesy, network.window, network.patience)
        recursion = Recursion(network.resolvers, self._asking)
        addresses = Addresses(recursion, network.guard)
        delegations = Delegations(recursion, addresses, network.suffixes)
        self.resolvers = tuple(str(resolver) for resolver in network.resolvers)
        self._sources = Sources(self._asking, recursion, delegations, network.authority_port)
        self._thread = threading.Thread(target=self._run, name="dns", daemon=True)

    @property
    def counters(self) -> Mapping[str, int]:
        """Queries, replies, timeouts, tcp, foreign, malformed, silent, unsent: how many so far."""
        return self._asking.counters

    @property
    def in_flight(self) -> int:
        """How many questions are waiting for an answer."""
        return self._asking.in_flight

    def has_room(self) -> bool:
        """Whether nearly all that was begun before is asked: more would only grow old here."""
        return self._handed_over - self._begun + self._asking.waiting < ENOUGH

    def ports(self) -> list[int]:
        """The ports that queries leave from, for a firewall that wants to know."""
        return self._asking.ports()

    def start(self) -> None:
        """Open the sockets and start the thread."""
        self._asking.open(self._loop)
        self._thread.start()

    def close(self) -> None:
        """Stop it. Looks that are under way are not answered any more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def is_alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def look(
        self,
        looks: Iterable[tuple[K, Challenge, Manner]],
        done: Callable[[K, Observation], None],
        *,
        first: bool = False,
    ) -> None:
        """Begin to look and return at once; `done` is called on the engine's thread, once for each key.

        Each look is a key, a challenge, and the manner of looking. Those that somebody waits for go `first`,
        before all that was begun and is not yet asked, and trust no delegation that is older than a minute.
        """

        def later(key: K, observation: Observation) -> None:
            self._loop.call_soon(done, key, observation)  # what it raises is logged, and harms no other look

        begun = [
            _Look(
                challenge,
                manner,
                partial(later, key),
                partial(self._sources.ask, rank=self._rank(first=first)),
            )
            for key, challenge, manner in looks
        ]
        with self._handing:
            self._handed_over += len(begun)
        self._loop.call_soon_threadsafe(self._begin, begun)

    def observe(self, challenge: Challenge, manner: Manner = SEEKING) -> Observation:
        """Look once, and wait for what is seen."""
        seen: list[Observation] = []
        ended = threading.Event()

        def done(_: int, observation: Observation) -> None:
            seen.append(observation)
            ended.set()

        self.look([(0, challenge, manner)], done, first=True)
        ended.wait()
        return seen[0]

    def consult(self, asked: Sequence[Asked], start: str = "", within: float | None = None) -> Observation:
        """Ask some questions that belong to no challenge, and wait for their sights; `start` as in `Sources.ask`.

        After `within` seconds, what has come by then is all.
        """
        seen: dict[Asked, Sight] = {}
        ended = threading.Event()

        def answered(one: Asked, sight: Sight) -> None:
            seen[one] = sight
            if len(seen) == len(asked):
                ended.set()

        rank = self._rank(first=True)

        def begin() -> None:
            for one in asked:
                at = start if _lies_in(one.question.name, start) else one.question.name
                self._sources.ask(one, seen, at, partial(answered, one), rank=rank)

        if asked:
            self._loop.call_soon_threadsafe(begin)
            ended.wait(within)
        return seen.copy()  # the engine's thread may still add to the other one

    def _rank(self, *, first: bool) -> Rank:
        return Rank(unawaited=not first, since=next(self._numbers))

    def _begin(self, looks: Sequence["_Look"]) -> None:
        self._begun += len(looks)
        for look in looks:
            look.go_on()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._asking.close()
            self._loop.run_until_complete(asyncio.sleep(0))  # lets cancelled calls end
            self._loop.close()


class _Look:
    """One look: asks, and asks what its answers make necessary, until nothing is left to ask."""

    __slots__ = ("_ask", "_challenge", "_domain", "_done", "_manner", "_observation", "_open")

    def __init__(
        self,
        challenge: Challenge,
        manner: Manner,
        done: Callable[[Observation], None],
        ask: Callable[[Asked, Observation, str, Callable[[Sight], None]], None],
    ) -> None:
        self._challenge = challenge
        self._manner = manner
        self._done = done
        self._ask = ask
        self._domain = domain_of(challenge.records[0]) if challenge.records else ""
        self._observation: dict[Asked, Sight] = {}
        self._open = 0

    def go_on(self) -> None:
        wanted = further(self._challenge, self._observation, self._manner)
        if not wanted:
            self._done(self._observation)
            return
        self._open = len(wanted)
        for asked in wanted:
            name = asked.question.name
            start = self._domain if _lies_in(name, self._domain) else _start(asked.question)
            self._ask(asked, self._observation, start, partial(self._answered, asked))

    def _answered(self, asked: Asked, sight: Sight) -> None:
        self._observation[asked] = sight
        self._open -= 1
        if not self._open:
            self.go_on()


def _start(question: Question) -> str:
    """Where to look for the zone of a name: at the domain that a selector stands under, else at the name itself."""
    return question.name.rpartition("._domainkey.")[2]


def _lies_in(name: str, domain: str) -> bool:
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))
