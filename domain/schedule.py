"""When the next look is due. Time and chance come in as arguments.

The owner's hours: looks are close together while the owner is at it, and thin out
by a tenth of the time already waited. They never come later than half an hour apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FRESH: Final = timedelta(minutes=10)
JITTER: Final = 0.1

LONGEST_PAUSE: Final = timedelta(minutes=30)
SHARE_OF_WAIT: Final = 0.1

PROLONGATION: Final = timedelta(minutes=30)
LONGEST_PROLONGATION: Final = timedelta(hours=24)

_STEPS: Final[Sequence[tuple[timedelta, timedelta]]] = (
    (timedelta(minutes=1), timedelta(seconds=5)),
    (FRESH, timedelta(seconds=10)),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a decision may know of the world: the time (UTC, the database's clock) and a roll of dice in [0, 1)."""

    now: datetime
    jitter: float = 0.0


def pause(waited: timedelta) -> timedelta:
    """The longest pause before the next look, once `waited` has passed since the owner's last action."""
    for until, step in _STEPS:
        if waited < until:
            return step
    return min(waited * SHARE_OF_WAIT, LONGEST_PAUSE)


def next_look(acted_at: datetime, last_look_at: datetime, moment: Moment) -> datetime:
    """When to look again: after the pause, shortened by 0 to 10 %, at `last_look_at` at the latest."""
    wait = pause(moment.now - acted_at) * (1 - JITTER * moment.jitter)
    return min(moment.now + wait, last_look_at)


def prolong(deadline: datetime, last_look_at: datetime) -> datetime | None:
    """The next last look after an inconclusive one, or None when the window was prolonged for 24 hours already."""
    again = last_look_at + PROLONGATION
    return again if again <= deadline + LONGEST_PROLONGATION else None


def is_fresh(acted_at: datetime, due_at: datetime) -> bool:
    """Whether a look belongs to the first ten minutes after the owner's last action, when somebody is waiting."""
    return due_at - acted_at < FRESH
