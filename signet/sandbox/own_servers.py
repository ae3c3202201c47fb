"""The mail servers that the sandbox's owners run: one as it should be, one without TLS, one that never says a word.

They speak real SMTP on loopback. Their authority is made anew each time, and trusted by the sandbox alone.
"""

import asyncio
import logging
import secrets
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK: Final = "127.0.0.1"
MAIL_HOST: Final = "smtp.signet.test"
HIDDEN_HOST: Final = "internal.signet.test"
HIDDEN_ADDRESS: Final = "10.1.2.3"  # not on the public internet: it is never dialled
PASSWORD: Final = secrets.token_urlsafe(12)
# No clock is read in this project; a certificate of the sandbox is good for longer than it.
START: Final = datetime(2020, 1, 1, tzinfo=UTC)
END: Final = START + timedelta(days=40 * 365)


class _Open:
    """What aiosmtpd asks of a server that takes nothing but logins."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """Nobody sends mail here."""
        return "554 5.7.1 No mail is taken here"


def _check(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, login: LoginPassword
) -> AuthResult:
    """Whoever knows the password is let in."""
    return AuthResult(success=login.password == PASSWORD.encode(), handled=False)


class _Silent(asyncio.Protocol):
    """Says nothing, and remembers to whom."""

    def __init__(self, kept_waiting: list[asyncio.BaseTransport]) -> None:
        self._kept_waiting = kept_waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it waiting."""
        self._kept_waiting.append(transport)


class OwnServers:
    """Listens on ports that were free; `authority` is the file of those who are to be trusted."""

    def __init__(self, folder: Path) -> None:
        """Write the authority into `folder`."""
        self.authority = folder / "sandbox-authority.pem"
        self._sockets = {name: socket.create_server((LOOPBACK, 0)) for name in ("good", "bare", "silent")}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="sandbox own servers", daemon=True)
        self._kept_waiting: list[asyncio.BaseTransport] = []
        self._tls = _issue(folder, self.authority)

    @property
    def ports(self) -> dict[str, int]:
        """Where each listens: `good`, `bare` (without TLS) and `silent`."""
        return {name: int(one.getsockname()[1]) for name, one in self._sockets.items()}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Hang up, and listen no more: who waits for a word need not wait longer. A second time is nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _serve(self) -> None:
        logging.getLogger("mail.log").propagate = False  # the screen is not for what aiosmtpd wonders about
        logging.getLogger("mail.log").addHandler(logging.NullHandler())
        asyncio.set_event_loop(self._loop)
        login: dict[str, Any] = {"authenticator": _check, "hostname": MAIL_HOST, "loop": self._loop}
        makers = {
            "good": lambda: SMTP(_Open(), tls_context=self._tls, require_starttls=True, **login),
            "bare": lambda: SMTP(_Open(), auth_require_tls=False, **login),
            "silent": lambda: _Silent(self._kept_waiting),
        }
        servers = [
            self._loop.run_until_complete(self._loop.create_server(make, sock=self._sockets[name]))
            for name, make in makers.items()
        ]
        self._loop.run_forever()
        for server in servers:
            server.close()
        for waiting in self._kept_waiting:
            waiting.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def _issue(folder: Path, authority: Path) -> ssl.SSLContext:
    """A certificate for MAIL_HOST that is an authority of its own, and the server's side of TLS with it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Signet sandbox")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(MAIL_HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    authority.write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both = folder / f".sandbox-{secrets.token_hex(4)}.pem"
    both.touch(mode=0o600)
    try:
        both.write_bytes(pem + private)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(both)
    finally:
        both.unlink()
    return context
