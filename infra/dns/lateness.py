"""By how much answers come later than they could: what they wait for on the way, and before we read them.

What a name server could do is what it did best in the last minutes (RFC 6817, section 3.4.2: the base delay). What
comes on top is waiting: in its buffers, in those of a path, or in ours while we have too much to do.
"""

import time
from collections.abc import Callable
from typing import Final

from infra.dns.sockets import Address

SHARE: Final = 1 / 64  # of one answer in the average
FADING: Final = 0.98  # at every tick: what was measured long ago says little
GENERATION: Final = 300.0  # seconds; the best of this and of the last one counts
REMEMBERED: Final = 50_000  # addresses in one generation


class Lateness:
    """The average over the answers of name servers, in seconds; one answer counts `most` at the most."""

    def __init__(self, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self.average = 0.0
        self._most = most
        self._clock = clock
        self._best: dict[Address, float] = {}
        self._best_before: dict[Address, float] = {}
        self._turned_at = clock()

    def took(self, place: Address, seconds: float) -> None:
        """An answer from an address took so long."""
        best = min(seconds, self._best.get(place, seconds))
        self._best[place] = best
        best = min(best, self._best_before.get(place, best))
        self.average += (min(seconds - best, self._most) - self.average) * SHARE

    def tick(self) -> None:
        """Let time pass."""
        self.average *= FADING
        now = self._clock()
        if now - self._turned_at >= GENERATION or len(self._best) > REMEMBERED:
            self._turned_at = now
            self._best, self._best_before = {}, self._best
