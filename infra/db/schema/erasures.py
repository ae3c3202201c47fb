"""The table of accounts that were removed, and of whose events something is still to be erased."""

from sqlalchemy import Column, Table, Text

from infra.db.schema.parts import metadata, now_by_default

erasures = Table(
    "erasures",
    metadata,
    Column("account", Text, primary_key=True),
    now_by_default("at"),
)
