"""How many queries may leave per second."""

import time


class Pace:
    """A token bucket of one second; without a limit it always allows.

    Tries again and TCP do not wait, but are paid for: what is new waits the longer.
    """

    def __init__(self, per_second: float | None) -> None:
        """`per_second` None: no limit."""
        self._rate = per_second
        self._tokens = per_second or 0.0
        self._at = time.monotonic()

    def allows(self) -> bool:
        """Whether one more may leave now."""
        if self._rate is None:
            return True
        now = time.monotonic()
        self._tokens = min(max(self._rate, 1.0), self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens >= 1

    def spend(self) -> None:
        """One leaves."""
        self._tokens -= 1
