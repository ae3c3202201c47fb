"""What all tables are made of."""

from typing import Any, Final

from sqlalchemy import Column, DateTime, Integer, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSON

PARKED_AFTER: Final = 5
PAST: Final = "looks_past"

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

TIME: Final = DateTime(timezone=True)
# Rows that change all the time: cleaned up after 1 % of them are dead, not after 20 %.
BUSY: Final = {
    "fillfactor": 70,
    "autovacuum_vacuum_scale_factor": 0.01,
    "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.05,
}


def now_by_default(name: str) -> Column[object]:
    """A time that is set when the row is made."""
    return Column(name, TIME, nullable=False, server_default=func.now())


def seen() -> list[Column[Any]]:
    """What a look saw, and the equal ones that followed it."""
    kinds: tuple[Any, ...] = (Integer, Text, JSON, TIME, TIME, Integer)
    named = zip(("number", "outcome", "findings", "first_at", "last_at", "times"), kinds, strict=True)
    return [Column(name, kind, nullable=False) for name, kind in named]
