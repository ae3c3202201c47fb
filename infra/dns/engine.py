"""Looks at thousands of names at once: one long-lived loop in one thread, call-backs instead of tasks.

Law: every look ends exactly once. Nothing here judges what was seen.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from domain.challenge import Challenge
from domain.observation import Answer, Observation, Question, further_questions
from infra.dns.asking import Asking
from infra.dns.pace import Pace
from infra.dns.resolver import Resolver

K = TypeVar("K", bound=Hashable)


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
        self, looks: Iterable[tuple[K, Challenge, bool]], done: Callable[[K, Observation], None]
    ) -> None:
        """Begin to look and return at once; `done` is called on the engine's thread, once for each key.

        Each look is a key, a challenge, and whether to probe where records are put by mistake.
        """

        def later(key: K, observation: Observation) -> None:
            self._loop.call_soon(done, key, observation)  # what it raises is logged, and harms no other look

        begun = [_Look((key, challenge, probe), later, self._asking) for key, challenge, probe in looks]
        self._loop.call_soon_threadsafe(_begin, begun)

    def observe(self, challenge: Challenge, *, probe: bool = True) -> Observation:
        """Look once, and wait for what is seen."""
        seen: list[Observation] = []
        ended = threading.Event()

        def done(_: int, observation: Observation) -> None:
            seen.append(observation)
            ended.set()

        self.look([(0, challenge, probe)], done)
        ended.wait()
        return seen[0]

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

    __slots__ = ("_asking", "_challenge", "_done", "_key", "_observation", "_open", "_probe")

    def __init__(
        self, look: tuple[K, Challenge, bool], done: Callable[[K, Observation], None], asking: Asking
    ) -> None:
        self._key, self._challenge, self._probe = look
        self._done = done
        self._asking = asking
        self._observation: dict[Question, Answer] = {}
        self._open = 0

    def go_on(self) -> None:
        questions = further_questions(self._challenge, self._observation, probe=self._probe)
        if not questions:
            self._done(self._key, self._observation)
            return
        self._open = len(questions)
        for question in questions:
            self._asking.ask(question, partial(self._answered, question))

    def _answered(self, question: Question, answer: Answer) -> None:
        self._observation[question] = answer
        self._open -= 1
        if not self._open:
            self.go_on()


def _begin(looks: Sequence[_Look[K]]) -> None:
    for look in looks:
        look.go_on()
