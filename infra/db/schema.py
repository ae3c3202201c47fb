"""The tables. What is true lives here, and nowhere else.

Law: `schedule` stays narrow, with its primary key and one partial index. JSON is kept as `json`, not
`jsonb`: it is read whole, never searched, and text seen in the DNS may hold escapes that `jsonb` refuses.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, UUID

from infra.db.columns import TIME, metadata, now
from infra.db.key_tables import api_keys, sealing_keys, secrets

PARKED_AFTER: Final = 5
PAST: Final = "looks_past"

__all__ = ["PARKED_AFTER", "PAST", "api_keys", "metadata", "sealing_keys", "secrets"]

# Rows that change all the time: cleaned up after 1 % of them are dead, not after 20 %.
_BUSY = {
    "fillfactor": 70,
    "autovacuum_vacuum_scale_factor": 0.01,
    "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.05,
}


def _seen() -> list[Column[Any]]:
    """What a look saw, and the equal ones that followed it."""
    kinds: tuple[Any, ...] = (Integer, Text, JSON, TIME, TIME, Integer)
    named = zip(("number", "outcome", "findings", "first_at", "last_at", "times"), kinds, strict=True)
    return [Column(name, kind, nullable=False) for name, kind in named]


identities = Table(
    "identities",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("challenge", JSON, nullable=False),
    Column("contact", JSON),
    Column("findings", JSON, nullable=False),
    Column("reminded", Boolean, nullable=False),
    Column("opened_by", JSON),
    Column("looks_made", Integer, nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("window_at", TIME, nullable=False),
    Column("acted_at", TIME, nullable=False),
    Column("deadline", TIME, nullable=False),
    Column("last_look_at", TIME, nullable=False),
    UniqueConstraint("kind", "account", "subject", "generation"),
    Index("identities_subject", "kind", "subject"),
    Index("identities_account", "kind", "account", "id"),
    postgresql_with={"fillfactor": 85},
)

history = Table(
    "history",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("identity_id", UUID(as_uuid=False), nullable=False),
    Column("state", Text, nullable=False),
    now("at"),
    Column("event_id", Text),
    Index("history_identity", "identity_id", "number"),
)

# `absences` is null where all is well: then a row is no wider for it.
schedule = Table(
    "schedule",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("work", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", SmallInteger, nullable=False, server_default=text("0")),
    Column("inconclusive", SmallInteger, nullable=False, server_default=text("0")),
    Column("due_at", TIME, nullable=False),
    Column("lease_token", UUID(as_uuid=False)),
    Column("absences", ARRAY(TIME)),
    Index("schedule_due", "work", "due_at", postgresql_where=text(f"failures < {PARKED_AFTER}")),
    postgresql_with=_BUSY,
)

# The present look of each identity. An equal look moves `last_at` and `times` alone, in place (HOT).
looks = Table(
    "looks",
    metadata,
    Column("identity_id", UUID(as_uuid=False), primary_key=True),
    *_seen(),
    postgresql_with=_BUSY | {"fillfactor": 80},
)

# What was seen before: a partition per day, dropped whole.
looks_past = Table(
    PAST,
    metadata,
    Column("identity_id", UUID(as_uuid=False), nullable=False),
    *_seen(),
    Index("looks_past_identity", "identity_id", "number"),
    postgresql_partition_by="RANGE (last_at)",
)

requests = Table(
    "requests",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("identity_id", UUID(as_uuid=False), nullable=False),
    Column("cause_id", Text, nullable=False),
    Column("cause_source", Text, nullable=False),
    Column("restarted", Boolean, nullable=False),
    now("at"),
    Column("answered_at", TIME),
    Column("unasked_at", TIME),
    Index("requests_identity", "identity_id", "at"),
    Index("requests_open", "identity_id", postgresql_where=text("answered_at IS NULL")),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("identity_id", UUID(as_uuid=False)),
    Column("sequence", Integer),
    Column("type", Text, nullable=False),
    Column("account", Text),
    Column("subject", Text),
    Column("body", LargeBinary, nullable=False),
    now("created_at"),
    Column("position", BigInteger),
    Column("published_at", TIME),
    Column("unroutable", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("event_id"),
    UniqueConstraint("identity_id", "sequence"),
    Index("outbox_position", "position", unique=True, postgresql_where=text("position IS NOT NULL")),
    Index("outbox_unnumbered", "number", postgresql_where=text("position IS NULL")),
    Index("outbox_unpublished", "number", postgresql_where=text("published_at IS NULL")),
    postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02},
)

# Gapless numbers (feed positions), and the highest position that retention has dropped.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 10},
)

# The digest of publisher, source and id: an index entry has a limit, what publishers send has not.
inbox = Table(
    "inbox",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    now("at"),
    Index("inbox_at", "at", postgresql_using="brin"),
)

# How often an event was delivered again, counted before it is read.
redelivered = Table(
    "redelivered",
    metadata,
    Column("key", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    now("at"),
)

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
    now("planned_at"),
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

tombstones = Table(
    "tombstones",
    metadata,
    Column("token", Text, primary_key=True),
    Column("identity_id", UUID(as_uuid=False), nullable=False),
    now("issued_at"),
)
