"""A mail server (aiosmtpd) that keeps what it is given, and misbehaves exactly as it is told."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.ports import free_port

HOST = "127.0.0.1"


class Security(StrEnum):
    """How the server speaks TLS."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class Moment(StrEnum):
    """Where in the dialogue something goes wrong."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "the final dot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it arrived: the octets, dots unstuffed, and the envelope with what was asked for at MAIL."""

    sender: str
    recipients: tuple[str, ...]
    options: tuple[str, ...]
    content: bytes
    tls: bool
    user: str | None


@dataclass(slots=True, kw_only=True)
class MailServer:
    """A running server. `answers` and `drops` may be changed at any time; they hold from the next command.

    `smtputf8`: whether it offers SMTPUTF8 (RFC 6531), from the next EHLO.
    """

    port: int
    host: str = HOST
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    answers: dict[Moment, str] = field(default_factory=dict)
    drops: set[Moment] = field(default_factory=set)
    keeps_dropped: bool = True
    smtputf8: bool = True

    def answer(self, moment: Moment, reply: str) -> None:
        """Answer `reply` (such as "451 4.3.0 later") at that moment from now on."""
        self.answers[moment] = reply

    def drop(self, moment: Moment, *, keep: bool = True) -> None:
        """Break the connection at that moment, without a word; `keep` the message if it had come whole."""
        self.drops.add(moment)
        self.keeps_dropped = keep

    def behave(self) -> None:
        """Do everything right again."""
        self.answers.clear()
        self.drops.clear()


class _Dialogue:
    """What aiosmtpd asks at each step; the names are aiosmtpd's."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self._server.connections += 1
        session.host_name = hostname
        return [one for one in responses if self._server.smtputf8 or "SMTPUTF8" not in one]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._fault(Moment.MAIL, server):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 fine"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self._fault(Moment.RCPT, server):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = self._fault(Moment.END, server)
        if reply is None or (Moment.END in self._server.drops and self._server.keeps_dropped):
            self._server.received.append(_received(session, envelope))
        return reply or "250 2.0.0 kept"

    def _fault(self, moment: Moment, server: SMTP) -> str | None:
        if moment in self._server.drops:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 4.4.2 gone"
        return self._server.answers.get(moment)


class _Protocol(SMTP):
    """aiosmtpd with one more place to go wrong: the answer to DATA itself."""

    def __init__(self, dialogue: _Dialogue, **options: object) -> None:
        super().__init__(dialogue, **options)  # type: ignore[arg-type]
        self._dialogue = dialogue

    async def smtp_DATA(self, arg: str) -> None:
        reply = self._dialogue._fault(Moment.DATA, self)
        if reply is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(reply)


class _Listener(Controller):
    def factory(self) -> SMTP:
        return _Protocol(self.handler, **self.SMTP_kwargs)


@contextmanager
def smtp_server(
    *,
    security: Security = Security.NONE,
    tls: ssl.SSLContext | None = None,
    logins: Mapping[str, str] | None = None,
    host: str = HOST,
) -> Iterator[MailServer]:
    """Run a mail server in a thread: `tls` is its side of TLS, `logins` (user → password) are required when given."""
    server = MailServer(port=free_port(host), host=host)
    options: dict[str, object] = {"enable_SMTPUTF8": True, "decode_data": False}
    if security is Security.STARTTLS:
        options |= {"tls_context": tls, "require_starttls": True}
    if logins is not None:
        options |= {"authenticator": _authenticator(logins), "auth_required": True}
        options["auth_require_tls"] = security is Security.STARTTLS
    listener = _Listener(
        _Dialogue(server),
        hostname=host,
        port=server.port,
        ssl_context=tls if security is Security.IMPLICIT else None,
        ready_timeout=10,
        server_hostname="mail.signet.test",
        **options,  # type: ignore[arg-type]
    )
    listener.start()
    try:
        yield server
    finally:
        listener.stop()


def _authenticator(logins: Mapping[str, str]) -> object:
    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        user = login.login.decode()
        return AuthResult(success=logins.get(user) == login.password.decode(), auth_data=user, handled=False)

    return check


def _received(session: Session, envelope: Envelope) -> Received:
    content = envelope.original_content
    assert content is not None
    return Received(
        sender=envelope.mail_from or "",
        recipients=tuple(envelope.rcpt_tos),
        options=tuple(envelope.mail_options),
        content=content,
        tls=session.ssl is not None,
        user=session.auth_data if session.authenticated else None,
    )
