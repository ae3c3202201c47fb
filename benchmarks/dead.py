"""What dead name servers cost the others: `python -m benchmarks.dead`.

How long looks at live domains take, each from its beginning to its end, at a steady pace: with no domain dead
among them, and with one in ten.
"""

import statistics
import threading
import time
from collections.abc import Iterator, Sequence

from benchmarks.ground import DEAD_EVERY, absent, an_engine, is_dead, names
from domain.observation import Observation
from domain.questions import Manner
from tests.servers.dnsdist import Dnsdist

LIVE = 9_000
PORTION = 20  # looks that begin together
PAUSE = 0.04  # seconds between portions
ONE_IN = 10


def measure(dnsdist: Dnsdist, numbers: Sequence[int]) -> Sequence[float]:
    """Seconds of each live look, through an engine that knows nothing yet."""
    engine = an_engine(dnsdist)
    began: dict[int, float] = {}
    took: dict[int, float] = {}
    ended = threading.Event()

    def done(number: int, _: Observation) -> None:
        took[number] = time.monotonic() - began[number]
        if len(took) == len(numbers):
            ended.set()

    engine.start()
    begin = time.monotonic()
    for turn, first in enumerate(range(0, len(numbers), PORTION)):
        ended.wait(max(0.0, begin + turn * PAUSE - time.monotonic()))
        portion = numbers[first : first + PORTION]
        began |= dict.fromkeys(portion, time.monotonic())
        engine.look([(number, absent(number), Manner()) for number in portion], done)
    assert ended.wait(60), "not every look has ended"
    engine.close()
    return sorted(seconds for number, seconds in took.items() if not is_dead(number))


def mixed(live: Sequence[int], dead: Sequence[int]) -> Iterator[int]:
    """After nine live ones comes a dead one."""
    for turn, number in enumerate(live, start=1):
        yield number
        if turn % (ONE_IN - 1) == 0:
            yield dead[turn // (ONE_IN - 1) - 1]


def main() -> None:
    """Measure both, and print the table."""
    count = LIVE // (ONE_IN - 1) * DEAD_EVERY + 1
    live = [number for number in range(count) if not is_dead(number)][:LIVE]
    dead = [number for number in range(count) if is_dead(number)]
    with names(count) as (_, dnsdist):
        measure(dnsdist, live[:1_000])  # warms the servers
        p99 = []
        for name, numbers in (("none dead", live), ("one in ten dead", list(mixed(live, dead)))):
            took = measure(dnsdist, numbers)
            assert len(took) == LIVE
            cuts = statistics.quantiles(took, n=100)
            p99.append(cuts[98])
            print(
                f"| looks at live domains, {name} | p50 {cuts[49]:.3f} s | p99 {cuts[98]:.3f} s |", flush=True
            )
        print(f"| p99 with one in ten dead | {p99[1] / p99[0]:.2f} times |")


if __name__ == "__main__":
    main()
