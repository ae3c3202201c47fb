"""Real relays for tests: aiosmtpd with a certificate of a test authority, made to misbehave at one stage."""

import ssl
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.servers.ports import free_port

USER, PASSWORD = "bot@example.net", "příliš žluťoučký:/@%"


@dataclass(frozen=True)
class Authority:
    """A test authority, and a certificate for `localhost` that it signed."""

    roots: Path
    chain: Path

    @property
    def context(self) -> ssl.SSLContext:
        """What a server needs to speak TLS with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context


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
def relay(stage: Stage, form: str, authority: Authority | None = None, **settings: Any) -> Iterator[int]:
    """Run a relay of one form (`smtps`, `smtp`, `smtp+plain`) and give its port."""
    context = authority.context if authority else None
    if form == "smtp" and context:
        settings |= {"tls_context": context, "require_starttls": True}
    controller = _Controller(stage, context if form == "smtps" else None, **settings)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def an_authority(folder: Path, name: str = "localhost") -> Authority:
    """Make an authority and a certificate for `name`."""
    folder.mkdir(parents=True, exist_ok=True)
    key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Signet test authority", key, key, None)
    leaf = _certificate(name, leaf_key, key, root)
    roots, chain = folder / "roots.pem", folder / "chain.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    roots.write_bytes(root.public_bytes(pem))
    private = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    chain.write_bytes(private + leaf.public_bytes(pem))
    return Authority(roots, chain)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    root: x509.Certificate | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(root.subject if root else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=root is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if root:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    return builder.sign(signer, hashes.SHA256())
