"""The days of `looks_past`: made ahead, dropped when they are old.

A row whose day was not made lands in the DEFAULT partition, so nothing is ever refused.
"""

from datetime import date, timedelta
from typing import Final

from infra.db.link import Link
from infra.db.schema import PAST

AHEAD: Final = 3
REST: Final = f"{PAST}_rest"

_NAMES: Final = f"""
    SELECT c.relname FROM pg_inherits AS p JOIN pg_class AS c ON c.oid = p.inhrelid
    WHERE p.inhparent = '{PAST}'::regclass
"""
_HELD_BY_REST: Final = f"SELECT FROM {REST} WHERE last_at >= %(since)s AND last_at < %(until)s LIMIT 1"
_DROP_FROM_REST: Final = f"DELETE FROM {REST} WHERE last_at < %(before)s"


def make_ahead(link: Link) -> None:
    """Make today's partition and those of the next days, where they are missing."""
    known = {row[0] for row in link.rows(_NAMES)}
    today = link.now.date()
    for day in (today + timedelta(days=ahead) for ahead in range(AHEAD + 1)):
        if _name(day) not in known and not _is_held_by_rest(link, day):
            until = day + timedelta(days=1)
            link.run(
                f"CREATE TABLE {_name(day)} PARTITION OF {PAST} FOR VALUES FROM ('{day}Z') TO ('{until}Z')"
            )


def drop_older(link: Link, keep: timedelta) -> int:
    """Drop the days that ended longer than `keep` ago; answer how many partitions went."""
    before = link.now - keep
    link.run(_DROP_FROM_REST, {"before": before})
    old = sorted(row[0] for row in link.rows(_NAMES) if row[0] != REST and row[0] < _name(before.date()))
    for name in old:
        link.run(f"DROP TABLE {name}")
    return len(old)


def _name(day: date) -> str:
    return f"{PAST}_{day:%Y%m%d}"


def _is_held_by_rest(link: Link, day: date) -> bool:
    """A day whose rows lie in the DEFAULT partition already stays there: it cannot be made any more."""
    bounds = {"since": f"{day}Z", "until": f"{day + timedelta(days=1)}Z"}
    return link.first(_HELD_BY_REST, bounds) is not None
