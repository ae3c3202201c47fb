"""How much is asked of one name server at a time, and in which order: politely, and nobody at another's cost.

One provider's few addresses answer for a hundred thousand domains: what has to wait for them waits in a line of
its own, by its rank, while questions to others go on.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final, TypeAlias

from infra.dns.inquiry import Inquiry
from infra.dns.peer import Peer
from infra.dns.rank import Rank

AT_ONCE: Final = 16  # queries in flight to one address
PER_SECOND: Final = 500.0  # queries to one address
BURST: Final = 100.0  # queries at once, after a pause
MOST_IN_LINE: Final = (
    64  # of one address's line, so many count as waiting: a long one must not stop all others
)
REMEMBERED: Final = 50_000  # addresses

Place: TypeAlias = tuple[str, int]
_Waiting: TypeAlias = tuple[Rank, int, Peer, Inquiry]  # the number keeps those of one rank in their order


@dataclass(slots=True)
class _Line:
    """One address: what is in flight to it, what may leave now, and who waits. Times are monotonic, in seconds."""

    in_flight: int = 0
    tokens: float = BURST
    at: float = 0.0
    waiting: list[_Waiting] = field(default_factory=list)

    def allows(self, now: float, per_second: float) -> bool:
        self.tokens = min(BURST, self.tokens + (now - self.at) * per_second)
        self.at = now
        return self.in_flight < AT_ONCE and self.tokens >= 1


class Courtesy:
    """The lines before all name servers that were asked lately."""

    def __init__(self, per_second: float = PER_SECOND, clock: Callable[[], float] = time.monotonic) -> None:
        """At most `per_second` queries to one address; `clock` counts seconds."""
        self._per_second = per_second
        self._clock = clock
        self._numbers = itertools.count()
        self._lines: dict[Place, _Line] = {}
        self._crowded: dict[Place, _Line] = {}
        self._ready: dict[Place, _Line] = {}  # crowded ones that may move; in the order of their turns

    @property
    def waiting(self) -> int:
        """How many wait in lines, each line counted up to a bound."""
        return sum(min(len(line.waiting), MOST_IN_LINE) for line in self._crowded.values())

    def admits(self, peer: Peer, inquiry: Inquiry) -> bool:
        """Whether a query may leave for this address now, which it then does; else the inquiry waits in its line."""
        line = self._lines.get(peer.place)
        if line is None:
            line = self._lines[peer.place] = _Line(at=self._clock())
        if not line.waiting and line.allows(self._clock(), self._per_second):
            _leave(line, peer, inquiry)
            return True
        heappush(line.waiting, (inquiry.rank, next(self._numbers), peer, inquiry))
        self._crowded[peer.place] = line
        return False

    def next_in_line(self) -> tuple[Peer, Inquiry] | None:
        """One that waited and leaves now, each line in its turn."""
        while self._ready:
            place, line = next(iter(self._ready.items()))
            del self._ready[place]
            while line.waiting and line.waiting[0][-1].over:
                heappop(line.waiting)
            if not line.waiting:
                self._crowded.pop(place, None)
            elif line.allows(self._clock(), self._per_second):
                *_, peer, inquiry = heappop(line.waiting)
                _leave(line, peer, inquiry)
                self._ready[place] = line
                return peer, inquiry
        return None

    def release(self, inquiry: Inquiry, peer: Peer | None = None) -> None:
        """Nothing of this inquiry is in flight any more; with `peer`, nothing to that one."""
        kept: list[Peer] = []
        for held in inquiry.held:
            if peer is not None and held != peer:
                kept.append(held)
                continue
            line = self._lines[held.place]
            line.in_flight -= 1
            if line.waiting:
                self._ready[held.place] = line
        inquiry.held = kept

    def tick(self) -> None:
        """Time has passed: who waited for it may move. Addresses that nothing concerns any more are forgotten."""
        self._ready |= self._crowded
        if len(self._lines) > REMEMBERED:
            self._lines = {
                place: line for place, line in self._lines.items() if line.in_flight or line.waiting
            }


def _leave(line: _Line, peer: Peer, inquiry: Inquiry) -> None:
    line.in_flight += 1
    line.tokens -= 1
    inquiry.held.append(peer)
