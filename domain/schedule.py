"""When the next look is due. Time and chance come in as arguments.

The owner's hours: looks are close together while the owner is at it, and thin out
by a tenth of the time already waited. They never come later than half an hour apart.
What is proven is looked at every hour, as long as it is.
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

# Between logins that did not pass and may later: the first pause follows the first login.
LOGIN_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480))

WATCH: Final = timedelta(hours=1)
DAILY: Final = timedelta(hours=24)
GRACE: Final = timedelta(hours=72)

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
    return min(_after(pause(moment.now - acted_at), moment), last_look_at)


def next_watch(moment: Moment, absences: Sequence[datetime] = ()) -> datetime:
    """When to look again at what is proven: after the hour, shortened by 0 to 10 %; exactly when it may be revoked."""
    due_at = _after(WATCH, moment)
    ends_at = revocable_at(absences[0]) if absences else due_at
    return min(due_at, ends_at) if moment.now < ends_at else due_at


def next_daily(moment: Moment) -> datetime:
    """When to look again at a certificate in use: after a day, shortened by 0 to 10 %."""
    return _after(DAILY, moment)


def next_login(made: int, last_login_at: datetime, moment: Moment) -> datetime:
    """When to log in again after so many logins of a window, at `last_login_at` at the latest."""
    pause_ = LOGIN_PAUSES[min(made, len(LOGIN_PAUSES)) - 1]
    return min(moment.now + pause_, last_login_at)


def revocable_at(first_absence: datetime) -> datetime:
    """When what is at risk may be revoked: 72 hours after the first of the absences in a row."""
    return first_absence + GRACE


def prolong(deadline: datetime, last_look_at: datetime) -> datetime | None:
    """The next last look after an inconclusive one, or None when the window was prolonged for 24 hours already."""
    again = last_look_at + PROLONGATION
    return again if again <= deadline + LONGEST_PROLONGATION else None


def is_fresh(acted_at: datetime, due_at: datetime) -> bool:
    """Whether a look belongs to the first ten minutes after the owner's last action, when somebody is waiting."""
    return due_at - acted_at < FRESH


def _after(wait: timedelta, moment: Moment) -> datetime:
    """Jitter shortens by 0 to 10 %, and never lengthens."""
    return moment.now + wait * (1 - JITTER * moment.jitter)
