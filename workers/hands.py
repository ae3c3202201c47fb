"""Several loops of one process, each on a thread of its own, ended together."""

import threading
import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Protocol, TypeAlias

Loop: TypeAlias = Callable[[Event], None]


class Shift(Protocol):
    """Something that works until it is told to stop."""

    def start(self) -> None:
        """Begin."""

    def faults(self) -> tuple[str, ...]:
        """What keeps it from working; nothing where all is well."""

    def stop(self, seconds: float) -> None:
        """Finish what is in hand within so many seconds."""


class Hands:
    """Threads that run until they are told to stop."""

    def __init__(self, loops: Mapping[str, Loop]) -> None:
        """Each loop gets the event that ends it."""
        self._stop = Event()
        self._threads = [
            threading.Thread(target=loop, args=(self._stop,), name=name, daemon=True)
            for name, loop in loops.items()
        ]

    def start(self) -> None:
        """Begin all."""
        for thread in self._threads:
            thread.start()

    def faults(self) -> tuple[str, ...]:
        """Name the loops that have died."""
        return tuple(thread.name for thread in self._threads if not thread.is_alive())

    def stop(self, seconds: float) -> None:
        """End all; each has what is left of the time."""
        self._stop.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
