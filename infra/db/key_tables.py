"""The tables of keys, and of what is locked by them.

Law: no secret stands here in clear. `key_id` names the key-encryption key, which is in no table.
"""

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from infra.db.columns import TIME, metadata, now


def _locked() -> list[Column[Any]]:
    """A record at rest: under which key, its wrapped data key, and what that encrypts."""
    octets = [Column(name, LargeBinary, nullable=False) for name in ("wrapped", "nonce", "ciphertext")]
    return [Column("key_id", Text, nullable=False), *octets]


secrets = Table(
    "secrets",
    metadata,
    Column("identity_id", UUID(as_uuid=False), primary_key=True),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("field", Text, primary_key=True),
    Column("generation", Integer, primary_key=True),
    *_locked(),
    now("created_at"),
    Index("secrets_key", "key_id", "kind"),
)

# One is present: that which was never replaced. What is locked is its private half.
sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    *_locked(),
    now("created_at"),
    Column("not_after", TIME, nullable=False),
    Column("replaced_at", TIME),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("publisher", Text, nullable=False),
    Column("accounts", ARRAY(Text), nullable=False),
    Column("rights", ARRAY(Text), nullable=False),
    now("created_at"),
    Column("revoked_at", TIME),
)
