"""How a thread goes on: nothing that goes wrong in one round ends its outermost loop.

Our own faults are said by their class alone, and the next round comes after a pause.
"""

import time
from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

import structlog

from domain.ports import NotReachable

log = structlog.get_logger()

Result = TypeVar("Result")

PAUSE_AFTER_FAULT: Final = 1.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0


def keep(name: str, once: Callable[[], float], stop: Event) -> None:
    """Call `once` until `stop`; it answers how many seconds to pause before the next round."""
    while not stop.is_set():
        try:
            pause = once()
        except NotReachable as error:
            log.warning("round.waits", round=name, away=str(error))
            pause = PAUSE_AFTER_FAULT
        except Exception as error:  # noqa: BLE001 - the outermost loop of its thread
            log.error("round.failed", round=name, error=type(error).__name__)  # noqa: TRY400 - no traceback
            pause = PAUSE_AFTER_FAULT
        stop.wait(pause)


def patiently(attempt: Callable[[], Result], *, seconds: float, hurry: Event) -> Result:
    """Try again while the database is away, for so long, or until there is hurry."""
    until = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while True:
        try:
            return attempt()
        except NotReachable:
            if hurry.is_set() or time.monotonic() + pause > until:
                raise
        hurry.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
