"""API keys. Only a hash is stored; the key itself is shown once.

A key has 256 random bits, so a plain SHA-256 of it cannot be guessed back.
"""

import hashlib
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.db.directory import is_id
from infra.db.link import Link, Row

PREFIX: Final = "signet_"
EVERY_ACCOUNT: Final = "*"

_COLUMNS: Final = "id::text, publisher, accounts, rights, created_at, revoked_at"
_CREATE: Final = f"""
    INSERT INTO api_keys (id, hash, publisher, accounts, rights)
    VALUES (%(id)s, %(hash)s, %(publisher)s, %(accounts)s::text[], %(rights)s::text[]) RETURNING {_COLUMNS}
"""
_FIND: Final = f"SELECT {_COLUMNS} FROM api_keys WHERE hash = %(hash)s AND revoked_at IS NULL"
_LIST: Final = f"SELECT {_COLUMNS} FROM api_keys ORDER BY created_at, id"
_REVOKE: Final = "UPDATE api_keys SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What a key allows. Its accounts are exact names, or `*` for every one."""

    id: str
    publisher: str
    accounts: frozenset[str]
    rights: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None

    def covers(self, account: str) -> bool:
        """Whether the key may act for, and see, an account."""
        return EVERY_ACCOUNT in self.accounts or account in self.accounts


class SqlApiKeys:
    """The API keys, in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def create(
        self, publisher: str, accounts: Collection[str], rights: Collection[str]
    ) -> tuple[ApiKey, str]:
        """Make a key; the text answered beside it is the key itself, and is nowhere else."""
        text = PREFIX + secrets.token_urlsafe(32)
        values = {
            "id": str(uuid.uuid4()),
            "hash": _hash(text),
            "publisher": publisher,
            "accounts": sorted(accounts),
            "rights": sorted(rights),
        }
        return _key_from(self._link.one(_CREATE, values)), text

    def find(self, text: str) -> ApiKey | None:
        """The key that a request brings, unless it is unknown or revoked."""
        row = self._link.first(_FIND, {"hash": _hash(text)})
        return None if row is None else _key_from(row)

    def all(self) -> Sequence[ApiKey]:
        """Every key ever made, oldest first."""
        return [_key_from(row) for row in self._link.rows(_LIST)]

    def revoke(self, key_id: str) -> bool:
        """End a key; answer whether there was one to end."""
        return is_id(key_id) and self._link.run(_REVOKE, {"id": key_id}) == 1


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _key_from(row: Row) -> ApiKey:
    return ApiKey(
        id=row[0],
        publisher=row[1],
        accounts=frozenset(row[2]),
        rights=frozenset(row[3]),
        created_at=row[4],
        revoked_at=row[5],
    )
