"""A connection to our relay: opened, secured and logged in, or a word for why not.

Law: where TLS is asked for it is verified, and required. No text of a server or of an exception gets
out of here, only codes: either may hold what must not be shown.
"""

import base64
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.mail.relay_url import RelayUrl, Security

OK: Final = 250
CONTINUE: Final = 334
LOGGED_IN: Final = 235
FAREWELL: Final = 5.0  # seconds: nothing depends on the reply to QUIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds to wait for one reply.

    RFC 5321, section 4.5.3.2 asks for more (10 minutes after the final dot), but a worker would sit
    idle for it; what is cut short after the dot is Ambiguous, and so never sent twice.
    """

    connect: float = 30
    reply: float = 60
    final_dot: float = 120


class Away(Exception):  # noqa: N818 - it names what happened
    """There is no way to the relay now. `code` says at which point, and holds nothing secret."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def reason(error: Exception) -> str:
    """A word for what happened; never the text of the exception, in which a server may have put anything."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"reply {error.smtp_code}"
    causes = {type(cause) for cause in (error, error.__context__) if cause}
    for kind, word in _REASONS:
        if any(issubclass(cause, kind) for cause in causes):
            return word
    return "connect"


_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ssl.SSLCertVerificationError, "certificate"),
    (TimeoutError, "timeout"),
    (ssl.SSLError, "tls"),
    (socket.gaierror, "dns"),
    (smtplib.SMTPServerDisconnected, "disconnected"),
)


def connect(url: RelayUrl, authorities: Path | None, patience: Patience) -> smtplib.SMTP:
    """A connection that is secured and logged in."""
    try:
        client = _open(url, authorities, patience.connect)
    except (smtplib.SMTPException, OSError) as error:
        raise Away(reason(error)) from None
    try:
        _secure_and_log_in(client, url, authorities)
    except (smtplib.SMTPException, OSError) as error:
        client.close()
        raise Away(reason(error)) from None
    except Away:
        client.close()
        raise
    be_patient(client, patience.reply)
    return client


def _open(url: RelayUrl, authorities: Path | None, wait: float) -> smtplib.SMTP:
    if url.security is Security.TLS:
        context = _context(authorities)
        return smtplib.SMTP_SSL(url.host, url.port, local_hostname="localhost", timeout=wait, context=context)
    return smtplib.SMTP(url.host, url.port, local_hostname="localhost", timeout=wait)


def _secure_and_log_in(client: smtplib.SMTP, url: RelayUrl, authorities: Path | None) -> None:
    # The final dot is a small segment of its own: Nagle would hold it back for 40 ms (RFC 896, RFC 1122 4.2.3.4).
    socket_of(client).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _hello(client)
    if url.security is Security.STARTTLS:
        if not client.has_extn("starttls"):
            raise Away("no_starttls")
        client.starttls(context=_context(authorities))
        _hello(client)
    if url.password:
        _log_in(client, url)


def _context(authorities: Path | None) -> ssl.SSLContext:
    """Certificate and host name are verified (RFC 8314, section 5); nothing older than TLS 1.2 (RFC 8996)."""
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _hello(client: smtplib.SMTP) -> None:
    """Say EHLO with our address, which needs no look-up and is always true (RFC 5321, section 4.1.4)."""
    address = socket_of(client).getsockname()[0]
    code, _ = client.ehlo(f"[IPv6:{address}]" if ":" in address else f"[{address}]")
    if code != OK:
        raise Away(f"ehlo {code}")


def _log_in(client: smtplib.SMTP, url: RelayUrl) -> None:
    """Log in, in UTF-8 (RFC 4616): smtplib's own way fails on such a password, and its exception shows it."""
    offered = client.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        code, _ = client.docmd("AUTH", "PLAIN " + _spelled(f"\0{url.username}\0{url.password}"))
    elif "LOGIN" in offered:
        code, _ = client.docmd("AUTH", "LOGIN")
        for word in (url.username, url.password):
            code, _ = client.docmd(_spelled(word)) if code == CONTINUE else (code, b"")
    else:
        raise Away("no_auth")
    if code != LOGGED_IN:
        raise Away(f"auth {code}")


def _spelled(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def part(client: smtplib.SMTP) -> None:
    """Take leave, whatever the relay says to it."""
    with suppress(smtplib.SMTPException, OSError):
        be_patient(client, FAREWELL)
        client.quit()
    client.close()


def be_patient(client: smtplib.SMTP, seconds: float) -> None:
    """Wait this long for whatever comes next."""
    socket_of(client).settimeout(seconds)


def socket_of(client: smtplib.SMTP) -> socket.socket:
    """What is under the connection; SMTPServerDisconnected where there is none any more."""
    if client.sock is None:
        raise smtplib.SMTPServerDisconnected
    return client.sock
