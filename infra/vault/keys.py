"""Key-encryption keys: what locks every secret of an installation, and is never in its database.

Law: no error and no `repr` shows any of a key. What may be told of one is its id.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

OCTETS: Final = 32

_ID_DIGITS: Final = 16
_ID_OF: Final = b"signet key-encryption key\0"  # no other digest of a key is ever made with this before it
_APART: Final = re.compile(r"[\s,]+")
_SPELLED: Final = re.compile(r"[A-Za-z0-9+/]{43}=")


class WrongKeys(ValueError):  # noqa: N818 - it names what is wrong, in one clause for the operator
    """Key-encryption keys that cannot be used."""


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """One key of 256 bits."""

    octets: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Names the key without telling it: anybody may see this."""
        return hashlib.sha256(_ID_OF + self.octets).hexdigest()[:_ID_DIGITS]

    @property
    def text(self) -> str:
        """The key itself, as SIGNET_KEYS takes it."""
        return base64.b64encode(self.octets).decode()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of an installation, at least one: the last is the newest, and locks; all open."""

    keys: tuple[KeyEncryptionKey, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read keys with white space or commas between them; raise WrongKeys."""
        parts = _parts(text)
        if not parts:
            raise WrongKeys("no key is in it; `signet keys generate` prints one")
        return cls(tuple(_key(number, part, len(parts)) for number, part in enumerate(parts, 1)))

    @property
    def newest(self) -> KeyEncryptionKey:
        """The key that locks."""
        return self.keys[-1]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all."""
        return frozenset(key.id for key in self.keys)

    @property
    def text(self) -> str:
        """The keys themselves, one a line."""
        return "".join(f"{key.text}\n" for key in self.keys)

    def find(self, key_id: str) -> KeyEncryptionKey | None:
        """The key of that id."""
        return next((key for key in self.keys if key.id == key_id), None)


def generate() -> KeyEncryptionKey:
    """A key that was never there before."""
    return KeyEncryptionKey(secrets.token_bytes(OCTETS))


def are_spelled_out(text: str) -> bool:
    """Whether a text is keys themselves, and so cannot be the path of a file."""
    parts = _parts(text)
    return bool(parts) and all(_SPELLED.fullmatch(part) for part in parts)


def _parts(text: str) -> list[str]:
    return [part for part in _APART.split(text) if part]


def _key(number: int, text: str, count: int) -> KeyEncryptionKey:
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        octets = b""
    if len(octets) != OCTETS or base64.b64encode(octets).decode() != text:  # one spelling for each key
        which = "its content" if count == 1 else f"number {number} of {count}"
        raise WrongKeys(f"{which} is no key: one is {OCTETS} octets in base64 (RFC 4648, section 4)")
    return KeyEncryptionKey(octets)
