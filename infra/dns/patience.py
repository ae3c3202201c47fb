"""How long each try of a question is waited for, and which tries ran out."""

import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from infra.dns.inquiry import Inquiry
from infra.dns.sockets import Key

SHARES: Final = (0.2, 0.3, 0.5)  # of the whole, for the first try, the second, the third


class Patience:
    """The tries that are waited for. All first tries run out in the order in which they began, and so on."""

    def __init__(self, whole: float) -> None:
        """`whole`: seconds for one question."""
        self._tries = tuple((share * whole, deque[tuple[float, Inquiry, Key]]()) for share in SHARES)

    @property
    def last(self) -> float:
        """Seconds for a last try."""
        return self._tries[-1][0]

    def begin(self, inquiry: Inquiry, key: Key) -> None:
        """One more try of this inquiry begins."""
        seconds, running = self._tries[inquiry.tried]
        inquiry.tried += 1
        running.append((time.monotonic() + seconds, inquiry, key))

    def ran_out(self) -> Iterator[tuple[Inquiry, Key]]:
        """Those whose time is over, each once."""
        now = time.monotonic()
        for _, running in self._tries:
            while running and running[0][0] <= now:
                _, inquiry, key = running.popleft()
                yield inquiry, key
