"""A mail server that misbehaves by script: a function speaks with each connection, and every octet is kept."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds that a script waits for the other side before it gives up


class Gone(Exception):  # noqa: N818 - it names what happened
    """The other side hung up."""


@dataclass(slots=True, kw_only=True)
class Talk:
    """One connection, as its script sees it. `heard` is all that came, in clear or by TLS."""

    socket: socket.socket
    heard: bytes = b""
    heard_in_clear: bytes = b""
    secure: bool = False
    _waiting: bytes = b""

    def say(self, *lines: str) -> None:
        """Send lines."""
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def send(self, octets: bytes) -> None:
        """Send octets as they are."""
        with suppress(OSError):
            self.socket.sendall(octets)

    def hear(self) -> str:
        """The next line; Gone where none comes any more."""
        while b"\n" not in self._waiting:
            self._waiting += self._receive()
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    def hear_to_the_end(self) -> None:
        """Say nothing, and wait until the other side hangs up."""
        while True:
            self._receive()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """The server's side of the handshake; what it fails by is the client's to tell."""
        try:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        except OSError:
            raise Gone from None
        self.secure = True

    def reset(self) -> None:
        """Break the connection (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        raise Gone

    def _receive(self) -> bytes:
        try:
            octets = self.socket.recv(4096)
        except OSError:
            raise Gone from None
        if not octets:
            raise Gone
        self.heard += octets
        if not self.secure:
            self.heard_in_clear += octets
        return octets


Script = Callable[[Talk], None]


@dataclass(slots=True)
class Villain:
    """A running one, and all its connections."""

    port: int
    talks: list[Talk] = field(default_factory=list)

    @property
    def heard(self) -> bytes:
        """All that came, over all connections."""
        return b"".join(talk.heard for talk in self.talks)

    @property
    def heard_in_clear(self) -> bytes:
        """What of it came without TLS."""
        return b"".join(talk.heard_in_clear for talk in self.talks)


@contextmanager
def villain(script: Script) -> Iterator[Villain]:
    """Run one; each connection has a thread. At the end every script must have come to its own."""
    with socket.create_server((HOST, 0)) as listening:
        running = Villain(listening.getsockname()[1])
        stop = threading.Event()
        taking = threading.Thread(target=_take, args=(listening, script, running, stop))
        taking.start()
        try:
            yield running
        finally:
            stop.set()
            taking.join()


def _take(listening: socket.socket, script: Script, running: Villain, stop: threading.Event) -> None:
    listening.settimeout(0.05)
    threads: list[threading.Thread] = []
    while not stop.is_set():
        with suppress(TimeoutError):
            connection, _ = listening.accept()
            connection.settimeout(PATIENCE)
            running.talks.append(Talk(socket=connection))
            threads.append(threading.Thread(target=_speak, args=(script, running.talks[-1])))
            threads[-1].start()
    for thread in threads:
        thread.join()


def _speak(script: Script, talk: Talk) -> None:
    with suppress(Gone):
        script(talk)
    talk.socket.close()


@contextmanager
def filtered() -> Iterator[int]:
    """A port that takes no connection and refuses none: its line is full."""
    with socket.create_server((HOST, 0), backlog=0) as listening, ExitStack() as waiting:
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
