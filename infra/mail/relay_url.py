"""The three forms in which an operator names the relay, read once.

Law: neither a representation nor a refusal ever shows the URL, since a password may stand in it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit

FORMS: Final = (
    "The relay is given as smtps://user:password@host:465, smtp://user:password@host:587 (with STARTTLS) "
    "or smtp+plain://host:25 (not encrypted)."
)
PAIR: Final = "The relay's user name and password go together, and neither may hold a zero octet."
EXPOSED: Final = (
    "smtp+plain:// would show the relay's password to the network. Use smtps:// or smtp://, "
    "or a relay on this machine."
)

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class WrongRelay(ValueError):  # noqa: N818 - it names what is wrong, in one sentence for the operator
    """A relay URL that cannot be used."""


class Security(StrEnum):
    """How the connection is protected."""

    TLS = "smtps"  # from the first octet (RFC 8314, section 3.3)
    STARTTLS = "smtp"  # required, never merely tried
    NONE = "smtp+plain"


PORTS: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayUrl:
    """Where the relay is, and what we say to be let in."""

    security: Security
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def warning(self) -> str | None:
        """What to tell the operator at start, if anything."""
        if self.security is not Security.NONE:
            return None
        return (
            f"Mail to the relay {self.host}:{self.port} is not encrypted (smtp+plain://). "
            "Use smtps:// or smtp:// unless the relay is on this machine."
        )


def parse_relay(url: str) -> RelayUrl:
    """Read a relay URL; WrongRelay says in one sentence what is wrong with it."""
    try:
        parts = urlsplit(url)
        security, host, port = Security(parts.scheme), parts.hostname or "", parts.port
        username, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise WrongRelay(FORMS) from None
    if not host or port == 0 or parts.path.strip("/") or parts.query or parts.fragment:
        raise WrongRelay(FORMS)
    if bool(username) != bool(password) or "\0" in username + password:
        raise WrongRelay(PAIR)
    if security is Security.NONE and password and host not in LOOPBACK:
        raise WrongRelay(EXPOSED)
    port = port or PORTS[security]
    return RelayUrl(security=security, host=host, port=port, username=username, password=password)
