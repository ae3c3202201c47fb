"""Mails to people, planned once for ever by their key.

Law: ten per recipient and UTC day; what is above becomes a line of one digest, due when the day is over.
"""

from collections.abc import Sequence
from typing import Final

from domain.notice import PlannedNotice
from domain.ports import Work
from infra.db.link import Link
from infra.db.rows import columns

DAILY_LIMIT: Final = 10
DIGEST: Final = "digest"

# `place` is the place of a notice in its recipient's day.
_PLAN: Final = """
    WITH given AS (
        SELECT * FROM unnest(%(ids)b::uuid[], %(keys)b::text[], %(kinds)b::text[], %(identities)b::uuid[],
            %(recipients)b::text[], %(locales)b::text[], %(bodies)b::bytea[]) WITH ORDINALITY
            AS given (id, key, kind, identity_id, recipient, locale, body, place)
    ), fresh AS (
        INSERT INTO notices (id, key, kind, identity_id, recipient, locale, body, state)
        SELECT id, key, kind, identity_id, recipient, locale, body, 'planned' FROM given ORDER BY key
        ON CONFLICT DO NOTHING RETURNING id, lower(recipient) AS recipient
    ), counted AS (
        INSERT INTO notice_days (recipient, day, times)
        SELECT recipient, %(day)s, count(*) FROM fresh GROUP BY recipient ORDER BY recipient
        ON CONFLICT (recipient, day) DO UPDATE SET times = notice_days.times + excluded.times
        RETURNING recipient, times
    )
    SELECT fresh.id::text,
        counted.times - row_number() OVER (PARTITION BY counted.recipient ORDER BY given.place DESC) + 1
    FROM fresh JOIN counted USING (recipient) JOIN given ON given.id = fresh.id
"""
_DUE: Final = f"""
    INSERT INTO schedule (id, work, attempt, due_at)
    SELECT id, '{Work.MAIL.value}', 1, now() FROM unnest(%(ids)b::uuid[]) AS given (id)
"""
# A minute after midnight: whatever was planned on that day is committed by then.
_DIGEST: Final = f"""
    WITH digest AS (
        INSERT INTO notices (id, key, kind, recipient, locale, state)
        SELECT gen_random_uuid(), %(key)s, '{DIGEST}', recipient, locale, 'planned'
        FROM notices WHERE id = %(id)s
        ON CONFLICT (key) DO NOTHING RETURNING id
    ), due AS (
        INSERT INTO schedule (id, work, attempt, due_at)
        SELECT id, '{Work.MAIL.value}', 1, date_trunc('day', now(), 'UTC') + interval '1 day 1 minute' FROM digest
    )
    SELECT id FROM digest
"""
_DIGESTED: Final = """
    UPDATE notices SET state = 'digested', settled_at = now(),
        digest_id = (SELECT id FROM notices WHERE key = %(key)s)
    WHERE id = ANY(%(ids)b::uuid[])
"""


class SqlNotices:
    """The planning of notices in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def plan(self, notices: Sequence[PlannedNotice]) -> None:
        """Plan each once for ever (by key), within ten per recipient and day; what is above goes into a digest."""
        if not notices:
            return
        names = ("ids", "keys", "kinds", "identities", "recipients", "locales", "bodies")
        values = dict(zip(names, columns([_row(notice) for notice in notices]), strict=True))
        places = {row[0]: row[1] for row in self._link.rows(_PLAN, values | {"day": self._link.now.date()})}
        within = [notice for notice, place in places.items() if place <= DAILY_LIMIT]
        if within:
            self._link.run(_DUE, {"ids": within})
        above = [notice for notice in notices if places.get(notice.id, 0) > DAILY_LIMIT]
        for recipient in sorted({notice.recipient.lower() for notice in above}):
            self._digest(recipient, [notice.id for notice in above if notice.recipient.lower() == recipient])

    def _digest(self, recipient: str, ids: Sequence[str]) -> None:
        key = f"{DIGEST}:{self._link.now.date()}:{recipient}"
        self._link.run(_DIGEST, {"key": key, "id": ids[0]})
        self._link.run(_DIGESTED, {"key": key, "ids": ids})


def _row(notice: PlannedNotice) -> tuple[object, ...]:
    return (
        notice.id,
        notice.key,
        notice.kind,
        notice.identity_id,
        notice.recipient,
        notice.locale,
        notice.body,
    )
