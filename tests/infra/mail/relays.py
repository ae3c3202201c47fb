"""Relays that misbehave at one stage and only so many times, hide what they can, or say what they are told to.

`tests/servers/smtp.py` is the relay that simply works or does not.
"""

import socket
import ssl
import threading
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from infra.mail.connection import Patience
from infra.mail.relay import Relay
from infra.mail.relay_url import parse_relay
from tests.servers.ports import free_port

USER, PASSWORD = "bot@example.net", "příliš žluťoučký:/@%"
MAIL = b"Subject: hello\r\nFrom: a@example.net\r\n\r\nGood day.\r\n"
SENDER, RECIPIENT = "no-reply@signet.example.com", "owner@example.org"
QUICK = Patience(connect=5, reply=5, final_dot=5)
LOGIN = f"{USER.replace('@', '%40')}:" + "".join(f"%{octet:02x}" for octet in PASSWORD.encode())


def to(url: str, roots: Path | None = None, patience: Patience = QUICK) -> Relay:
    """A relay that is waited for no longer than a test may take."""
    return Relay(url=parse_relay(url), authorities=roots, patience=patience)


@dataclass
class Stage:
    """A relay that records mails, answers `reply` at `stage`, and hangs up where the reply is empty."""

    stage: str = ""
    reply: str = ""
    times: int = 1000
    mails: list[Envelope] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    reached: list[str] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._at("mail", server, "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._at("rcpt", server, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._at("data", server, "250 OK")
        if answer.startswith("2") or not self.reply:
            self.mails.append(envelope)
            self.sessions.add(id(session))
        return answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, who: Any
    ) -> AuthResult:
        good = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=who == good, handled=False)

    def _at(self, stage: str, server: SMTP, usual: str) -> str:
        if stage != self.stage or self.times <= 0:
            return usual
        self.times -= 1
        self.reached.append(stage)
        if not self.reply:
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return self.reply or usual


class _Controller(Controller):
    """Speaks TLS from the first octet only where the test says so."""

    def __init__(self, stage: Stage, implicit: ssl.SSLContext | None, **settings: Any) -> None:
        super().__init__(stage, hostname="127.0.0.1", port=free_port(), ssl_context=implicit)
        self._settings = settings

    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="relay.test", **self._settings)


@contextmanager
def relay(stage: Stage, form: str, tls: ssl.SSLContext | None = None, **settings: Any) -> Iterator[int]:
    """Run a relay of one form (`smtps`, `smtp`, `smtp+plain`) and give its port."""
    if form == "smtp" and tls:
        settings |= {"tls_context": tls, "require_starttls": True}
    controller = _Controller(stage, tls if form == "smtps" else None, **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def leaving_after(replies: bytes) -> Iterator[int]:
    """A server that says all its replies and hangs up in the same breath, but reads on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_leave_after, args=(listener, replies))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def _leave_after(listener: socket.socket, replies: bytes) -> None:
    guest, _ = listener.accept()
    with guest:
        guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)  # the end goes out with the last reply
        guest.sendall(replies)
        guest.shutdown(socket.SHUT_WR)
        while guest.recv(65_536):
            pass


@contextmanager
def speaking(replies: bytes, *, wrap: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that says all its replies, reads whatever comes, and never hangs up by itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()
        thread = threading.Thread(target=_speak, args=(listener, replies, wrap, over.is_set))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


def _speak(
    listener: socket.socket, replies: bytes, wrap: ssl.SSLContext | None, is_over: Callable[[], bool]
) -> None:
    listener.settimeout(0.05)
    guests = []
    while not is_over():
        try:
            guest, _ = listener.accept()
        except TimeoutError:
            continue
        try:
            guests.append(wrap.wrap_socket(guest, server_side=True) if wrap else guest)
            guests[-1].sendall(replies)
        except OSError:
            guest.close()
    for guest in guests:
        guest.close()
