"""The vault: locks octets under a key-encryption key, and opens them for the very place they were locked for.

Each record has a data key of its own, which encrypts it (AES-256-GCM) and is itself wrapped by the key-encryption key
(AES-KWP, RFC 5649). So a change of keys wraps 32 octets anew, and leaves the record as it is.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from domain.secrets import Secret, Unopenable
from infra.vault.keys import KeyEncryptionKey, KeyRing

DATA_KEY: Final = 32
NONCE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A data key under the key-encryption key of that id."""

    key_id: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A record at rest."""

    wrapped: Wrapped
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


class Vault:
    """Locks and opens with the keys that `ring` answers at that moment."""

    def __init__(self, ring: Callable[[], KeyRing]) -> None:
        self._ring = ring

    @property
    def ring(self) -> KeyRing:
        """The keys, as they are now."""
        return self._ring()

    def lock(self, secret: Secret, place: bytes) -> Locked:
        """Lock a secret for a place under the newest key; the data key and the nonce are fresh."""
        data_key, nonce = secrets.token_bytes(DATA_KEY), secrets.token_bytes(NONCE)
        ciphertext = AESGCM(data_key).encrypt(nonce, secret.octets, place)
        return Locked(wrapped=_wrap(self.ring.newest, data_key), nonce=nonce, ciphertext=ciphertext)

    def open(self, locked: Locked, place: bytes) -> Secret:
        """Open what was locked for this place; raise Unopenable."""
        data_key = self._unwrap(locked.wrapped)
        try:
            return Secret(AESGCM(data_key).decrypt(locked.nonce, locked.ciphertext, place))
        except (InvalidTag, ValueError):
            raise Unopenable("A stored secret is not what was put in its place: it does not open.") from None

    def rewrap(self, wrapped: Wrapped) -> Wrapped:
        """Wrap a data key under the newest key instead; raise Unopenable."""
        return _wrap(self.ring.newest, self._unwrap(wrapped))

    def _unwrap(self, wrapped: Wrapped) -> bytes:
        key = self.ring.find(wrapped.key_id)
        if key is None:
            raise Unopenable(
                f"A stored secret needs the key-encryption key {wrapped.key_id}, which is not in SIGNET_KEYS."
            )
        try:
            return aes_key_unwrap_with_padding(key.octets, wrapped.octets)
        except InvalidUnwrap:
            raise Unopenable("The key of a stored secret was changed: it does not open.") from None


def _wrap(key: KeyEncryptionKey, data_key: bytes) -> Wrapped:
    return Wrapped(key_id=key.id, octets=aes_key_wrap_with_padding(key.octets, data_key))


def place_of(purpose: str, *parts: str) -> bytes:
    """A place as octets, no two alike: each part behind its length (four octets, big-endian)."""
    spelled = [part.encode() for part in (purpose, *parts)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in spelled)
