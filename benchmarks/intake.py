"""Intake: events per second from RabbitMQ to committed, all on this machine.

`python -m benchmarks.intake [EVENTS]`. The role in a process of its own (the queue gives to one at a time); the exact
counts are asserted.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pika

from benchmarks.ground import cpu_seconds
from infra.amqp.link import Broker
from infra.amqp.publisher import Outgoing, Publisher
from infra.amqp.topology import DEAD, INBOUND, INTAKE
from infra.db.migrate import upgrade
from tests.servers.daemon import Daemon
from tests.servers.postgres import postgres_server
from tests.servers.rabbitmq import rabbitmq_server
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import Ground, ground, registered

DEFAULT = 40_000


def main(events: int) -> None:
    """Fill the queue, then measure the role on it, from its first commit to its last."""
    with rabbitmq_server() as broker, postgres_server(durable=True) as database:
        upgrade(database.url)
        with ground(database.url, broker.url) as place:
            fill(place.url, events)
            with intake(place, database.url) as role:
                wait_until(lambda: taken(place) > 0, what="the first events", within=60, every=0.02)
                measured = {"intake": [role], "PostgreSQL": [database.daemon], "RabbitMQ": [broker.daemon]}
                first, began = taken(place), time.monotonic()
                before = {name: cpu_seconds(daemons) for name, daemons in measured.items()}
                wait_until(lambda: taken(place) == events, what="all events", within=300, every=0.1)
                seconds, count = time.monotonic() - began, events - first
                parts = ", ".join(
                    f"{name} {(cpu_seconds(daemons) - before[name]) / count * 1e6:.0f}"
                    for name, daemons in measured.items()
                )
            assert (place.depth(INTAKE), place.depth(DEAD)) == (0, 0)
            print(f"| intake, committed | {count / seconds:,.0f} events/s | µs of CPU an event: {parts} |")


def taken(place: Ground) -> int:
    """How many registrations are committed."""
    return int(place.rows("SELECT count(*) FROM identities")[0][0])


@contextmanager
def intake(place: Ground, url: str) -> Iterator[Daemon]:
    """The role."""
    with tempfile.TemporaryDirectory(prefix="signet-bench-") as folder:
        environment = os.environ | {
            "SIGNET_DATABASE_URL": url,
            "SIGNET_BROKER_URL": place.url,
            "SIGNET_STATE": folder,
            "SIGNET_DKIM_ZONE": "dkim.signet.example",
            "SIGNET_PLANS": "BUSINESS",
            "SIGNET_LAB": "1",
        }
        command = [sys.executable, "-m", "tests.workers.role", "intake"]
        daemon = Daemon(command=command, log=Path(folder) / "intake.log", env=environment)
        daemon.start()
        try:
            yield daemon
        finally:
            daemon.stop()


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
