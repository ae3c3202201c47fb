"""Looks per second, from due to told: Signet on RabbitMQ and PostgreSQL, against its peers.

`python -m benchmarks.looks [N [WORKERS]] [--routine | --alone]`: only looks that find nothing new, or no peers.
Exact counts of live and dead domains are asserted.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.against import PEERS, measure_peer
from benchmarks.ground import Ground, absent, challenge, cpu_seconds, ground, subject
from benchmarks.result import HEAD, Result
from domain.challenge import Challenge
from domain.identity import Progress
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
ALL: Sequence[str] = ()  # queues of a worker that serves every one
SECOND = Progress(attempt=2)  # routine: only every sixth look also seeks what was put elsewhere

# Whether one is left, not how many: who waits asks several times a second.
DONE = "SELECT count(*) FROM (SELECT FROM schedule WHERE attempt = 2 LIMIT 1) AS one"
AGAIN = "SELECT count(*) FROM (SELECT FROM schedule WHERE attempt = 3 LIMIT 1) AS one"
UNTOLD = "SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT 1) AS one"
VERIFIED = "SELECT count(*) FROM identities WHERE state = 'verified'"
MISSING = "SELECT count(*) FROM looks WHERE outcome = 'not_yet' AND times = 2"
BLIND = "SELECT count(*) FROM looks WHERE outcome = 'inconclusive'"


def measure_proofs(on: Ground, workers: int = WORKERS) -> Result:
    """Everything is due at once; measured until the last live domain is verified, and its event confirmed."""
    with installed(on, workers, challenge) as (engine, daemons):
        make_due(engine)
        seconds, cpu = timed(daemons, lambda: ask(engine, DONE) == 0 and ask(engine, UNTOLD) == 0)
        live, dead = ask(engine, VERIFIED), ask(engine, BLIND)
    assert (live, dead) == (on.count - on.dead, on.dead), f"live and dead: {live}, {dead}"
    return Result(name=f"Signet, {workers} worker", looks=on.count, seconds=seconds, cpu=cpu)


def measure_routine(on: Ground, workers: int = WORKERS) -> Result:
    """Looks that find nothing new, as nearly all are: the records are still missing, the second time."""
    with installed(on, workers, absent) as (engine, daemons):
        make_due(engine)
        wait_until(lambda: ask(engine, DONE) == 0, what="the first looks", within=600, every=0.5)
        make_due(engine)
        seconds, cpu = timed(daemons, lambda: ask(engine, AGAIN) == 0)
        missing, dead = ask(engine, MISSING), ask(engine, BLIND)
    assert (missing, dead) == (on.count - on.dead, on.dead), f"missing and dead: {missing}, {dead}"
    return Result(name=f"Signet, {workers} worker, nothing new", looks=on.count, seconds=seconds, cpu=cpu)


def timed(daemons: Mapping[str, Daemon], is_done: Callable[[], bool]) -> tuple[float, dict[str, float]]:
    """Wait until all is done: how long it took, and the CPU of each process meanwhile."""
    before = {name: cpu_seconds([daemon]) for name, daemon in daemons.items()}
    began = time.monotonic()
    wait_until(is_done, what="every domain is looked at, and told", within=600, every=0.5)
    seconds = time.monotonic() - began
    return seconds, {name: cpu_seconds([daemon]) - before[name] for name, daemon in daemons.items()}


@contextmanager
def installed(
    on: Ground, workers: int, proof: Callable[[int], Challenge]
) -> Iterator[tuple[Engine, Mapping[str, Daemon]]]:
    """A Signet with all its processes at work, and domains of which none is due yet."""
    url, vhost = on.postgres.fresh_database(), on.rabbitmq.fresh_vhost()
    upgrade(url)
    engine = connect(url, role="bench")
    fill(engine, on.count, proof)
    with signet(on, url, vhost, [ALL] * workers) as roles:
        wait_until(lambda: listening(on, vhost), what="the workers listen", within=60)
        yield engine, on.daemons | roles
    engine.dispose()


@contextmanager
def signet(on: Ground, url: str, vhost: str, workers: Sequence[Sequence[str]]) -> Iterator[dict[str, Daemon]]:
    """A dispatcher and workers, each a process of its own; of each worker the queues that it serves."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signet-bench-")))
        environment = os.environ | {
            "SIGNET_DATABASE_URL": url,
            "SIGNET_BROKER_URL": vhost,
            "SIGNET_RESOLVERS": f"{on.dnsdist.address}:{on.dnsdist.port}",
            "SIGNET_AUTHORITY_PORT": str(on.dnsdist.port),
            "SIGNET_EGRESS_ALLOW": "127.0.0.0/8",
            "SIGNET_STATE": str(folder),
            "SIGNET_DKIM_ZONE": "dkim.signet.example",
        }
        roles = {}
        named = {f"worker {number}": ["worker", *queues] for number, queues in enumerate(workers)}
        for name, words in ({"dispatcher": ["dispatcher"]} | named).items():
            command = [sys.executable, "-m", "tests.workers.role", *words]
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


def fill(engine: Engine, count: int, proof: Callable[[int], Challenge]) -> None:
    """Register so many domains, none of them due yet."""
    for first in range(0, count, PORTION):
        with SqlUnitOfWork(engine) as work:
            now = work.now
            made = [
                replace(
                    an_identity(challenge=proof(number)),
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
            later = now + timedelta(hours=1)
            work.schedule.put([Step(identity=one, progress=SECOND, due_at=later) for one in made])
            work.commit()
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def make_due(engine: Engine) -> None:
    """Let everything come due now."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schedule SET due_at = now(), work = 'dns', lease_token = NULL")


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
        workers = numbers[1] if len(numbers) > 1 else WORKERS
        routine = measure_routine(on, workers)
        print(routine.row(), flush=True)
        if "--routine" in arguments:
            return
        proofs = measure_proofs(on, workers)
        print(proofs.row(), flush=True)
        if "--alone" in arguments:
            return
        for peer in PEERS:
            theirs = measure_peer(on, peer)
            faster = [ours.rate / theirs.rate for ours in (routine, proofs)]
            print(theirs.row(), "Signet: {:.1f} and {:.1f} times |".format(*faster), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
