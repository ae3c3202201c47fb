"""What tests of the relay stand on: events in an outbox, and a relay that runs on a thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from domain.ports import Stamped
from infra.amqp.link import Broker
from infra.amqp.topology import OUTBOUND
from infra.db.relay_post import RelayPost
from infra.db.unit_of_work import SqlUnitOfWork
from infra.exchange import EventOutlet
from infra.tokens import new_id
from tests.infra.amqp.wire import channel_to
from tests.servers.waiting import wait_until
from workers.relay import Embedded, Relay, run

SHORT = "domain.diagnosis_changed"
TYPE = f"org.signet.{SHORT}.v1"


@dataclass(slots=True, kw_only=True)
class Outbox:
    """The outbox of a database, and how many events went to nobody."""

    engine: Engine
    unroutable: int = 0
    _sequences: dict[str, int] = field(default_factory=dict)

    def add(self, *identities: str) -> list[str]:
        """Add one event for each named identity, in one transaction; answer the ids."""
        events = [self._event(identity) for identity in identities]
        with SqlUnitOfWork(self.engine) as work:
            work.outbox.add(events)
            work.commit()
        return [event.id for event in events]

    def relay(self, url: str | None) -> Relay:
        """A relay to a broker, or to none."""
        return Relay(
            post=RelayPost(self.engine),
            open_outlet=Embedded if url is None else lambda: EventOutlet(Broker(url=url), "urn:signet"),
            count_unroutable=self._count,
        )

    def published(self) -> list[str]:
        """The events that are marked as published."""
        return [row[0] for row in self.rows("SELECT event_id FROM outbox WHERE published_at IS NOT NULL")]

    def rows(self, statement: str) -> Any:
        """Ask the database."""
        with self.engine.begin() as connection:
            answer = connection.exec_driver_sql(statement)
            return answer.fetchall() if answer.returns_rows else []

    def await_published(self, count: int, within: float = 20) -> None:
        """Wait until so many are marked."""
        statement = "SELECT count(*) FROM outbox WHERE published_at IS NOT NULL"
        wait_until(lambda: self.rows(statement)[0][0] >= count, what=f"{count} published", within=within)

    def _event(self, identity: str) -> Stamped:
        self._sequences[identity] = sequence = self._sequences.get(identity, 0) + 1
        body = b'{"identity": "%s", "sequence": "%010d"}' % (identity.encode(), sequence)
        return Stamped(
            id=new_id(),
            type=TYPE,
            account="acme",
            subject="example.test",
            identity_id=identity,
            sequence=sequence,
            body=body,
        )

    def _count(self, events: int) -> None:
        self.unroutable += events


@contextmanager
def relaying(relay: Relay) -> Iterator[Callable[[], None]]:
    """Run a relay on a thread; call what is yielded to stop it earlier and wait for its end."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(relay, stop))
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(timeout=60)
        assert not thread.is_alive(), "the relay did not end"

    try:
        yield end
    finally:
        end()


def listen(url: str, queue: str = "app.events") -> None:
    """Bind a queue of a subscriber's own to everything."""
    with channel_to(url) as channel:
        channel.exchange_declare(OUTBOUND, exchange_type="topic", durable=True)
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, OUTBOUND, "#")
