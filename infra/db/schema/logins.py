"""The table of logins that were tried, each counted before it is made."""

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, Table, Text, text

from infra.db.schema.parts import metadata, now_by_default

# `ended` is null until it is known what became of it.
logins = Table(
    "logins",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("account", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("user_digest", LargeBinary, nullable=False),
    now_by_default("at"),
    Column("ended", Text),
    Index("logins_account", "account", "at"),
    Index("logins_host", "host", "at"),
    Index("logins_passed", "host", "at", postgresql_where=text("ended = 'passed'")),
)
