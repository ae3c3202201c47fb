"""A mail server that repeats whatever it is told, decoded as well: the least discreet one possible.

As a relay it speaks in clear; as an owner's own server it wants STARTTLS first. It takes the logins of users whose
names begin with `passes`, and no other.
"""

import base64
import binascii
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

    def __init__(self, echo: Echo, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.echo = echo
        self.tls = tls
        echo.port = self.server_address[1]


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):  # the other side hung up
            self._greet()
            for line in self.rfile:
                self.wfile.write(self._reply(line.strip()))

    def _greet(self) -> None:
        self.wfile.write(b"220 echo.test\r\n")
        tls = cast("_Server", self.server).tls
        if tls is not None:
            self._secure(tls)

    def finish(self) -> None:
        """Hang up, also where TLS took the connection over."""
        super().finish()
        self.request.close()

    def _secure(self, tls: ssl.SSLContext) -> None:
        self.rfile.readline()  # EHLO
        self.wfile.write(b"250-echo.test\r\n250 STARTTLS\r\n")
        self.rfile.readline()  # STARTTLS
        self.wfile.write(b"220 go ahead\r\n")
        self.request = tls.wrap_socket(self.request, server_side=True)
        self.setup()

    def _reply(self, line: bytes) -> bytes:
        verb, *rest = line.split() or [b""]
        match verb.upper(), rest:
            case b"EHLO", _:
                return b"250-echo.test\r\n250 AUTH PLAIN LOGIN\r\n"
            case b"AUTH", [b"PLAIN", login]:
                cast("_Server", self.server).echo.logins.append(login)
                said = _decoded(login)
                code = b"235 2.7.0 yes" if said.strip().startswith(b"passes") else b"535 5.7.8 no"
                return b"%b: %b, that is %b\r\n" % (code, login, said)
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
def echoing_server(tls: ssl.SSLContext | None = None) -> Iterator[Echo]:
    """Run one in a thread; with `tls` an owner's own, else a relay."""
    echo = Echo()
    with _Server(echo, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield echo
        finally:
            server.shutdown()
            thread.join()
