"""Looks per second, from due to told: Signet on RabbitMQ and PostgreSQL, against its peers.

`python -m benchmarks.looks [N] [--peers]`. Exact counts of live and dead domains are asserted.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.against import PEERS, measure_peer
from benchmarks.ground import Ground, challenge, cpu_seconds, ground, subject
from benchmarks.result import HEAD, Result
from domain.lifecycle import Step
from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import SqlUnitOfWork
from infra.tokens import new_id
from tests.domain.building import an_identity
from tests.servers.daemon import Daemon
from tests.servers.waiting import wait_until

DEFAULT = 40_000
PORTION = 5_000
WORKERS = 1

DONE = "SELECT count(*) FROM schedule WHERE attempt = 1"
UNTOLD = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
VERIFIED = "SELECT count(*) FROM identities WHERE state = 'verified'"
BLIND = "SELECT count(*) FROM looks WHERE outcome = 'inconclusive'"


def measure_signet(on: Ground, workers: int = WORKERS) -> Result:
    """Everything is due at once; measured until the last live domain is verified, and told."""
    url, vhost = on.postgres.fresh_database(), on.rabbitmq.fresh_vhost()
    upgrade(url)
    engine = connect(url, role="bench")
    fill(engine, on.count)
    with signet(on, url, vhost, workers) as roles:
        daemons = on.daemons | roles
        wait_until(lambda: listening(on, vhost), what="the workers listen", within=30)
        before = {name: cpu_seconds([daemon]) for name, daemon in daemons.items()}
        began = time.monotonic()
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE schedule SET due_at = now()")
        wait_until(lambda: ask(engine, DONE) == 0, what="every domain is looked at", within=600, every=0.25)
        seconds = time.monotonic() - began
        wait_until(lambda: ask(engine, UNTOLD) == 0, what="everything is told", within=60, every=0.25)
        told = time.monotonic() - began
        cpu = {name: cpu_seconds([daemon]) - before[name] for name, daemon in daemons.items()}
        for name, daemon in roles.items():
            daemon.stop()
            if "KEEP_LOGS" in os.environ:
                shutil.copy(daemon.log, Path(os.environ["KEEP_LOGS"], f"{name}.log"))
            print(name, daemon.output(400).splitlines()[-1:], flush=True)
    print(f"(told after {told:.1f} s, looked after {seconds:.1f} s)", flush=True)
    assert ask(engine, VERIFIED) == on.count - on.dead, f"live: {ask(engine, VERIFIED)}"
    assert ask(engine, BLIND) == on.dead, f"dead: {ask(engine, BLIND)}"
    engine.dispose()
    return Result(name=f"Signet, {workers} worker", looks=on.count, seconds=told, cpu=cpu)


@contextmanager
def signet(on: Ground, url: str, vhost: str, workers: int) -> Iterator[dict[str, Daemon]]:
    """A dispatcher and workers, each a process of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signet-bench-")))
        environment = os.environ | {
            "SIGNET_DATABASE_URL": url,
            "SIGNET_BROKER_URL": vhost,
            "SIGNET_RESOLVERS": f"{on.dnsdist.address}:{on.dnsdist.port}",
            "SIGNET_STATE": str(folder),
            "SIGNET_DKIM_ZONE": "dkim.signet.example",
        }
        roles = {}
        names = ["dispatcher", *(f"worker {number}" for number in range(workers))]
        for name in names:
            command = [sys.executable, "-m", "tests.workers.role", name.partition(" ")[0]]
            daemon = Daemon(command=command, log=folder / f"{name}.log", env=environment)
            daemon.start()
            stack.callback(daemon.stop)
            roles[name] = daemon
        try:
            yield roles
        except BaseException:
            for name, daemon in roles.items():
                print(name, daemon.output(), sep="\n")
            raise


def fill(engine: Engine, count: int) -> None:
    """Register so many domains, none of them due yet."""
    for first in range(0, count, PORTION):
        with SqlUnitOfWork(engine) as work:
            now = work.now
            made = [
                replace(
                    an_identity(challenge=challenge(number)),
                    id=new_id(),
                    subject=subject(number),
                    contact=None,
                    created_at=now,
                    window_at=now,
                    acted_at=now - timedelta(hours=1),
                    deadline=now + timedelta(hours=47),
                    last_look_at=now + timedelta(hours=47),
                )
                for number in range(first, min(first + PORTION, count))
            ]
            work.identities.add(made)
            work.schedule.put([Step(identity=one, due_at=now + timedelta(hours=1)) for one in made])
            work.commit()
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def listening(on: Ground, vhost: str) -> bool:
    """Whether every queue of looks has somebody to work on it."""
    queues = on.rabbitmq.queues(vhost)
    return all(name in queues and queues[name].consumers for name in ("signet.dns", "signet.dns.fresh"))


def ask(engine: Engine, question: str) -> int:
    """One number from the database."""
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(question).scalar_one())


def main(arguments: list[str]) -> None:
    """Measure all, and print the table."""
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    count = numbers[0] if numbers else DEFAULT
    with ground(count) as on:
        print(HEAD)
        ours = measure_signet(on, numbers[1] if len(numbers) > 1 else WORKERS)
        print(ours.row(), flush=True)
        if "--alone" in arguments:
            return
        for peer in PEERS:
            theirs = measure_peer(on, peer)
            print(theirs.row(), f"Signet: {ours.rate / theirs.rate:.0f} times |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
