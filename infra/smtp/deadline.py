"""How long a dialogue may take: so long in all, and each stage so long, by a clock that never jumps."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds for the whole of it, for a stage, and for a stage of another way that is only tried out."""

    total: float = 60
    stage: float = 20
    trial: float = 5
    farewell: float = 2


class Deadline:
    """Runs from when it is made."""

    def __init__(self, total: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`total`: seconds for everything."""
        self._clock = clock
        self._end = self._stage_end = clock() + total

    def begin_stage(self, seconds: float) -> None:
        """Give what follows so many seconds, never beyond the end of everything."""
        self._stage_end = min(self._end, self._clock() + seconds)

    @property
    def left(self) -> float:
        """Seconds that are left of this stage; TimeoutError where none are."""
        seconds = self._stage_end - self._clock()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    @property
    def is_over(self) -> bool:
        """Whether no time is left for anything."""
        return self._clock() >= self._end
