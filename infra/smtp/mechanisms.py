"""The ways to log in with a user name and a password, the safest first.

CRAM-MD5 comes last although it hides the password: servers that store passwords hashed refuse right ones by it, and
a refused login is not tried again by another way.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from infra.smtp.mechanism import Steps
from infra.smtp.scram import scram_sha_256

TOKENS: Final = frozenset({"XOAUTH2", "OAUTHBEARER", "XOAUTH"})  # RFC 7628, and what was before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """How it is said; `speaks_first`: its first response goes with the command itself (RFC 4954, section 4)."""

    say: Callable[[bytes, bytes], Steps]
    speaks_first: bool


def _plain(username: bytes, password: bytes) -> Steps:
    """RFC 4616."""
    yield b"\0%b\0%b" % (username, password)


def _login(username: bytes, password: bytes) -> Steps:
    """Never a standard, and spoken by everybody (draft-murchison-sasl-login)."""
    yield b""
    yield username
    yield password


def _cram_md5(username: bytes, password: bytes) -> Steps:
    """RFC 2195."""
    challenge = yield b""
    yield b"%b %b" % (username, hmac.new(password, challenge, hashlib.md5).hexdigest().encode())


MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "SCRAM-SHA-256": Mechanism(say=scram_sha_256, speaks_first=True),
    "PLAIN": Mechanism(say=_plain, speaks_first=True),
    "LOGIN": Mechanism(say=_login, speaks_first=False),
    "CRAM-MD5": Mechanism(say=_cram_md5, speaks_first=False),
}
