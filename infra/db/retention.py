"""What is let go of, and when. Run by one process, now and then; each part in short transactions.

Law: nothing that is still to be done is dropped: an event that is not published, a request that is still to be answered
and a notice that is not settled stay, however old they are. Tombstones stay for ever, and links that were pressed as
long as their address lives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine

from infra.db.erasure import erase_events
from infra.db.feed import FLOOR
from infra.db.link import Link
from infra.db.partitions import drop_older, make_ahead
from infra.db.sealing_keys import OPENS_FOR

BATCH: Final = 5_000

_INBOX: Final = """
    DELETE FROM inbox WHERE key IN (SELECT key FROM inbox WHERE at < now() - %(keep)s LIMIT %(batch)s)
"""
_REDELIVERED: Final = """
    DELETE FROM redelivered
    WHERE key IN (SELECT key FROM redelivered WHERE at < now() - %(keep)s LIMIT %(batch)s)
"""
_REQUESTS: Final = """
    DELETE FROM requests WHERE id IN (
        SELECT id FROM requests WHERE at < now() - %(keep)s AND answered_at IS NOT NULL LIMIT %(batch)s
    )
"""
# Nothing is due of what was removed, or settled by others: no look comes any more that could answer.
_UNANSWERABLE: Final = """
    DELETE FROM requests WHERE id IN (
        SELECT id FROM requests AS r
        WHERE at < now() - %(keep)s AND answered_at IS NULL
          AND NOT EXISTS (SELECT FROM schedule AS s WHERE s.id = r.identity_id)
        LIMIT %(batch)s
    )
"""
_NOTICE_DAYS: Final = """
    DELETE FROM notice_days WHERE (recipient, day) IN (
        SELECT recipient, day FROM notice_days WHERE day < (now() - %(keep)s)::date LIMIT %(batch)s
    )
"""
_SLOTS: Final = """
    DELETE FROM {table} WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM {table} WHERE at < now() - %(keep)s LIMIT %(batch)s
    ))
"""
_MAIL_SLOTS: Final = _SLOTS.format(table="mail_slots")
_UPLOAD_SLOTS: Final = _SLOTS.format(table="upload_slots")
_LINKS: Final = """
    DELETE FROM links WHERE digest IN (
        SELECT digest FROM links WHERE expires_at < now() - %(keep)s AND used_at IS NULL LIMIT %(batch)s
    )
"""
_LOGINS: Final = """
    DELETE FROM logins WHERE number IN (
        SELECT number FROM logins WHERE at < now() - %(keep)s LIMIT %(batch)s
    )
"""
# The mail itself goes; that it was sent stays, or its key could be planned again.
_BODIES: Final = """
    UPDATE notices SET body = NULL WHERE id IN (
        SELECT id FROM notices WHERE settled_at < now() - %(keep)s AND body IS NOT NULL LIMIT %(batch)s
    )
"""
# What was sealed for it cannot be opened by anybody from now on.
_SEALING_KEYS: Final = """
    DELETE FROM sealing_keys
    WHERE id IN (SELECT id FROM sealing_keys WHERE replaced_at <= now() - %(keep)s LIMIT %(batch)s)
"""
# From the front, and only as far as everything is published: the feed has a beginning, and no holes.
_FEED: Final = f"""
    WITH oldest AS MATERIALIZED (
        SELECT number, position FROM outbox
        WHERE position > (SELECT value FROM counters WHERE name = '{FLOOR}')
        ORDER BY position LIMIT %(batch)s
    ), kept AS (
        SELECT min(outbox.position) AS position FROM outbox JOIN oldest USING (number)
        WHERE created_at >= now() - %(keep)s OR published_at IS NULL
    ), dropped AS (
        DELETE FROM outbox USING oldest, kept
        WHERE outbox.number = oldest.number AND oldest.position < coalesce(kept.position, oldest.position + 1)
        RETURNING outbox.position
    )
    UPDATE counters SET value = (SELECT max(position) FROM dropped)
    WHERE name = '{FLOOR}' AND EXISTS (SELECT FROM dropped)
    RETURNING (SELECT count(*) FROM dropped)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long things are kept. The inbox outlives the longest replay (product contract, section 2).

    `slots`: longer than the longest time that counts mails (a day) or uploads.
    """

    inbox: timedelta = timedelta(days=30)
    feed: timedelta = timedelta(days=30)
    looks: timedelta = timedelta(days=30)
    requests: timedelta = timedelta(days=2)
    slots: timedelta = timedelta(days=2)
    bodies: timedelta = timedelta(days=30)
    logins: timedelta = timedelta(days=31)  # longer than one that passed speaks for its host


def sweep(engine: Engine, kept: Kept) -> Mapping[str, int]:
    """Let go of what is old, and make the partitions of the coming days; answer how many rows went, by table."""
    swept = {
        "inbox": _repeat(engine, _INBOX, kept.inbox),
        "redelivered": _repeat(engine, _REDELIVERED, kept.inbox),
        "requests": _repeat(engine, _REQUESTS, kept.requests) + _repeat(engine, _UNANSWERABLE, kept.requests),
        "notice_days": _repeat(engine, _NOTICE_DAYS, kept.requests),
        "mail_slots": _repeat(engine, _MAIL_SLOTS, kept.slots),
        "upload_slots": _repeat(engine, _UPLOAD_SLOTS, kept.slots),
        "links": _repeat(engine, _LINKS, kept.slots),
        "bodies": _repeat(engine, _BODIES, kept.bodies),
        "logins": _repeat(engine, _LOGINS, kept.logins),
        "sealing_keys": _repeat(engine, _SEALING_KEYS, OPENS_FOR),
        "erased": erase_events(engine),
        "feed": _drop_events(engine, kept.feed),
    }
    with engine.begin() as connection:
        link = Link(connection)
        make_ahead(link)
        swept["looks_past_days"] = drop_older(link, kept.looks)
    return swept


def _repeat(engine: Engine, statement: str, keep: timedelta) -> int:
    """In portions, so that no transaction is long."""
    total, portion = 0, BATCH
    while portion == BATCH:
        with engine.begin() as connection:
            portion = Link(connection).run(statement, {"keep": keep, "batch": BATCH})
        total += portion
    return total


def _drop_events(engine: Engine, keep: timedelta) -> int:
    total, portion = 0, BATCH
    while portion == BATCH:
        with engine.begin() as connection:
            row = Link(connection).first(_FEED, {"keep": keep, "batch": BATCH})
            portion = 0 if row is None else int(row[0])
        total += portion
    return total
