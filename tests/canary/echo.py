"""A relay that repeats whatever it is told in its refusals, decoded as well: the least discreet one possible."""

import base64
import binascii
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast


@dataclass(slots=True)
class Echo:
    """A running one; `logins` are those that were tried."""

    port: int = 0
    logins: list[bytes] = field(default_factory=list)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, echo: Echo) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.echo = echo
        echo.port = self.server_address[1]


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 echo.test\r\n")
        for line in self.rfile:
            self.wfile.write(self._reply(line.strip()))

    def _reply(self, line: bytes) -> bytes:
        verb, *rest = line.split() or [b""]
        match verb.upper(), rest:
            case b"EHLO", _:
                return b"250-echo.test\r\n250 AUTH PLAIN LOGIN\r\n"
            case b"AUTH", [b"PLAIN", login]:
                cast("_Server", self.server).echo.logins.append(login)
                return b"535 5.7.8 no: %b, that is %b\r\n" % (login, _decoded(login))
            case b"QUIT", _:
                return b"221 bye\r\n"
            case _:
                return b"550 no: %b\r\n" % line


def _decoded(login: bytes) -> bytes:
    try:
        return base64.b64decode(login).replace(b"\0", b" ")
    except binascii.Error:
        return b""


@contextmanager
def echoing_relay() -> Iterator[Echo]:
    """Run one in a thread."""
    echo = Echo()
    with _Server(echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield echo
        finally:
            server.shutdown()
            thread.join()
