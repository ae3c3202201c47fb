"""How many queries may be on their way at once: as many as the path to the resolvers carries, found by trying.

A burst overflows the socket buffers between us and a resolver, and makes live names look dead. So a query leaves when
an answer has come, as in TCP (RFC 5681), and the number grows until queries are lost, or their answers come late
(RFC 6817): what waits on the path waits in the order in which it left, and what waits here by who waits for it.
"""

import time
from collections import deque
from typing import Final

from infra.dns.lateness import Lateness
from infra.dns.sockets import Address

FIRST: Final = 256
FEWEST, MOST = 64, 4096
CALM: Final = 192  # so many may be on their way however late answers come: a server may have its own reasons
GROWTH: Final = 4.0  # queries more, once for every whole round of answers that come in time
TARGET: Final = 0.04  # seconds that answers may be late, on average
WORST: Final = 4 * TARGET  # one that is later than this counts as if it were not
SHRINKING: Final = 0.7
ONCE_IN: Final = 1.0  # seconds; losses come together, for those that were lost run out together
SLOT: Final = (
    0.25  # seconds; a query that is not answered by then waits for a slow or dead server, not for the path
)


class Congestion:
    """The queries that count as being on the path. Each holds a slot until its answer, or for a moment."""

    def __init__(self) -> None:
        self._limit = float(FIRST)
        self._held: dict[object, float] = {}
        self._order: deque[object] = deque()
        self._shrunk_at = 0.0
        self._lateness = Lateness(WORST)

    def has_room(self) -> bool:
        """Whether one more may leave."""
        return len(self._held) + 1 <= self._limit

    def left(self, query: object) -> None:
        """A query has left."""
        self._held[query] = time.monotonic() + SLOT
        self._order.append(query)

    def answered(self, query: object, place: Address | None = None, took: float = 0.0) -> None:
        """Its answer has come, after so many seconds from the name server at `place`.

        One from a resolver, who may have had to ask others, says nothing by its time: there is no `place`. And a number
        that was not tried says nothing of a greater one (RFC 7661).
        """
        if place is not None:
            self._lateness.took(place, took)
        if len(self._held) > self._limit / 2:
            in_time = max(1 - self._lateness.average / TARGET, -1.0)
            moved = self._limit + GROWTH * in_time / self._limit
            if in_time > 0:
                self._limit = min(moved, MOST)
            elif self._limit > CALM:
                self._limit = max(moved, CALM)
        self._held.pop(query, None)

    def lost(self) -> None:
        """A query, or its answer, was lost on the path."""
        now = time.monotonic()
        if now - self._shrunk_at >= ONCE_IN:
            self._shrunk_at = now
            self._limit = max(self._limit * SHRINKING, FEWEST)

    def tick(self) -> None:
        """Give slots free that were held long enough."""
        self._lateness.tick()
        now = time.monotonic()
        while self._order and self._held.get(self._order[0], 0.0) <= now:
            self._held.pop(self._order.popleft(), None)
