"""Whether a consumer still hears its queue: RabbitMQ does not always say when it does not.

A quorum queue that is deleted and declared again while messages come leaves, about once in ten times on
RabbitMQ 3.10, a consumer that stands in the broker's books, is never cancelled, and never gets anything.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

ASK_EVERY: Final = 1.0


class Deafness:
    """Tells of one consumer whether it is deaf, or has nothing to hear."""

    def __init__(self, patience: float) -> None:
        """Deaf is who gets nothing for so many seconds while messages stand ready."""
        self._patience = patience
        self._asked = monotonic()
        self._ready_since: float | None = None

    def heard(self) -> None:
        """Something came."""
        self._asked, self._ready_since = monotonic(), None

    def is_deaf(self, ready: Callable[[], int]) -> bool:
        """To be asked when nothing came; asks for the number of ready messages at most once a second."""
        now = monotonic()
        if now - self._asked < ASK_EVERY:
            return False
        self._asked = now
        if not ready():
            self._ready_since = None
        elif self._ready_since is None:
            self._ready_since = now
        return self._ready_since is not None and now - self._ready_since >= self._patience
