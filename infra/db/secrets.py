"""The secrets of identities at rest, in one transaction.

Law: a secret is locked for its place as it is asked for, not as its row says: a row that was moved does not open.
"""

from typing import Any, Final

from domain.secrets import NoVault, Secret, SecretPlace
from infra.db.link import Link
from infra.vault.vault import Locked, Vault, Wrapped, place_of

NO_VAULT: Final = (
    "This installation keeps no secrets, for it has no key-encryption key: put one that `signet keys generate` prints "
    "into SIGNET_KEYS, and start Signet again."
)

_AT: Final = """
    identity_id = %(identity_id)s AND account = %(account)s AND kind = %(kind)s
    AND field = %(field)s AND generation = %(generation)s
"""
_PUT: Final = """
    INSERT INTO secrets
        (identity_id, account, kind, field, generation, key_id, wrapped, nonce, ciphertext)
    VALUES (%(identity_id)s, %(account)s, %(kind)s, %(field)s, %(generation)s,
        %(key_id)s, %(wrapped)b, %(nonce)b, %(ciphertext)b)
    ON CONFLICT (identity_id, field, generation) DO UPDATE
    SET account = excluded.account, kind = excluded.kind, key_id = excluded.key_id, wrapped = excluded.wrapped,
        nonce = excluded.nonce, ciphertext = excluded.ciphertext, created_at = excluded.created_at
"""
_OPEN: Final = f"SELECT key_id, wrapped, nonce, ciphertext FROM secrets WHERE {_AT}"
_DROP: Final = f"DELETE FROM secrets WHERE {_AT}"
_DROP_ALL: Final = "DELETE FROM secrets WHERE identity_id = %(identity_id)s"


class SqlSecrets:
    """The secrets, in one transaction. Without a vault nothing is put or opened."""

    def __init__(self, link: Link, vault: Vault | None) -> None:
        """Work inside the transaction of `link`."""
        self._link = link
        self._vault = vault

    def put(self, place: SecretPlace, secret: Secret) -> None:
        """Keep a secret; what was kept in this place before is gone."""
        locked = present(self._vault).lock(secret, _octets(place))
        self._link.run(_PUT, _values(place) | locked_values(locked))

    def open(self, place: SecretPlace) -> Secret | None:
        """The secret that was put in this place; None where there is none. Raises Unopenable."""
        vault = present(self._vault)
        row = self._link.first(_OPEN, _values(place))
        return None if row is None else vault.open(locked_from(row), _octets(place))

    def drop(self, place: SecretPlace) -> None:
        """Forget what is kept in this place."""
        self._link.run(_DROP, _values(place))

    def drop_all(self, identity_id: str) -> int:
        """Forget everything of an identity; answer how many secrets it had."""
        return self._link.run(_DROP_ALL, {"identity_id": identity_id})


def present(vault: Vault | None) -> Vault:
    """The vault, where there is one; raise NoVault."""
    if vault is None:
        raise NoVault(NO_VAULT)
    return vault


def locked_values(locked: Locked) -> dict[str, Any]:
    """A record for its columns."""
    return {
        "key_id": locked.wrapped.key_id,
        "wrapped": locked.wrapped.octets,
        "nonce": locked.nonce,
        "ciphertext": locked.ciphertext,
    }


def locked_from(row: Any) -> Locked:  # noqa: ANN401 - four columns of any statement
    """The record in the columns key_id, wrapped, nonce, ciphertext."""
    return Locked(wrapped=Wrapped(key_id=row[0], octets=row[1]), nonce=row[2], ciphertext=row[3])


def _values(place: SecretPlace) -> dict[str, Any]:
    return {
        "identity_id": place.identity_id,
        "account": place.account,
        "kind": place.kind.value,
        "field": place.field,
        "generation": place.generation,
    }


def _octets(place: SecretPlace) -> bytes:
    parts = (place.account, place.kind.value, place.identity_id, str(place.generation), place.field)
    return place_of("secret", *parts)
