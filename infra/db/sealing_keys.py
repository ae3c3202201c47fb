"""The key pairs with which others seal secrets for us, in one transaction.

A key is given out until thirty days before its end. One that was replaced opens for thirty days more; then its
private half is destroyed.
"""

import hashlib
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from domain.secrets import Purpose, SealedOctets, SealFault, SealingKey, Secret
from infra.db.link import Link, Row
from infra.db.secrets import locked_from, locked_values, present
from infra.vault.hpke import CannotOpen, open_sealed
from infra.vault.vault import Vault, place_of

LIFE: Final = timedelta(days=90)
OPENS_FOR: Final = timedelta(days=30)  # after it was replaced (product contract, 2.4)

_ID_DIGITS: Final = 16
_PRESENT: Final = """
    SELECT id, public_key, not_after FROM sealing_keys
    WHERE replaced_at IS NULL AND not_after > now() + %(ahead)s ORDER BY created_at DESC, id LIMIT 1
"""
# Against its own kind, and not against readers.
_ALONE: Final = "LOCK TABLE sealing_keys IN SHARE ROW EXCLUSIVE MODE"
_REPLACE: Final = "UPDATE sealing_keys SET replaced_at = now() WHERE replaced_at IS NULL"
_ADD: Final = """
    INSERT INTO sealing_keys (id, public_key, key_id, wrapped, nonce, ciphertext, not_after)
    VALUES (%(id)s, %(public_key)b, %(key_id)s, %(wrapped)b, %(nonce)b, %(ciphertext)b, now() + %(life)s)
    RETURNING id, public_key, not_after
"""
_OPENING: Final = """
    SELECT key_id, wrapped, nonce, ciphertext FROM sealing_keys
    WHERE id = %(id)s AND (replaced_at IS NULL OR replaced_at > now() - %(opens)s)
"""


class SqlSeals:
    """The sealing keys, in one transaction. Without a vault there is none."""

    def __init__(self, link: Link, vault: Vault | None) -> None:
        """Work inside the transaction of `link`."""
        self._link = link
        self._vault = vault
        self._found: dict[str, X25519PrivateKey | None] = {}

    def present(self) -> SealingKey:
        """The key to seal with now; made where there is none, or where the last one comes to its end."""
        vault = present(self._vault)
        found = self._present()
        if found is None:
            self._link.run(_ALONE)
            found = self._present()  # another may have been quicker
        return found or self._make(vault)

    def replace(self) -> SealingKey:
        """Make a new key; the one before still opens for 30 days."""
        vault = present(self._vault)
        self._link.run(_ALONE)
        return self._make(vault)

    def open(self, sealed: SealedOctets, purpose: Purpose) -> Secret | SealFault:
        """What was sealed, if it was sealed for just this purpose. Raises Unopenable for a fault of ours."""
        if sealed.key not in self._found:
            self._found[sealed.key] = self._private_half(sealed.key)
        private_key = self._found[sealed.key]
        if private_key is None:
            return SealFault.UNKNOWN_KEY
        try:
            return open_sealed(private_key, purpose, sealed.octets)
        except CannotOpen:
            return SealFault.CANNOT_OPEN

    def _present(self) -> SealingKey | None:
        row = self._link.first(_PRESENT, {"ahead": OPENS_FOR})
        return None if row is None else _key_from(row)

    def _make(self, vault: Vault) -> SealingKey:
        pair = X25519PrivateKey.generate()
        public_key = pair.public_key().public_bytes_raw()
        key_id = _id_of(public_key)
        locked = vault.lock(Secret(pair.private_bytes_raw()), _place(key_id))
        self._link.run(_REPLACE)
        values = {"id": key_id, "public_key": public_key, "life": LIFE} | locked_values(locked)
        return _key_from(self._link.one(_ADD, values))

    def _private_half(self, key_id: str) -> X25519PrivateKey | None:
        row = self._link.first(_OPENING, {"id": key_id, "opens": OPENS_FOR})
        if row is None or self._vault is None:
            return None
        secret = self._vault.open(locked_from(row), _place(key_id))
        return X25519PrivateKey.from_private_bytes(secret.octets)


def _id_of(public_key: bytes) -> str:
    return hashlib.sha256(b"signet sealing key\0" + public_key).hexdigest()[:_ID_DIGITS]


def _place(key_id: str) -> bytes:
    return place_of("sealing key", key_id)


def _key_from(row: Row) -> SealingKey:
    return SealingKey(id=row[0], public_key=row[1], not_after=row[2])
