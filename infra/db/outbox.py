"""Events that are true and not yet published, and how the relay takes them out.

Law: an event is numbered in the transaction that makes it true; it gets its `position` in the feed
later, by one relay at a time and without gaps, because the order of commits is not that of numbers.
"""

from collections.abc import Collection, Sequence
from typing import Final

from domain.identity import State
from domain.outbound import Unpublished
from domain.ports import Stamped
from infra.db.link import Link, Row
from infra.db.rows import columns

POSITION: Final = "position"
# The last word of an event's name, and the state that it tells of.
TELLS_OF: Final = {
    "accepted": State.PENDING,
    "verified": State.VERIFIED,
    "confirmed": State.VERIFIED,
    "recovered": State.VERIFIED,
    "at_risk": State.AT_RISK,
    "refused": State.FAILED,
    "failed": State.FAILED,
    "expired": State.EXPIRED,
    "confirmation_expired": State.EXPIRED,
    "revoked": State.REVOKED,
    "removed": State.REMOVED,
}
# Where a kind means another state by the same word.
TYPE_TELLS_OF: Final = {"org.signet.certificate.accepted.v1": State.VERIFIED}

_ADD: Final = """
    INSERT INTO outbox (event_id, type, account, subject, identity_id, sequence, body)
    SELECT * FROM unnest(%(ids)b::text[], %(types)b::text[], %(accounts)b::text[], %(subjects)b::text[],
        %(identities)b::uuid[], %(sequences)b::int[], %(bodies)b::bytea[])
    ON CONFLICT (event_id) DO NOTHING
"""
_LINK: Final = """
    UPDATE history AS h SET event_id = given.event_id
    FROM unnest(%(ids)b::uuid[], %(states)b::text[], %(events)b::text[]) AS given (identity_id, state, event_id)
    WHERE h.identity_id = given.identity_id AND h.state = given.state AND h.event_id IS NULL
"""
_NUMBER: Final = f"""
    WITH counter AS MATERIALIZED (
        SELECT value FROM counters WHERE name = '{POSITION}'
    ), fresh AS MATERIALIZED (
        SELECT number, row_number() OVER (ORDER BY number) AS place
        FROM (SELECT number FROM outbox WHERE position IS NULL ORDER BY number LIMIT %(limit)s) AS unnumbered
    ), numbered AS (
        UPDATE outbox SET position = counter.value + fresh.place FROM fresh, counter
        WHERE outbox.number = fresh.number RETURNING 1
    ), counted AS (
        UPDATE counters SET value = value + (SELECT count(*) FROM numbered) WHERE name = '{POSITION}'
    )
    SELECT count(*) FROM numbered
"""
# The counter's row stays locked until the commit: positions become visible in their order.
_LOCK_COUNTER: Final = f"SELECT value FROM counters WHERE name = '{POSITION}' FOR UPDATE"
_UNPUBLISHED: Final = """
    SELECT o.number, o.event_id, o.type, o.account, o.subject, o.identity_id::text, o.sequence, o.body, o.created_at
    FROM outbox AS o
    WHERE o.published_at IS NULL AND o.position IS NOT NULL AND o.number <> ALL(%(in_flight)b::bigint[])
        AND NOT EXISTS (
            SELECT FROM outbox AS e
            WHERE e.identity_id = o.identity_id AND e.sequence < o.sequence AND e.published_at IS NULL
        )
    ORDER BY o.number LIMIT %(limit)s
"""
_PUBLISHED: Final = """
    UPDATE outbox SET published_at = now(), unroutable = number = ANY(%(unroutable)b::bigint[])
    WHERE number = ANY(%(numbers)b::bigint[]) AND published_at IS NULL
"""


class SqlOutbox:
    """The outbox of one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def add(self, events: Sequence[Stamped]) -> None:
        """Add events, after the states that they tell of; one that is there already (same id) stays as it is."""
        if not events:
            return
        names = ("ids", "types", "accounts", "subjects", "identities", "sequences", "bodies")
        self._link.run(_ADD, dict(zip(names, columns([_row(event) for event in events]), strict=True)))
        told = [(event.identity_id, state, event.id) for event in events if (state := _state_told_by(event))]
        if told:
            self._link.run(_LINK, dict(zip(("ids", "states", "events"), columns(told), strict=True)))

    def number_new(self, limit: int) -> int:
        """Give up to `limit` new events their place in the feed; answer how many got one.

        The counter is locked by a statement of its own, so that the next one sees what came before it.
        """
        self._link.one(_LOCK_COUNTER)
        return int(self._link.one(_NUMBER, {"limit": limit})[0])

    def unpublished(self, limit: int, in_flight: Collection[int] = ()) -> Sequence[Unpublished]:
        """Numbered events to publish now, oldest first: per identity only the next one, none of `in_flight`."""
        asked = {"limit": limit, "in_flight": list(in_flight)}
        return [_unpublished_from(row) for row in self._link.rows(_UNPUBLISHED, asked)]

    def published(self, numbers: Collection[int], unroutable: Collection[int] = ()) -> None:
        """Mark events confirmed by the broker; those in `unroutable` (of `numbers`) went to nobody."""
        if numbers:
            self._link.run(_PUBLISHED, {"numbers": list(numbers), "unroutable": list(unroutable)})


def _state_told_by(event: Stamped) -> str | None:
    """The state that an event tells of: `org.signet.domain.verified.v1` tells of verified."""
    if event.identity_id is None:
        return None
    word = event.type.removesuffix(".v1").rpartition(".")[2]
    state = TYPE_TELLS_OF.get(event.type, TELLS_OF.get(word))
    return None if state is None else state.value


def _row(event: Stamped) -> tuple[object, ...]:
    return (
        event.id,
        event.type,
        event.account,
        event.subject,
        event.identity_id,
        event.sequence,
        event.body,
    )


def _unpublished_from(row: Row) -> Unpublished:
    event = Stamped(
        id=row[1],
        type=row[2],
        account=row[3],
        subject=row[4],
        identity_id=row[5],
        sequence=row[6],
        body=bytes(row[7]),
    )
    return Unpublished(number=row[0], event=event, created_at=row[8])
