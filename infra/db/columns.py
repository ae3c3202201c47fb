"""What all tables are made of: their names, their times, and how those are kept that change all the time."""

from typing import Final

from sqlalchemy import Column, DateTime, MetaData, func

metadata = MetaData(
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


def now(name: str) -> Column[object]:
    """A moment: that of the transaction, where none is given."""
    return Column(name, TIME, nullable=False, server_default=func.now())
