"""When the next confirmation mail may leave: nobody is mailed by a stranger's script.

Mails to one recipient: 1 a minute, 3 in six hours, 10 a day, whoever asks. Mails for one account: 30 an hour.
What is above is postponed, never refused. A time that was given out is taken.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)

# At most so many within so long.
PER_RECIPIENT: Final = ((1, MINUTE), (3, 6 * HOUR), (10, 24 * HOUR))
MOST_TO_RECIPIENT: Final = 10
PER_ACCOUNT: Final = (30, HOUR)


def for_recipient(taken: Sequence[datetime], now: datetime) -> datetime:
    """The first time that its own recipient allows. `taken`: the last ten times or more, oldest first."""
    free = [taken[-most] + within for most, within in PER_RECIPIENT if len(taken) >= most]
    return max([now, *free])


def for_account(near: Sequence[datetime], latest: Sequence[datetime], wanted: datetime) -> datetime:
    """The first time from `wanted` on that the account allows, too.

    `near`: the times taken within an hour of `wanted`, before and after; `latest`: the last thirty, oldest first.
    Where there is no room at `wanted`, it is behind all the others: they were there first.
    """
    most, within = PER_ACCOUNT
    ends = [wanted, *(at for at in near if wanted <= at < wanted + within)]
    if all(sum(end - within < at <= end for at in near) < most for end in ends):
        return wanted
    return max(wanted, latest[-most] + within)
