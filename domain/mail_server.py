"""Where a mail server is, and what we say to be let in: read once, at the door.

Law: a host is a name that only DNS can know, or the literal of an address; what a library would take for an address
in some other spelling is neither. No representation shows a user name or a password.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from domain.names import DomainName, spell

LONGEST_USERNAME: Final = 255  # octets; what a server has to take at least (RFC 4616, section 2)
LONGEST_PASSWORD: Final = 1024  # octets
SUBMISSIONS_PORT: Final = 465  # TLS from the first octet (RFC 8314, section 3.3)

_LITERAL: Final = re.compile(r"[0-9a-fA-F:.]+")
# Controls, halves of characters, what nobody assigned, ends of lines: none of them can be typed on purpose.
_NOT_TYPED: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_NOT_SHOWN: Final = _NOT_TYPED | {"Cf", "Co"}


class Security(StrEnum):
    """How the connection is protected; it always is. `auto`: by the port."""

    AUTO = "auto"
    TLS = "tls"  # from the first octet
    STARTTLS = "starttls"  # required, never merely tried (RFC 3207)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A name in lower-case A-labels, or the literal of an address; `shown` is how people read it."""

    name: str
    shown: str
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a server: a port, and how TLS begins there, never `auto`."""

    port: int
    security: Security


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server for outgoing mail, as its owner describes it."""

    host: Host
    port: int
    security: Security = Security.AUTO

    @property
    def way(self) -> Way:
        """The one way that is meant."""
        return usual_way(self.port) if self.security is Security.AUTO else Way(self.port, self.security)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A server, and who logs in there. Both texts are in NFC, as they go over the wire in UTF-8 (RFC 8265)."""

    server: MailServer
    username: str = field(repr=False)
    password: str = field(repr=False)


def usual_way(port: int) -> Way:
    """The way that a port is for."""
    return Way(port, Security.TLS if port == SUBMISSIONS_PORT else Security.STARTTLS)


def parse_host(text: str) -> Host | None:
    """Read a name of two labels or more whose last is no number, or a strict literal; None for anything else."""
    literal = _literal(text)
    if literal is not None:
        return Host(name=literal, shown=literal, is_address=True)
    name = spell(text)
    if not isinstance(name, DomainName) or "." not in name.ascii:
        return None
    return Host(name=name.ascii, shown=name.unicode)


def composed(text: str) -> str:
    """A user name or a password in NFC: how it was typed makes no difference (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", text)


def is_username(text: str) -> bool:
    """Whether the text can be a user name: nothing invisible in it, 1 to 255 octets."""
    return _is_plain(text, _NOT_SHOWN, LONGEST_USERNAME)


def is_password(text: str) -> bool:
    """Whether the text can be a password: no control characters in it, 1 to 1,024 octets."""
    return _is_plain(text, _NOT_TYPED, LONGEST_PASSWORD)


def _is_plain(text: str, without: frozenset[str], longest: int) -> bool:
    if not 0 < len(text) <= longest or any(unicodedata.category(sign) in without for sign in text):
        return False
    return len(composed(text).encode()) <= longest


def _literal(text: str) -> str | None:
    """The address as everybody writes it; leading zeros, scopes and short forms are none (RFC 6943, section 3.1.1)."""
    try:
        return str(ip_address(text if _LITERAL.fullmatch(text) else ""))
    except ValueError:
        return None
