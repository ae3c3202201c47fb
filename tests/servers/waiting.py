"""Waiting for the world: polling with a deadline, and the only place in the tests that sleeps.

A test waits for what it needs to see, never for a length of time.
"""

import os
import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")
# Every deadline is this many times longer: a run that shares its machine needs it, and what is met costs nothing.
PATIENCE = float(os.environ.get("TEST_PATIENCE", "1"))
# By which factor the pauses between two looks grow, and to how many seconds.
SLOWER, SLOWEST = 1.2, 0.2


class TimedOut(AssertionError):  # noqa: N818 - it names what happened
    """What was waited for did not come before the deadline."""


def wait_until(
    look: Callable[[], Seen | None], *, what: str, within: float = 10.0, every: float = 0.02
) -> Seen:
    """Return the first true answer of `look`; raise TimedOut, naming `what`, when the time is over.

    It looks after `every` seconds at first, and more and more rarely: looking costs what others need.
    """
    deadline = time.monotonic() + within * PATIENCE
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() >= deadline:
            message = f"waited {within * PATIENCE:g} s in vain: {what} (last seen: {seen!r})"
            raise TimedOut(message)
        time.sleep(every)
        every = max(every, min(every * SLOWER, SLOWEST))
