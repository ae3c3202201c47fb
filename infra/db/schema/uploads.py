"""The table of uploads of certificates: when each may be opened."""

from sqlalchemy import Column, Index, Table, Text

from infra.db.schema.parts import TIME, metadata

upload_slots = Table(
    "upload_slots",
    metadata,
    Column("account", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Index("upload_slots_account", "account", "at"),
)
