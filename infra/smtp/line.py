"""The line to a server: one command out, one reply in, each within the deadline; and the turn to TLS.

Law: a command is one line. A reply that nobody asked for ends the dialogue, above all before TLS begins: what was
sent in clear could be anybody's (CVE-2011-0411). Nothing of what is sent stands in an exception or a representation.
"""

import re
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from domain.dialogue import CertificateFault, Ending, Reply
from infra.smtp.deadline import Deadline
from infra.smtp.ended import Ended
from infra.smtp.remote_text import safe

LONGEST_LINE: Final = 8192  # octets, with its end
MOST_LINES: Final = 100
LARGEST_REPLY: Final = 64 * 1024  # octets
CLOSING: Final = b"421"  # a server may say it unasked (RFC 5321, section 3.8)

_LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)")
# X509_V_ERR_* of OpenSSL.
_FAULTS: Final = {
    **dict.fromkeys((9, 10), CertificateFault.EXPIRED),
    **dict.fromkeys((62, 63, 64), CertificateFault.OTHER_NAME),
    **dict.fromkeys((2, 18, 19, 20, 21), CertificateFault.UNTRUSTED),
}


class Said:
    """One reply: its code, and its lines without it, as they came."""

    def __init__(self, code: int, lines: Sequence[bytes]) -> None:
        self.code = code
        self.lines = lines

    def __repr__(self) -> str:
        return f"Said({self.code})"


class Secured(ssl.SSLSocket):
    """One that is closed when it turns out to be reset as TLS begins: Python itself would lose it open."""

    def getpeername(self) -> object:
        """The other end; where there is none any more, the socket is closed, and OSError raised."""
        try:
            return super().getpeername()
        except OSError:
            self.close()
            raise


class Line:
    """A connected socket. `secrets` are what must not be written down of the replies."""

    def __init__(self, connected: socket.socket, deadline: Deadline, secrets: Sequence[str] = ()) -> None:
        self._socket = connected
        self._deadline = deadline
        self._secrets = secrets
        self._waiting = b""
        self.is_secure = False

    def ask(self, command: bytes) -> Said:
        """Send one line and wait for its reply; raises Ended."""
        if b"\r" in command or b"\n" in command or b"\0" in command:
            raise ValueError("a command is one line")
        if self._waiting and not self._waiting.startswith(CLOSING):
            raise Ended(Ending.NOT_SMTP)
        self._send(command + b"\r\n")
        return self.hear()

    def hear(self) -> Said:
        """Wait for one reply; raises Ended."""
        lines: list[bytes] = []
        code, size = b"", 0
        while True:
            line = self._read_line()
            size += len(line)
            found = _LINE.fullmatch(line.rstrip(b"\r\n"))
            if (
                found is None
                or (code and found[1] != code)
                or size > LARGEST_REPLY
                or len(lines) == MOST_LINES
            ):
                raise Ended(Ending.NOT_SMTP)
            code = found[1]
            lines.append(found[3] or b"")
            if found[2] != b"-":
                return Said(int(code), lines)

    def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Begin TLS, for that name; raises Ended."""
        if self._waiting:
            raise Ended(Ending.NOT_SMTP)
        try:
            self._socket.settimeout(self._deadline.left)
            self._socket = context.wrap_socket(self._socket, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            fault = _FAULTS.get(error.verify_code, CertificateFault.OTHER)
            raise Ended(Ending.CERTIFICATE, certificate=fault) from None
        except TimeoutError:
            raise Ended(Ending.TIMEOUT) from None
        except ssl.SSLError:
            raise Ended(Ending.NO_TLS) from None
        except OSError:
            raise Ended(Ending.BROKEN_OFF) from None
        self.is_secure = True

    def close(self) -> None:
        """Hang up, without a word."""
        self._socket.close()

    def reply(self, said: Said) -> Reply:
        """A reply as it may be judged and written down."""
        text = b" ".join(said.lines).decode("utf-8", "replace")
        enhanced = _ENHANCED.match(text)
        return Reply(code=said.code, enhanced=enhanced[0] if enhanced else "", text=safe(text, self._secrets))

    def _read_line(self) -> bytes:
        while (end := self._waiting.find(b"\n")) < 0:
            if len(self._waiting) >= LONGEST_LINE:
                raise Ended(Ending.NOT_SMTP)
            self._waiting += self._receive()
        line, self._waiting = self._waiting[: end + 1], self._waiting[end + 1 :]
        return line

    def _receive(self) -> bytes:
        try:
            self._socket.settimeout(self._deadline.left)
            octets = self._socket.recv(LONGEST_LINE - len(self._waiting))
        except TimeoutError:
            raise Ended(Ending.TIMEOUT) from None
        except OSError:
            raise Ended(Ending.BROKEN_OFF) from None
        if not octets:
            raise Ended(Ending.BROKEN_OFF)
        return octets

    def _send(self, octets: bytes) -> None:
        try:
            while octets:
                self._socket.settimeout(self._deadline.left)
                octets = octets[self._socket.send(octets) :]
        except TimeoutError:
            raise Ended(Ending.TIMEOUT) from None
        except OSError:
            raise Ended(Ending.BROKEN_OFF) from None
