"""What a million pending domains write to disk, over ten minutes: `python -m benchmarks.disk [ROWS] [MINUTES]`.

All of them were looked at before, and are looked at again by one worker in the order of their due times, which are
spread as they are in real life. The server writes and compresses its log as the one of `signet run` does.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from threading import Event

from sqlalchemy import Engine

from benchmarks.claim import LOOKS_A_DAY, wal
from benchmarks.ground import SERVERS, Ground, absent, ground
from benchmarks.looks import ALL, ask, fill, listening, signet
from infra.db.engine import connect
from infra.db.migrate import upgrade
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_until

ROWS = 1_000_000
MINUTES = 10
RATE = 500  # looks a second
IN_DNS = 100  # domains with records; none of those that are looked at
SEEN = "SELECT coalesce(sum(times), 0) FROM looks"
DIFFERED = "SELECT count(*) FROM looks_past"
SIZE = """
    SELECT sum(pg_total_relation_size(oid)) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
FIRST_OF_EACH_ZONE = f"""
    UPDATE schedule SET due_at = now() WHERE id IN (
        SELECT DISTINCT ON (zone) id FROM (
            SELECT id, substring(subject from '\\.(.*)') AS zone, substring(subject from '^d(\\d+)')::int AS number
            FROM identities
        ) AS domains
        WHERE number >= {IN_DNS} ORDER BY zone, id
    )
"""
# What one domain of a zone shows, all show.
COPY_LOOKS = """
    INSERT INTO looks (identity_id, number, outcome, findings, first_at, last_at, times)
    SELECT i.id, 1, l.outcome, l.findings, now(), now(), 1
    FROM identities AS i JOIN (
        SELECT substring(subject from '\\.(.*)') AS zone, looks.* FROM looks JOIN identities ON id = identity_id
    ) AS l ON substring(i.subject from '\\.(.*)') = l.zone
    ON CONFLICT DO NOTHING
"""
COPY_FINDINGS = "UPDATE identities AS i SET findings = l.findings FROM looks AS l WHERE l.identity_id = i.id"
SPREAD = """
    UPDATE schedule SET work = 'dns', lease_token = NULL, attempt = 2,
        due_at = now() + random() * {seconds} * interval '1 second'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is at one moment."""

    at: float
    looks: int
    log: int
    size: int


def measure(on: Ground, rows: int, minutes: int) -> None:
    """Fill, look for so many minutes, and say what was written."""
    url, vhost = on.postgres.fresh_database(), on.rabbitmq.fresh_vhost()
    upgrade(url)
    engine = connect(url, role="bench")
    prepare(on.postgres)
    fill(engine, rows, absent)
    with looking(on, url, vhost):
        quickly(engine, FIRST_OF_EACH_ZONE)
        wait_until(lambda: ask(engine, SEEN) == SERVERS, what="one look in each zone", within=60)
    for statement in (COPY_LOOKS, COPY_FINDINGS, SPREAD.format(seconds=rows / RATE)):
        quickly(engine, statement)
    for table in ("identities", "looks", "schedule"):
        on.postgres.run(f"VACUUM FULL ANALYZE {table}", url.rpartition("/")[2])
    on.postgres.run("CHECKPOINT")
    with looking(on, url, vhost):
        standings = list(watched(engine, minutes))
    report(standings, ask(engine, DIFFERED))
    engine.dispose()


def watched(engine: Engine, minutes: int) -> Iterator[Standing]:
    """How it stands once a minute."""
    rest = Event()
    for minute in range(minutes + 1):
        if minute:
            rest.wait(60)
        one = Standing(time.monotonic(), ask(engine, SEEN), wal(engine), ask(engine, SIZE))
        print(
            f"minute {minute}: {one.looks:,} looks, log {one.log / 1e6:,.0f} MB, {one.size / 1e6:,.0f} MB",
            flush=True,
        )
        yield one


def report(standings: list[Standing], differed: int) -> None:
    """What was written, for each look and for a day of a million pending domains."""
    first, last = standings[0], standings[-1]
    looks = last.looks - first.looks
    assert looks > RATE * (last.at - first.at) / 2, "too few looks to say anything"
    log = (last.log - first.log) / looks
    minutes = [(two.log - one.log) / (two.looks - one.looks) for one, two in pairwise(standings)]
    print(f"\n| {looks:,} looks in {last.at - first.at:,.0f} s, {differed} of them differing | |\n|---|---|")
    print(f"| log, octets a look | {log:,.0f} (a minute: {min(minutes):,.0f} to {max(minutes):,.0f}) |")
    print(f"| log, a day of a million pending | {log * LOOKS_A_DAY / 1e9:,.0f} GB |")
    print(f"| tables and indexes | {first.size / 1e6:,.0f} MB before, {last.size / 1e6:,.0f} MB after |")


@contextmanager
def looking(on: Ground, url: str, vhost: str) -> Iterator[None]:
    """Dispatcher and worker at work."""
    with signet(on, url, vhost, [ALL]):
        wait_until(lambda: listening(on, vhost), what="the workers listen", within=60)
        yield


def quickly(engine: Engine, statement: str) -> None:
    """Run a statement over everything, however long it takes."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(statement)


def prepare(server: Postgres) -> None:
    """Let it write its log as the server of `signet run` does."""
    for setting in ("max_wal_size = '2GB'", "wal_compression = on"):
        server.run(f"ALTER SYSTEM SET {setting}")
    server.run("SELECT pg_reload_conf()")


def main(numbers: list[int]) -> None:
    """Measure, and print."""
    rows, minutes = [*numbers, *(ROWS, MINUTES)[len(numbers) :]]
    with ground(IN_DNS) as on:
        measure(on, rows, minutes)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
