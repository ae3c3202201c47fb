"""The peers at the same work: their database, their queue, the same names behind the same delay."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ground import Ground, challenge, cpu_seconds, is_dead
from benchmarks.result import Result
from tests.servers.daemon import Daemon
from tests.servers.waiting import wait_until

DRAMATIQ = (sys.executable, "-m", "dramatiq", "benchmarks.peers.on_dramatiq")
CELERY = (sys.executable, "-m", "celery", "-A", "benchmarks.peers.on_celery", "worker", "--loglevel", "error")

TABLE = """
    CREATE TABLE domains (id int PRIMARY KEY, records jsonb NOT NULL, state text NOT NULL DEFAULT 'pending',
                          attempts int NOT NULL DEFAULT 0, looked_at timestamptz)
"""
DONE = "SELECT count(*) FROM domains WHERE state <> 'pending'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One way to do it. `domains` is so many that it takes 20 to 50 seconds: the last dead ones add little."""

    name: str
    command: tuple[str, ...]
    send: str
    patience: float
    domains: int


PEERS = (
    Peer(
        name="dramatiq, 2 × 8 threads",
        command=(*DRAMATIQ, "--processes", "2", "--threads", "8"),
        send="from benchmarks.peers.on_dramatiq import look; send = look.send",
        patience=5,
        domains=2_400,
    ),
    Peer(
        name="Celery, 16 processes",
        command=(*CELERY, "--concurrency", "16"),
        send="from benchmarks.peers.on_celery import look; send = look.delay",
        patience=5,
        domains=2_400,
    ),
    Peer(
        name="dramatiq, 2 × 64 threads, 2 s of patience",
        command=(*DRAMATIQ, "--processes", "2", "--threads", "64"),
        send="from benchmarks.peers.on_dramatiq import look; send = look.send",
        patience=2,
        domains=8_000,
    ),
    Peer(
        name="Celery, 128 threads, 2 s of patience",
        command=(*CELERY, "--pool", "threads", "--concurrency", "128"),
        send="from benchmarks.peers.on_celery import look; send = look.delay",
        patience=2,
        domains=8_000,
    ),
)


def measure_peer(on: Ground, peer: Peer) -> Result:
    """From its first look to its last; the dead ones are counted as exactly as ours."""
    url, count = on.postgres.fresh_database(), min(peer.domains, on.count)
    fill(on, url, count)
    with working(on, url, peer, count) as daemon:
        daemons = on.daemons | {"workers": daemon}
        wait_until(lambda: done(on, url) > 0, what="the first look", within=60)
        began, before = time.monotonic(), {name: cpu_seconds([one]) for name, one in daemons.items()}
        first = done(on, url)
        wait_until(lambda: done(on, url) == count, what="every look", within=300, every=0.1)
        seconds = time.monotonic() - began
        cpu = {name: cpu_seconds([one]) - before[name] for name, one in daemons.items()}
    live = number(on, url, "SELECT count(*) FROM domains WHERE state = 'verified'")
    dead = sum(map(is_dead, range(count)))
    name = peer.name if live == count - dead else f"{peer.name} ({count - dead - live} live ones judged dead)"
    return Result(name=name, looks=count - first, seconds=seconds, cpu=cpu)


def fill(on: Ground, url: str, count: int) -> None:
    """Put the same domains into the peer's own table."""
    database = url.rpartition("/")[2]
    on.postgres.run(TABLE, database)
    rows = ", ".join(
        f"({one}, '{json.dumps([[record.name, record.value] for record in challenge(one).records])}')"
        for one in range(count)
    )
    on.postgres.run(f"INSERT INTO domains (id, records) VALUES {rows}", database)
    on.postgres.run("ANALYZE domains", database)


@contextmanager
def working(on: Ground, url: str, peer: Peer, count: int) -> Iterator[Daemon]:
    """The peer's workers, with all messages in their queue."""
    environment = os.environ | {
        "PEER_DATABASE": url.replace("+psycopg", ""),
        "PEER_BROKER": on.rabbitmq.fresh_vhost(),
        "PEER_RESOLVER": f"{on.dnsdist.address}:{on.dnsdist.port}",
        "PEER_PATIENCE": str(peer.patience),
        "PYTHONPATH": str(Path.cwd()),
    }
    with tempfile.TemporaryDirectory(prefix="signet-peer-") as name:
        folder = Path(name)
        sending = Daemon(
            command=[sys.executable, "-c", f"{peer.send}\nfor one in range({count}): send(one)"],
            log=folder / "sending",
            env=environment,
        )
        sending.start()
        wait_until(lambda: not sending.is_running(), what="all messages are sent", within=120)
        sending.stop()
        daemon = Daemon(command=peer.command, log=folder / "workers", env=environment)
        daemon.start()
        try:
            yield daemon
        except BaseException:
            print(sending.output(), daemon.output(), sep="\n")
            raise
        finally:
            daemon.kill9()


def done(on: Ground, url: str) -> int:
    """How many domains are looked at."""
    return number(on, url, DONE)


def number(on: Ground, url: str, question: str) -> int:
    """One number from the peer's database."""
    return int(str(on.postgres.run(question, url.rpartition("/")[2])[0][0]))
