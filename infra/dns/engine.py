"""Looks at thousands of names at once: one long-lived loop in one thread, call-backs instead of tasks.

Law: every look ends exactly once. Nothing here judges what was seen.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Generic, TypeVar

from domain.challenge import Challenge
from domain.observation import Answer, Observation, Question, further_questions
from infra.dns.asking import Asking
from infra.dns.pace import Pace
from infra.dns.resolver import Resolver

ENOUGH: Final = 1_000  # questions that wait to be asked: more would only grow old here

K = TypeVar("K", bound=Hashable)
Ask = Callable[[Question, Callable[[Answer], None]], None]


class Engine:
    """Asks the configured resolvers. Start it once per process; any thread may look through it."""

    def __init__(
        self,
        resolvers: Sequence[Resolver],
        *,
        qps: float | None = None,
        window: int = 8192,
        patience: float = 5.0,
    ) -> None:
        """At most `window` questions in flight, `qps` queries a second; give up after `patience` seconds."""
        self._handing = threading.Lock()
        self._handed_over = self._begun = 0
        self._loop = asyncio.new_event_loop()
        self._asking = Asking(resolvers, Pace(qps), window, patience)
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
        looks: Iterable[tuple[K, Challenge, bool]],
        done: Callable[[K, Observation], None],
        *,
        first: bool = False,
    ) -> None:
        """Begin to look and return at once; `done` is called on the engine's thread, once for each key.

        Each look is a key, a challenge, and whether to probe where records are put by mistake. Those that
        somebody waits for go `first`, before all that was begun and is not yet asked.
        """

        def later(key: K, observation: Observation) -> None:
            self._loop.call_soon(done, key, observation)  # what it raises is logged, and harms no other look

        ask = partial(self._asking.ask, first=first)
        begun = [_Look((key, challenge, probe), later, ask) for key, challenge, probe in looks]
        with self._handing:
            self._handed_over += len(begun)
        self._loop.call_soon_threadsafe(self._begin, begun)

    def observe(self, challenge: Challenge, *, probe: bool = True) -> Observation:
        """Look once, and wait for what is seen."""
        seen: list[Observation] = []
        ended = threading.Event()

        def done(_: int, observation: Observation) -> None:
            seen.append(observation)
            ended.set()

        self.look([(0, challenge, probe)], done, first=True)
        ended.wait()
        return seen[0]

    def _begin(self, looks: Sequence["_Look[K]"]) -> None:
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


class _Look(Generic[K]):
    """One look: asks, and asks what its answers make necessary, until nothing is left to ask."""

    __slots__ = ("_ask", "_challenge", "_done", "_key", "_observation", "_open", "_probe")

    def __init__(
        self, look: tuple[K, Challenge, bool], done: Callable[[K, Observation], None], ask: Ask
    ) -> None:
        self._key, self._challenge, self._probe = look
        self._done = done
        self._ask = ask
        self._observation: dict[Question, Answer] = {}
        self._open = 0

    def go_on(self) -> None:
        questions = further_questions(self._challenge, self._observation, probe=self._probe)
        if not questions:
            self._done(self._key, self._observation)
            return
        self._open = len(questions)
        for question in questions:
            self._ask(question, partial(self._answered, question))

    def _answered(self, question: Question, answer: Answer) -> None:
        self._observation[question] = answer
        self._open -= 1
        if not self._open:
            self.go_on()
