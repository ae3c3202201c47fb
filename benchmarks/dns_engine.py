"""The DNS engine alone: looks per second and CPU per look, and what judging one takes.

`python -m benchmarks.dns_engine [LOOKS [IN_FLIGHT]]`.
DNS answers after 40 ms, and for three domains in a hundred never. A fast engine that takes live names
for dead ones is worthless: the exact counts are asserted.
"""

import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.ground import absent, an_engine, challenge, is_dead, names
from domain.challenge import Challenge
from domain.judges.case import Known
from domain.judges.sending_domain import judge
from domain.observation import Observation
from domain.questions import Manner
from domain.verdict import Outcome
from infra.dns.engine import Engine

LOOKS = 30_000
IN_FLIGHT = 8_000  # looks; each is two questions
BATCH = 200


@dataclass(slots=True)
class Run:
    """A run of the engine: a new batch begins whenever there is room for one."""

    engine: Engine
    challenges: Sequence[Challenge]
    room: threading.Semaphore
    manner: Manner = field(default_factory=Manner)
    seen: dict[int, Observation] = field(default_factory=dict)
    last_live_at: float = 0.0

    def whole(self) -> float:
        """Look at all; the seconds until the last live one was answered (the dead ones take their five more)."""
        looks = [(number, challenge, self.manner) for number, challenge in enumerate(self.challenges)]
        began = time.monotonic()
        for first in range(0, len(looks), BATCH):
            for _ in range(BATCH):
                self.room.acquire()
            self.engine.look(looks[first : first + BATCH], self._done)
        while len(self.seen) < len(looks):
            self.room.acquire()
        return self.last_live_at - began

    def _done(self, number: int, observation: Observation) -> None:
        self.seen[number] = observation
        if not is_dead(number):
            self.last_live_at = time.monotonic()
        self.room.release()


def measure(
    engine: Engine, name: str, challenges: Sequence[Challenge], expected: Outcome, in_flight: int
) -> None:
    """Look at all once, and print a line of the table."""
    run = Run(engine, challenges, threading.Semaphore(in_flight))
    before, asked = cpu(), engine.counters["queries"]
    seconds = run.whole()
    used, queries = cpu() - before, engine.counters["queries"] - asked
    before = cpu()
    outcomes = Counter(judge(one, run.seen[number], Known()).outcome for number, one in enumerate(challenges))
    judging = cpu() - before
    looks, dead = len(challenges), sum(map(is_dead, range(len(challenges))))
    assert outcomes == {expected: looks - dead, Outcome.INCONCLUSIVE: dead}, (outcomes, dict(engine.counters))
    print(f"| DNS engine alone, {name} | {looks / seconds:,.0f} looks/s "
          f"| {used / looks * 1e6:.0f} µs CPU and {queries / looks:.2f} queries per look "
          f"| judged in {judging / looks * 1e6:.0f} µs |", flush=True)  # fmt: skip


def main(looks: int, in_flight: int) -> None:
    """Serve the names, and look at all of them: as strangers, then as routine does, then for proof."""
    missing = [absent(number) for number in range(looks)]
    with names(looks) as (_, dnsdist):
        engine = an_engine(dnsdist)
        engine.start()
        measure(engine, "nothing known yet", missing, Outcome.NOT_YET, in_flight)
        measure(engine, "routine", missing, Outcome.NOT_YET, in_flight)
        measure(engine, "proof", [challenge(number) for number in range(looks)], Outcome.PASSED, in_flight)
        print(dict(engine.counters), file=sys.stderr)
        engine.close()


def cpu() -> float:
    """What this process has used so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3] or (LOOKS, IN_FLIGHT)))
