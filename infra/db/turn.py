"""Work that one process does at a time, whichever of them comes first."""

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Engine, text

Result = TypeVar("Result")

# Any number that no other advisory lock of Signet uses: the letters "upkeep".
UPKEEP: Final = 0x75706B656570


def in_turn(engine: Engine, lock: int, act: Callable[[], Result]) -> Result | None:
    """Act while holding the lock; None where another process holds it. It is let go of with its connection."""
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": lock}):
            return None
        connection.commit()  # the lock is the session's: no transaction stays open meanwhile
        try:
            return act()
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
            connection.commit()
