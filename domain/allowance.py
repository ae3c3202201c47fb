"""When the next confirmation mail may leave: nobody is mailed by a stranger's script. When the next upload is opened.

Mails to one recipient: 1 a minute, 3 in six hours, 10 a day, whoever asks. Mails for one account: 30 an hour.
Uploads of certificates for one account: 300 an hour, so that it keeps no other waiting. What is above is postponed,
never refused. A time that was given out is taken.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)

# At most so many within so long.
PER_RECIPIENT: Final = ((1, MINUTE), (3, 6 * HOUR), (10, 24 * HOUR))
MOST_TO_RECIPIENT: Final = 10
PER_ACCOUNT: Final = (30, HOUR)
MOST_UPLOADS: Final = 300  # of an account within an hour: each may take a child process five seconds


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


def for_upload(earlier: datetime | None, now: datetime) -> datetime:
    """When an upload may be opened. `earlier`: the time of the one that was 300 before it; None where there were less.

    Times are given out in their order, so that one is enough to tell.
    """
    return now if earlier is None else max(now, earlier + HOUR)


class Uploads(Protocol):
    """When uploads of certificates may be opened, in one transaction."""

    def hold(self, accounts: Collection[str]) -> None:
        """Let nobody else take a time of these until the end of this unit of work."""

    def slot(self, account: str) -> datetime:
        """Take the next time at which an upload of an account may be opened; `hold` the account before."""
