"""Intake: events per second from RabbitMQ to committed, all on this machine: `python -m benchmarks.intake [N]`."""

import resource
import sys
import time

import pika

from benchmarks.ground import cpu_seconds
from infra.amqp.link import Broker
from infra.amqp.publisher import Outgoing, Publisher
from infra.amqp.topology import INBOUND
from infra.db.migrate import upgrade
from tests.servers.postgres import postgres_server
from tests.servers.rabbitmq import rabbitmq_server
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import consuming, ground, registered

DEFAULT = 40_000


def main(events: int) -> None:
    """Fill the queue, then measure one intake on it; the exact counts are asserted."""
    with rabbitmq_server() as broker, postgres_server(durable=True) as database:
        upgrade(database.url)
        with ground(database.url, broker.url) as place:
            fill(place.url, events)
            servers = cpu_seconds([database.daemon]), cpu_seconds([broker.daemon])
            before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
            with consuming(place.door()):
                wait_until(lambda: sum(place.results.values()) >= events, what="all events", within=300)
            seconds = time.monotonic() - began
            used = resource.getrusage(resource.RUSAGE_SELF)
            postgres = cpu_seconds([database.daemon]) - servers[0]
            rabbitmq = cpu_seconds([broker.daemon]) - servers[1]
            assert place.results == {"accepted": events}
            assert place.rows("SELECT count(*) FROM identities")[0][0] == events
            cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"| intake, committed | {events / seconds:,.0f} events/s | µs of CPU an event:"
                f" intake {cpu / events * 1e6:.0f},"
                f" PostgreSQL {postgres / events * 1e6:.0f}, RabbitMQ {rabbitmq / events * 1e6:.0f} |"
            )


def fill(url: str, events: int) -> None:
    """Put registrations into the queue, many in flight."""
    publisher = Publisher(Broker(url=url), "fill")
    properties = pika.BasicProperties(delivery_mode=2)
    publisher.send(
        [
            Outgoing(key=n, exchange=INBOUND, routing_key="any", body=registered(n), properties=properties)
            for n in range(events)
        ]
    )
    answers: list[object] = []
    wait_until(
        lambda: answers.extend(publisher.answers(0.5)) or len(answers) == events, what="filled", within=300
    )
    publisher.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
