"""The DNS engine alone: looks per second and CPU per look. `python -m benchmarks.dns_engine [LOOKS [IN_FLIGHT]]`.

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

from benchmarks.ground import DELAY_MS, ZONE, challenge, is_dead, subject, zone
from domain.challenge import Challenge
from domain.judges.sending_domain import judge
from domain.observation import Observation
from domain.verdict import Outcome
from infra.dns.engine import Engine
from infra.dns.resolver import Resolver
from tests.servers.dnsdist import dnsdist_server
from tests.servers.knot import knot_server

LOOKS = 30_000
IN_FLIGHT = 8_000  # looks; each is two questions
BATCH = 200


@dataclass(slots=True)
class Run:
    """A run of the engine: a new batch begins whenever there is room for one."""

    engine: Engine
    challenges: Sequence[Challenge]
    room: threading.Semaphore
    seen: dict[int, Observation] = field(default_factory=dict)
    last_live_at: float = 0.0

    def whole(self) -> float:
        """Look at all; the seconds until the last live one was answered (the dead ones take their five more)."""
        looks = [(number, challenge, False) for number, challenge in enumerate(self.challenges)]
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


def main(looks: int, in_flight: int) -> None:
    """Serve the names, look at all of them once, and print a line of the table."""
    dead = [subject(number) for number in range(looks) if is_dead(number)]
    with (
        knot_server() as knot,
        dnsdist_server((knot.address, knot.port), delay_ms=DELAY_MS, dead=dead) as dnsdist,
    ):
        knot.serve(ZONE, zone(looks))
        engine = Engine([Resolver(dnsdist.address, dnsdist.port)], window=2 * in_flight)
        engine.start()
        run = Run(engine, [challenge(number) for number in range(looks)], threading.Semaphore(in_flight))
        before = cpu()
        seconds = run.whole()
        used = cpu() - before
        counted = dict(engine.counters)
        engine.close()
    outcomes = Counter(judge(challenge(number), seen).outcome for number, seen in run.seen.items())
    assert outcomes == {Outcome.PASSED: looks - len(dead), Outcome.INCONCLUSIVE: len(dead)}, (
        outcomes,
        counted,
    )
    print(f"| DNS engine alone, {in_flight:,} in flight | {looks / seconds:,.0f} looks/s "
          f"| {used / looks * 1e6:.0f} µs CPU per look |")  # fmt: skip
    print(f"{counted}", file=sys.stderr)


def cpu() -> float:
    """What this process has used so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3] or (LOOKS, IN_FLIGHT)))
