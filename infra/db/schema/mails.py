"""The tables of mails to people: what is to be sent, how much may be, and the links in it.

Law: a link stands here only as its digest.
"""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from infra.db.schema.parts import TIME, metadata, now_by_default

notices = Table(
    "notices",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("identity_id", UUID(as_uuid=False)),
    Column("recipient", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("body", LargeBinary),
    Column("state", Text, nullable=False),
    Column("digest_id", UUID(as_uuid=False)),
    now_by_default("planned_at"),
    Column("sending_at", TIME),
    Column("sending_token", UUID(as_uuid=False)),
    Column("settled_at", TIME),
    Column("detail", Text),
    Index("notices_identity", "identity_id"),
    Index("notices_digest", "digest_id", postgresql_where=text("digest_id IS NOT NULL")),
)

notice_days = Table(
    "notice_days",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("times", Integer, nullable=False),
)

# When confirmation mails may leave: a row for each that was asked for, at the time that it was given.
mail_slots = Table(
    "mail_slots",
    metadata,
    Column("recipient", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Index("mail_slots_recipient", "recipient", "at"),
    Index("mail_slots_account", "account", "at"),
)

links = Table(
    "links",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("address_id", UUID(as_uuid=False), nullable=False),
    Column("expires_at", TIME, nullable=False),
    Column("used_at", TIME),
    Index("links_address", "address_id"),
)
