"""Lets go of what is old, and makes ready for the coming days: now and then, by one dispatcher at a time."""

from collections.abc import Callable, Mapping
from typing import Final

import structlog

log = structlog.get_logger()

EVERY: Final = 3600.0


def keep_house(sweep: Callable[[], Mapping[str, int] | None]) -> float:
    """One round; answer how many seconds to pause. `sweep` answers None where another process does it now."""
    swept = sweep()
    if swept is not None:
        log.info("upkeep.done", **{name: count for name, count in swept.items() if count})
    return EVERY
