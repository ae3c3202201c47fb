"""What all tables have in common: how their parts are named, and how times are kept."""

from sqlalchemy import Column, DateTime, MetaData, func

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

TIME = DateTime(timezone=True)


def now(name: str) -> Column[object]:
    """A moment: that of its row, unless another is given."""
    return Column(name, TIME, nullable=False, server_default=func.now())
