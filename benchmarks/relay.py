"""Relay: confirmed events per second out of the outbox, all on this machine: `python -m benchmarks.relay [N]`."""

import resource
import sys
import time

from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.tokens import new_id
from tests.infra.amqp.wire import channel_to
from tests.servers.postgres import postgres_server
from tests.servers.rabbitmq import rabbitmq_server
from tests.workers.relay_ground import Outbox, listen, relaying

DEFAULT = 40_000


def main(events: int) -> None:
    """Fill the outbox, then measure one relay on it; the exact counts are asserted."""
    with rabbitmq_server() as broker, postgres_server(durable=True) as database:
        upgrade(database.url)
        engine = connect(database.url, role="benchmark")
        outbox = Outbox(engine=engine)
        listen(broker.url)
        for _ in range(events // 1_000):
            outbox.add(*(new_id() for _ in range(1_000)))
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        with relaying(outbox.relay(broker.url)):
            outbox.await_published(events, within=300)
            seconds = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_SELF)
        with channel_to(broker.url) as channel:
            assert channel.queue_declare("app.events", passive=True).method.message_count == events
        cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"| relay, confirmed | {events / seconds:,.0f} events/s | {cpu / events * 1e6:.0f} µs CPU of the relay |"
        )
        engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
