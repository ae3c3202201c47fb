"""The tables of keys, and of what is locked by them.

Law: no secret stands here in clear. `key_id` names the key-encryption key, which is in no table.
"""

from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from infra.db.schema.parts import TIME, metadata, now_by_default


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
    now_by_default("created_at"),
    Index("secrets_key", "key_id", "kind"),
)

# One is present: that which was never replaced. What is locked is its private half.
sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    *_locked(),
    now_by_default("created_at"),
    Column("not_after", TIME, nullable=False),
    Column("replaced_at", TIME),
)
