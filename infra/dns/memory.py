"""What was learned and holds for a while: bounded in number and in time. Answers about records are never kept."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

SHORTEST: Final = 30.0  # seconds: a zone that says 0 is not asked about at every look
LONGEST: Final = 3600.0

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values by key. The one that was not used for longest is forgotten where there are too many."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep at most so many; `clock` counts seconds."""
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[K, tuple[float, float, V]] = OrderedDict()

    def recall(self, key: K, *, younger: float = LONGEST) -> V | None:
        """What is known, if it still holds and was learned less than so many seconds ago."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        now = self._clock()
        if kept[0] <= now or kept[1] + younger <= now:
            return None
        self._kept.move_to_end(key)
        return kept[2]

    def learn(self, key: K, value: V, ttl: float) -> None:
        """Keep a value for `ttl` seconds, within bounds."""
        now = self._clock()
        self._kept[key] = (now + min(max(ttl, SHORTEST), LONGEST), now, value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
