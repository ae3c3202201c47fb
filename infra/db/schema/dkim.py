"""The table of DKIM keys: the two selectors of each domain, with the public halves of their keys.

Law: a row outlives its domain, and its account, until the zone is clear of it; private halves are in `secrets`. A visit
is a row of `schedule` under the pair's own id.
"""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from infra.db.schema.parts import TIME, metadata, now_by_default

dkim_pairs = Table(
    "dkim_pairs",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("domain_id", UUID(as_uuid=False), nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("targets", ARRAY(Text), nullable=False),
    Column("keys", JSON, nullable=False),
    Column("made", Integer, nullable=False, server_default=text("0")),
    Column("asked_at", TIME),
    Column("removed", Boolean, nullable=False, server_default=false()),
    Column("fault", Text),
    now_by_default("begun_at"),
    Index("dkim_pairs_account", "account"),
    Index("dkim_pairs_fault", "fault", postgresql_where=text("fault IS NOT NULL")),
)
