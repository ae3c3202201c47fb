"""Dialogues that can be dropped from another thread: their sockets are shut, so that whoever waits wakes up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from domain.dialogue import Interrupted


class Interrupts:
    """The sockets of all dialogues that are under way, each by a descriptor of its own: TLS takes over the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: set[socket.socket] = set()
        self._dropped = False

    @contextmanager
    def watching(self, connecting: socket.socket) -> Iterator[None]:
        """Let the socket be shut by `drop`; raises Interrupted where it came before."""
        with connecting.dup() as watched:
            with self._lock:
                self.check()
                self._watched.add(watched)
            try:
                yield
            finally:
                with self._lock:
                    self._watched.discard(watched)

    def check(self) -> None:
        """Raise Interrupted where dialogues were dropped."""
        if self._dropped:
            raise Interrupted

    def drop(self) -> None:
        """Shut every socket, and let no other be watched."""
        with self._lock:
            self._dropped = True
            for watched in self._watched:
                with suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)
