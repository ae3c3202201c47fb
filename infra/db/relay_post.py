"""The outbox in the hands of the one active relay: its lock and all its statements go over one connection.

Law: where the connection is lost the lock is lost, and nothing can be marked any more by the relay that held it.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, Engine

from domain.outbound import Unpublished
from domain.ports import NotReachable, Stamped
from infra.db.link import Link, Row
from infra.db.outbox import POSITION, SqlOutbox
from infra.metrics import OUTBOUND_PUBLISHED

# Any number that no other advisory lock of Signet uses: the letters "relay".
LOCK: Final = 0x72656C6179

# What has no place yet gets one after the last that was given.
_BEFORE_UNPUBLISHED: Final = f"""
    SELECT coalesce(
        (SELECT min(position) - 1 FROM outbox WHERE published_at IS NULL),
        (SELECT value FROM counters WHERE name = '{POSITION}')
    )
"""
_FOLLOWING: Final = """
    SELECT position, number, event_id, type, account, subject, identity_id::text, sequence, body, created_at
    FROM outbox WHERE position > %(after)s AND published_at IS NULL ORDER BY position LIMIT %(limit)s
"""


class RelayPost:
    """One relay's place. Every method may raise NotReachable; then `step_down`, and `lead` again later."""

    def __init__(self, engine: Engine) -> None:
        """Use a connection of `engine`, from `lead` until `step_down`."""
        self._engine = engine
        self._connection: Connection | None = None
        self._after = 0

    def lead(self) -> bool:
        """Whether this relay is the active one; else it stands by, and asks again."""
        connection = self._connection or self._engine.connect()
        with connection.begin():
            link = Link(connection)
            leads = bool(link.one("SELECT pg_try_advisory_lock(%(lock)s)", {"lock": LOCK})[0])
            self._after = link.one(_BEFORE_UNPUBLISHED)[0] if leads else 0
        self._connection = connection if leads else None
        if not leads:
            connection.close()
        return leads

    def number_new(self, limit: int) -> int:
        """Give up to `limit` new events their place in the feed; answer how many got one."""
        with self._held().begin() as transaction:
            return SqlOutbox(Link(transaction.connection)).number_new(limit)

    def following(self, limit: int) -> Sequence[Unpublished]:
        """Return unpublished events in the order of the feed, after those returned since `lead`."""
        with self._held().begin() as transaction:
            rows = Link(transaction.connection).rows(_FOLLOWING, {"after": self._after, "limit": limit})
        if rows:
            self._after = rows[-1][0]
        return [_unpublished(row) for row in rows]

    def published(self, numbers: Collection[int], unroutable: Collection[int] = ()) -> None:
        """Mark events that the broker confirmed. A mark that is lost means no more than a repetition."""
        with self._held().begin() as transaction:
            link = Link(transaction.connection)
            link.run("SET LOCAL synchronous_commit = off")
            SqlOutbox(link).published(numbers, unroutable)
        OUTBOUND_PUBLISHED.inc(len(numbers))

    def step_down(self) -> None:
        """Leave the place to another relay. The connection is ended, and the lock with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _held(self) -> Connection:
        if self._connection is None:
            raise NotReachable("this relay is not the active one")
        return self._connection


def _unpublished(row: Row) -> Unpublished:
    _, number, event_id, type_, account, subject, identity_id, sequence, body, created_at = row
    event = Stamped(
        id=event_id,
        type=type_,
        account=account,
        subject=subject,
        identity_id=identity_id,
        sequence=sequence,
        body=bytes(body),
    )
    return Unpublished(number=number, event=event, created_at=created_at)
