"""One connection to a server by one way: dialled, secured, greeted; and how far it came.

Law: TLS comes before anything that is secret, and its certificate is for the name that was asked for.
"""

import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from errno import ECONNRESET, ENOTCONN
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

from domain.dialogue import Ending, Stage
from domain.mail_server import Host, Security, Way
from infra.smtp.deadline import Deadline
from infra.smtp.ended import Ended
from infra.smtp.interrupts import Interrupts
from infra.smtp.line import Line, Said

READY: Final = 220
OK: Final = 250
RESET: Final = frozenset({ECONNRESET, ENOTCONN})

Extensions = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How every visit is made: `hello` is our name, `context` how certificates are verified."""

    hello: bytes
    context: ssl.SSLContext
    interrupts: Interrupts


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Whom a visit is for: the host, its addresses (checked), the way, and seconds for a stage."""

    host: Host
    addresses: Sequence[str]
    way: Way
    stage_seconds: float
    secrets: Sequence[str] = ()


class Visit:
    """A visit: within it `line` is there once it is connected. `stage` is how far it came."""

    line: Line

    def __init__(self, aim: Aim, terms: Terms, deadline: Deadline) -> None:
        self._aim = aim
        self._terms = terms
        self._deadline = deadline
        self._open = ExitStack()
        self.stage = Stage.CONNECT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def begin(self, stage: Stage) -> None:
        """Come to the next stage, with time of its own."""
        self.stage = stage
        self._deadline.begin_stage(self._aim.stage_seconds)

    def arrive(self) -> Extensions:
        """Connect and come to a greeting by TLS; answer what the server offers then. Raises Ended."""
        self.begin(Stage.CONNECT)
        self.line = Line(self._connect(), self._deadline, self._aim.secrets)
        self._open.callback(self.line.close)
        if self._aim.way.security is Security.TLS:
            self.begin(Stage.TLS)
            self._secure()
            self.begin(Stage.EHLO)
            self._hear_greeting()
            return self._hello()
        self.begin(Stage.EHLO)
        self._hear_greeting()
        offered = self._hello()
        self.begin(Stage.TLS)
        if "STARTTLS" not in offered:
            raise Ended(Ending.NO_STARTTLS)
        self._expect(READY, self.line.ask(b"STARTTLS"))
        self._secure()
        self.begin(Stage.EHLO)
        return self._hello()  # what was said in clear counts no more (RFC 3207, section 4.2)

    def leave(self, seconds: float) -> None:
        """Forget any mail that was begun, and take leave; whatever comes of it changes nothing."""
        with suppress(Ended):
            self._deadline.begin_stage(seconds)
            for command in (b"RSET", b"QUIT") if self.stage is Stage.MAIL_FROM else (b"QUIT",):
                self.line.ask(command)

    def _secure(self) -> None:
        self.line.secure(self._terms.context, self._aim.host.name)

    def _hear_greeting(self) -> None:
        self._expect(READY, self.line.hear())

    def _hello(self) -> Extensions:
        said = self._expect(OK, self.line.ask(b"EHLO " + self._terms.hello))
        return extensions(said.lines[1:])

    def _expect(self, code: int, said: Said) -> Said:
        if said.code != code:
            raise Ended(Ending.REPLY, reply=self.line.reply(said))
        return said

    def _connect(self) -> socket.socket:
        """Dial one address after the other; each has its share of the time."""
        ending = Ending.UNREACHABLE
        for number, address in enumerate(self._aim.addresses):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            dialling = self._open.enter_context(closing(socket.socket(family, socket.SOCK_STREAM)))
            self._open.enter_context(self._terms.interrupts.watching(dialling))
            try:
                dialling.settimeout(self._deadline.left / (len(self._aim.addresses) - number))
                dialling.connect((address, self._aim.way.port))
                if is_peer(dialling, address):
                    return dialling
            except TimeoutError:
                ending = Ending.TIMEOUT
            except OSError as error:
                if error.errno in RESET:
                    return dialling  # it was connected; whoever speaks next finds it broken off
        raise Ended(ending)


def is_peer(connected: socket.socket, address: str) -> bool:
    """Whether the other end is the address that was checked."""
    return ip_address(connected.getpeername()[0]) == ip_address(address)


def extensions(lines: Sequence[bytes]) -> Extensions:
    """What a server offers: parameters by keyword (RFC 5321, section 4.1.1.1); `AUTH=` was once written so."""
    words = [line.decode("ascii", "replace").replace("AUTH=", "AUTH ", 1).split(maxsplit=1) for line in lines]
    found: dict[str, str] = {}
    for word, *rest in filter(None, words):
        found[word.upper()] = f"{found.get(word.upper(), '')} {rest[0] if rest else ''}".strip()
    return found
