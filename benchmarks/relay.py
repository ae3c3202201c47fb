"""Relay: confirmed events per second out of the outbox, all on this machine: `python -m benchmarks.relay [N]`.

Beside it, in the same run, what the same connection does with events that are in memory already: what RabbitMQ takes.
"""

import resource
import sys
import time
from datetime import UTC, datetime

from domain.outbound import Unpublished
from domain.ports import Stamped
from infra.amqp.link import Broker
from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.exchange import EventOutlet
from infra.tokens import new_id
from tests.infra.amqp.wire import channel_to
from tests.servers.postgres import postgres_server
from tests.servers.rabbitmq import rabbitmq_server
from tests.workers.relay_ground import TYPE, Outbox, listen, relaying

DEFAULT = 40_000
QUEUE = "app.events"


def bare(url: str, events: int) -> float:
    """Events a second that come from no database, and are marked nowhere."""
    with channel_to(url) as channel:
        channel.queue_purge(QUEUE)
    waiting = [event(number) for number in range(events)]
    outlet = EventOutlet(Broker(url=url), "urn:signet")
    outlet.send(waiting[:1])
    assert len(outlet.confirmed(wait=10)) == 1, "the connection is not open"
    began, confirmed = time.monotonic(), 1
    outlet.send(waiting[1:])
    while confirmed < events:
        confirmed += len(outlet.confirmed(wait=10))
    seconds = time.monotonic() - began
    outlet.close()
    assert arrived(url) == events
    return events / seconds


def event(number: int) -> Unpublished:
    """An event as the outbox would hand it over."""
    stamped = Stamped(
        id=new_id(),
        type=TYPE,
        account="acme",
        subject="example.test",
        identity_id=new_id(),
        sequence=1,
        body=b'{"identity": "%s", "sequence": "0000000001"}' % new_id().encode(),
    )
    return Unpublished(number=number, event=stamped, created_at=datetime.now(UTC))


def arrived(url: str) -> int:
    """How many events lie in the subscriber's queue."""
    with channel_to(url) as channel:
        return int(channel.queue_declare(QUEUE, passive=True).method.message_count)


def main(events: int) -> None:
    """Fill the outbox, then measure one relay on it; the exact counts are asserted."""
    with rabbitmq_server() as broker, postgres_server(durable=True) as database:
        upgrade(database.url)
        engine = connect(database.url, role="benchmark")
        outbox = Outbox(engine=engine)
        listen(broker.url, QUEUE)
        before_it = bare(broker.url, events)
        with channel_to(broker.url) as channel:
            channel.queue_purge(QUEUE)
        for _ in range(events // 1_000):
            outbox.add(*(new_id() for _ in range(1_000)))
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        with relaying(outbox.relay(broker.url)):
            outbox.await_published(events, within=300)
            seconds = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_SELF)
        assert arrived(broker.url) == events
        alone = (before_it + bare(broker.url, events)) / 2
        engine.dispose()
    cpu = (used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime) / events * 1e6
    rate = events / seconds
    print(f"| relay, confirmed | {rate:,.0f} events/s | {cpu:.0f} µs CPU of the relay |")
    print(
        f"| the same events from memory, marked nowhere | {alone:,.0f} events/s | the relay: {rate / alone:.0%} |"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
