"""What tests of intake stand on: events to send, a door between real servers, and a look at what came of it."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Engine

from infra.amqp.intake_queue import IntakeQueue
from infra.amqp.link import Broker
from infra.amqp.topology import INBOUND, INTAKE, prepare
from infra.db.beginnings import Beginnings
from infra.db.engine import connect
from infra.db.unit_of_work import units
from tests.infra.amqp.wire import channel_to, put
from tests.servers.waiting import wait_until
from tests.workers.installation import tools_of
from workers.consume import Door, consume

REGISTERED = "org.signet.domain.registered.v1"


@dataclass(slots=True, kw_only=True)
class Ground:
    """A database and a virtual host. `results` counts what became of the events taken."""

    url: str
    engine: Engine
    results: dict[str, int] = field(default_factory=dict)

    def door(self, **changes: Any) -> Door:
        """A door of one's own between the two."""
        door = Door(
            queue=IntakeQueue(Broker(url=self.url)),
            counts=Beginnings(self.engine),
            tools=replace(tools_of(units(self.engine), lab=True), counted=self._count),
        )
        return replace(door, **changes)

    def rows(self, statement: str) -> Sequence[Any]:
        """Ask the database."""
        with self.engine.begin() as connection:
            answer = connection.exec_driver_sql(statement)
            return answer.fetchall() if answer.returns_rows else []

    def domains(self) -> list[str]:
        """The domains that were taken, each once."""
        return [row[0] for row in self.rows("SELECT subject FROM identities ORDER BY subject")]

    def told(self, name: str) -> int:
        """How many events of a name there are to publish."""
        return int(self.rows(f"SELECT count(*) FROM outbox WHERE type = 'org.signet.{name}.v1'")[0][0])

    def send(self, *bodies: bytes, **properties: Any) -> None:
        """Publish to `signet.inbound`, each confirmed."""
        put(self.url, INBOUND, "any", list(bodies), **properties)

    def depth(self, queue: str = INTAKE) -> int:
        """How many messages wait in a queue."""
        with channel_to(self.url) as channel:
            return int(channel.queue_declare(queue, passive=True).method.message_count)

    def await_domains(self, count: int, within: float = 30) -> None:
        """Wait until so many are in the database."""
        count_now = "SELECT count(*) FROM identities"
        wait_until(lambda: self.rows(count_now)[0][0] >= count, what=f"{count} domains", within=within)

    def _count(self, result: str, events: int) -> None:
        self.results[result] = self.results.get(result, 0) + events


@contextmanager
def ground(database_url: str, vhost_url: str) -> Iterator[Ground]:
    """Declare the queues; end the connections to the database at last."""
    prepare(Broker(url=vhost_url))
    engine = connect(database_url, role="test")
    try:
        yield Ground(url=vhost_url, engine=engine)
    finally:
        engine.dispose()


@contextmanager
def consuming(door: Door) -> Iterator[Callable[[], None]]:
    """Run intake's loop on a thread; call what is yielded to stop it earlier and wait for its end."""
    stop = threading.Event()
    thread = threading.Thread(target=consume, args=(door, stop))
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(timeout=60)
        assert not thread.is_alive(), "intake did not end"

    try:
        yield end
    finally:
        end()


def registered(number: int, *, account: str = "acme", **attributes: Any) -> bytes:
    """A registration of the domain `d<number>.test`."""
    event = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "urn:shop",
        "type": REGISTERED,
        "data": {"account": account, "plan": "BUSINESS", "domain": f"d{number:06}.test"},
    }
    return json.dumps(event | attributes).encode()
