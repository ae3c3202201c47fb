"""The outbox in the hands of the one active relay: its lock and all its statements go over one connection.

Law: where the connection is lost the lock is lost, and nothing can be marked any more by the relay that held it.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, Engine

from domain.outbound import Unpublished
from domain.ports import NotReachable
from infra.db.link import Link
from infra.db.outbox import SqlOutbox

# Any number that no other advisory lock of Signet uses: the letters "relay".
LOCK: Final = 0x72656C6179


class RelayPost:
    """One relay's place. Every method may raise NotReachable; then `step_down`, and `lead` again later."""

    def __init__(self, engine: Engine) -> None:
        """Use a connection of `engine`, from `lead` until `step_down`."""
        self._engine = engine
        self._connection: Connection | None = None

    def lead(self) -> bool:
        """Whether this relay is the active one; else it stands by, and asks again."""
        connection = self._connection or self._engine.connect()
        with connection.begin():
            leads = bool(Link(connection).one("SELECT pg_try_advisory_lock(%(lock)s)", {"lock": LOCK})[0])
        self._connection = connection if leads else None
        if not leads:
            connection.close()
        return leads

    def number_new(self, limit: int) -> int:
        """Give up to `limit` new events their place in the feed; answer how many got one."""
        with self._held().begin() as transaction:
            return SqlOutbox(Link(transaction.connection)).number_new(limit)

    def unpublished(self, limit: int, in_flight: Collection[int] = ()) -> Sequence[Unpublished]:
        """Return numbered events to publish now: per identity only the next one, none of `in_flight`."""
        with self._held().begin() as transaction:
            return SqlOutbox(Link(transaction.connection)).unpublished(limit, in_flight)

    def published(self, numbers: Collection[int], unroutable: Collection[int] = ()) -> None:
        """Mark events that the broker confirmed."""
        with self._held().begin() as transaction:
            SqlOutbox(Link(transaction.connection)).published(numbers, unroutable)

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
