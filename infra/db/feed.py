"""The feed: every event that was said, in the order of its position.

A cursor is a position, spelt so that nobody is tempted to count with it.
"""

import base64
import binascii
import re
from typing import Any, Final

from domain.outbound import CursorExpired, FeedEvent, FeedPage, FeedQuery
from infra.db.link import Link
from infra.db.outbox import POSITION

FLOOR: Final = "feed_floor"

# One statement, so that the newest position and the rows are of one moment.
_PAGE: Final = f"""
    WITH bounds AS (
        SELECT (SELECT value FROM counters WHERE name = '{POSITION}') AS newest,
               (SELECT value FROM counters WHERE name = '{FLOOR}') AS floor
    )
    SELECT bounds.newest, bounds.floor, o.position, o.event_id, o.type, o.body
    FROM bounds LEFT JOIN LATERAL (
        SELECT position, event_id, type, body FROM outbox
        WHERE position > coalesce(%(after)s::bigint, bounds.floor)
            AND type <> '' AND (%(type)s::text IS NULL OR type ~ %(type)s)
            AND (%(accounts)s::text[] IS NULL OR account = ANY(%(accounts)s::text[]))
        ORDER BY position LIMIT %(limit)s
    ) AS o ON TRUE
    ORDER BY o.position
"""
_LATEST: Final = f"SELECT value FROM counters WHERE name = '{POSITION}'"

_POSITION_OCTETS: Final = 8
_PREFIX: Final = r"org\.signet\."
_SUFFIX: Final = r"\.v[0-9]+"
_GLOB: Final = re.compile(r"[A-Za-z0-9._*?-]{1,200}")
_CURSOR: Final = re.compile(r"[A-Za-z0-9_-]{11}")


class SqlFeed:
    """The feed as one transaction sees it."""

    def __init__(self, link: Link) -> None:
        """Read inside the transaction of `link`."""
        self._link = link

    def page(self, query: FeedQuery) -> FeedPage:
        """The events after a cursor; raise CursorExpired where it is older than what is kept."""
        after = None if query.after is None else position_of(query.after)
        rows = self._link.rows(_PAGE, _asked(query, after))
        newest, floor = rows[0][0], rows[0][1]
        if after is not None and not floor <= after <= newest:
            raise CursorExpired("The cursor is older than the events that are kept.")
        found = [row for row in rows if row[2] is not None]
        events = tuple(
            FeedEvent(cursor=cursor_of(row[2]), id=row[3], type=row[4], body=bytes(row[5])) for row in found
        )
        full = len(found) == query.limit
        return FeedPage(events=events, next=events[-1].cursor if full else cursor_of(newest))

    def latest(self) -> str:
        """The cursor of what comes next: nothing said so far is after it."""
        return cursor_of(self._link.one(_LATEST)[0])


def cursor_of(position: int) -> str:
    """Spell a position as a cursor."""
    return base64.urlsafe_b64encode(position.to_bytes(_POSITION_OCTETS, "big")).decode("ascii").rstrip("=")


def position_of(cursor: str) -> int:
    """Read a cursor; one that was never given out is as good as an expired one."""
    if not _CURSOR.fullmatch(cursor):
        raise CursorExpired("This is not a cursor of the feed.")
    try:
        octets = base64.b64decode(cursor + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        raise CursorExpired("This is not a cursor of the feed.") from None
    position = int.from_bytes(octets, "big")
    if position >= 1 << 63 or cursor_of(position) != cursor:
        raise CursorExpired("This is not a cursor of the feed.")
    return position


def type_pattern(glob: str) -> str:
    """A regular expression for a glob (`*`, `?`) on short or full names of event types.

    What cannot be part of a name matches nothing.
    """
    if not _GLOB.fullmatch(glob):
        return "^$"
    wild = "".join({"*": ".*", "?": "."}.get(sign) or re.escape(sign) for sign in glob)
    return f"^({_PREFIX})?{wild}({_SUFFIX})?$"


def _asked(query: FeedQuery, after: int | None) -> dict[str, Any]:
    return {
        "after": after,
        "type": None if query.type is None else type_pattern(query.type),
        "accounts": None if query.accounts is None else sorted(query.accounts),
        "limit": query.limit,
    }
