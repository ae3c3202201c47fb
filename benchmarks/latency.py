"""From published to looked at: how long a registration waits for its first look, idle and behind a backlog.

`python -m benchmarks.latency [N]`. Registrations come over RabbitMQ, one every fifth of a second.
"""

import json
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pika
from sqlalchemy import Engine

from benchmarks.ground import Ground, absent, ground, zone_name
from benchmarks.looks import ALL, ask, fill, listening, signet
from infra.amqp.topology import INBOUND
from infra.db.engine import connect
from infra.db.migrate import upgrade
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import consuming
from tests.workers.intake_ground import ground as intake_ground
from workers.routes import FRESH, ROUTINE

DEFAULT = 50_000
REGISTRATIONS = 100
PAUSE = 0.2
ONE = (ALL,)
APART = ((ROUTINE.queue,), (FRESH.queue,))  # as docker-compose.yml has them
LOOKED_AT = "SELECT count(*) FROM looks JOIN identities ON id = identity_id WHERE account = 'latency'"
FIRST = "SELECT subject, first_at FROM looks JOIN identities ON id = identity_id WHERE account = 'latency'"


def measure(on: Ground, backlog: int, workers: Sequence[Sequence[str]]) -> Sequence[float]:
    """Seconds from published to looked at, for each registration; behind `backlog` routine looks due at once.

    `workers`: the queues that each of them serves.
    """
    url, vhost = on.postgres.fresh_database(), on.rabbitmq.fresh_vhost()
    upgrade(url)
    engine = connect(url, role="bench")
    fill(engine, backlog, absent)
    with signet(on, url, vhost, workers), intake_ground(url, vhost) as place, consuming(place.door()):
        wait_until(lambda: listening(on, vhost), what="the workers listen", within=30)
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE schedule SET due_at = now()")
        published = register(vhost)
        left = ask(engine, "SELECT count(*) FROM schedule WHERE attempt = 2")
        wait_until(lambda: ask(engine, LOOKED_AT) == REGISTRATIONS, what="all first looks", within=120)
    waited = waits(engine, published)
    engine.dispose()
    if backlog:
        assert left > REGISTRATIONS, "the backlog was gone before the last registration: take a larger one"
    return waited


def register(vhost: str) -> dict[str, datetime]:
    """Publish registrations at a steady pace; when each was handed over."""
    connection = pika.BlockingConnection(pika.URLParameters(vhost))
    channel = connection.channel()
    published = {}
    for number in range(REGISTRATIONS):
        name = f"fresh{number}.{zone_name(number)}"
        data = {"account": "latency", "plan": "BUSINESS", "domain": name}
        event = {
            "specversion": "1.0",
            "id": name,
            "source": "urn:bench",
            "type": "org.signet.domain.registered.v1",
        }
        published[name] = datetime.now(UTC)
        body = json.dumps(event | {"data": data}).encode()
        channel.basic_publish(INBOUND, "any", body, pika.BasicProperties(delivery_mode=2))
        connection.sleep(PAUSE)
    connection.close()
    return published


def waits(engine: Engine, published: dict[str, datetime]) -> Sequence[float]:
    """How long each waited until its first look had its answer."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(FIRST).all()
    return sorted((first_at - published[name]).total_seconds() for name, first_at in rows)


def row(name: str, waited: Sequence[float]) -> str:
    """One line of the table."""
    cuts = statistics.quantiles(waited, n=100)
    return f"| published to first look, {name} | p50 {cuts[49]:.2f} s | p99 {cuts[98]:.2f} s |"


def main(backlog: int) -> None:
    """Measure all, and print the table."""
    behind = f"{backlog:,} looks behind"
    with ground(backlog) as on:
        for name, size, workers in (
            ("idle", 0, ONE),
            (behind, backlog, ONE),
            (f"{behind}, with a worker of its own", backlog, APART),
        ):
            print(row(name, measure(on, size, workers)), flush=True)


if __name__ == "__main__":
    began = time.monotonic()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    print(f"({time.monotonic() - began:.0f} s)")
