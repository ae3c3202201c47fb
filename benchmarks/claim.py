"""What claiming and writing cost with ten thousand waiting rows, and with a million.

Run: `python -m benchmarks.claim [rows …]`. Prints Markdown tables. The claim must cost with a million
rows what it costs with ten thousand (within 2 times), and walk the partial index.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Engine

from domain.lifecycle import Step
from domain.ports import Awaited, Looked, Ticket, Work
from domain.verdict import Finding, Outcome, ServerAnswer
from infra.db.engine import connect
from infra.db.link import Link
from infra.db.migrate import upgrade
from infra.db.schedule import CLAIM
from infra.db.unit_of_work import SqlUnitOfWork, units
from tests.conformance.building import a_registration, an_event
from tests.domain.building import MISSING
from tests.servers.postgres import Postgres, postgres_server

BATCH = 500
CLAIMS = 12
WARM = 3
LEASE = timedelta(minutes=10)
LOOKS_A_DAY = 1_090 * 86_400  # a million pending domains on the schedule of the contract

FILL = """
    INSERT INTO schedule (id, work, attempt, due_at)
    SELECT gen_random_uuid(), 'dns', 1 + (random() * 200)::int,
        now() + CASE WHEN n <= %(due)s THEN -random() ELSE 60 + 1800 * random() END * interval '1 second'
    FROM generate_series(1, %(rows)s) AS n
"""
SIZES = """
    SELECT relname, pg_table_size(oid) / greatest(reltuples, 1), pg_indexes_size(oid) / greatest(reltuples, 1)
    FROM pg_class WHERE relname IN ('schedule', 'identities', 'looks', 'outbox') ORDER BY relname
"""


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of many runs."""

    runs: tuple[float, ...]

    def __str__(self) -> str:
        ordered = sorted(self.runs)
        return f"{statistics.median(ordered):.1f} | {ordered[int(len(ordered) * 0.95)]:.1f}"


@contextmanager
def database(server: Postgres, name: str) -> Iterator[Engine]:
    """A migrated database of its own."""
    server.run(f"CREATE DATABASE {name}")
    upgrade(server.url_of(name))
    engine = connect(server.url_of(name), role="bench")
    yield engine
    engine.dispose()


def timed(runs: int, run: Callable[[], object]) -> Timings:
    """Run something some times."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        run()
        taken.append((time.perf_counter() - begun) * 1_000)
    return Timings(tuple(taken))


def claim(unit: Callable[[], SqlUnitOfWork], work: Work) -> list[Ticket]:
    """One claim of a batch, committed."""
    with unit() as transaction:
        tickets = transaction.schedule.claim(work, limit=BATCH, lease=LEASE)
        transaction.commit()
    assert len(tickets) == BATCH, len(tickets)
    return list(tickets)


def claims(server: Postgres, rows: int) -> None:
    """Claim batch after batch out of `rows` waiting ones."""
    with database(server, f"claims_{rows}") as engine:
        with engine.begin() as connection:
            Link(connection).run("SET LOCAL statement_timeout = 0")
            Link(connection).run(FILL, {"rows": rows, "due": BATCH * (CLAIMS + WARM)})
        server.run("VACUUM ANALYZE schedule", f"claims_{rows}")
        unit = units(engine)
        timed(WARM, lambda: claim(unit, Work.DNS))
        timings = timed(CLAIMS, lambda: claim(unit, Work.DNS))
        print(f"| {rows:,} | {timings} | {index_in_plan(engine)} |")


def index_in_plan(engine: Engine) -> str:
    """The index that the claim walks."""
    asked = {"work": "dns", "limit": BATCH, "lease": LEASE}
    with engine.connect() as connection:
        plan = [row[0] for row in Link(connection).rows(f"EXPLAIN {CLAIM}", asked)]
    assert not any("Seq Scan" in line for line in plan), plan
    return str(next(line.split("using ")[1].split(" on ")[0] for line in plan if "Index Scan" in line))


def looks(server: Postgres) -> None:
    """Read and write batches of looks: the first, equal ones, differing ones."""
    with database(server, "looks") as engine:
        unit = units(engine)
        register(unit, BATCH)
        written: dict[str, list[float]] = {"first": [], "equal": [], "differing": []}
        read: list[float] = []
        log: list[int] = []
        for number in range(CLAIMS * 4):
            tickets = claim(unit, Work.DNS_FRESH)
            begun = time.perf_counter()
            awaited = read_all(unit, tickets)
            read.append((time.perf_counter() - begun) * 1_000)
            kind = "first" if number == 0 else "equal" if number % 2 else "differing"
            batch = [waited(one, "SERVFAIL" if number // 2 % 2 else "NXDOMAIN", kind) for one in awaited]
            before, begun = wal(engine), time.perf_counter()
            write(unit, batch)
            written[kind].append((time.perf_counter() - begun) * 1_000)
            if kind == "equal":
                log.append(wal(engine) - before)
        report(server, read, written, statistics.median(log) / BATCH)


def report(server: Postgres, read: list[float], written: dict[str, list[float]], log: float) -> None:
    """Print what was measured, and what follows for a day."""
    print(f"\n| {BATCH} looks | median ms | p95 ms |\n|---|---|---|")
    print(f"| read what is awaited | {Timings(tuple(read))} |")
    for kind in ("equal", "differing"):
        print(f"| write, {kind} | {Timings(tuple(written[kind]))} |")
    server.run("VACUUM FULL ANALYZE", "looks")
    print("\n| table | bytes a row | of its indexes |\n|---|---|---|")
    for name, table, indexes in server.run(SIZES, "looks"):
        print(f"| {name} | {float(str(table)):.0f} | {float(str(indexes)):.0f} |")
    kept = server.run("SELECT sum(pg_column_size(l.*)) / count(*) FROM looks_past AS l", "looks")[0][0]
    print(f"| looks_past | {float(str(kept)):.0f} | |")
    gigabytes = log * LOOKS_A_DAY / 1e9
    print(
        f"\nAn equal look writes {log:.0f} octets of log: {gigabytes:.0f} GB a day at a million pending, recycled."
    )


def register(unit: Callable[[], SqlUnitOfWork], count: int) -> None:
    """Store domains that are due."""
    with unit() as work:
        new = [replace(a_registration(work.now, subject=f"d{n}.example"), sequence=1) for n in range(count)]
        work.identities.add(new)
        work.schedule.put([Step(identity=one, due_at=work.now) for one in new])
        work.outbox.add([an_event(one, 1) for one in new])
        work.commit()


def read_all(unit: Callable[[], SqlUnitOfWork], tickets: list[Ticket]) -> list[Awaited]:
    """Read what the tickets are for."""
    with unit() as work:
        return list(work.looks.awaited(tickets))


def write(unit: Callable[[], SqlUnitOfWork], batch: list[Looked]) -> None:
    """Write looks, committed."""
    with unit() as work:
        assert len(work.looks.write(batch)) == len(batch)
        work.commit()


def waited(awaited: Awaited, rcode: str, kind: str) -> Looked:
    """A look that found nothing yet, due again at once; `kind` differing ones see something else each time."""
    seen = (
        (rcode,) if kind == "differing" else awaited.last_look.findings[0].seen if awaited.last_look else ()
    )
    servers = (ServerAnswer(server="ns1.example", address="192.0.2.1:53", rcode=rcode),)
    findings: tuple[Finding, ...] = tuple(
        replace(finding, record=record, seen=seen, servers=servers)
        for finding, record in zip(MISSING.findings, awaited.identity.challenge.records, strict=True)
    )
    progress = replace(awaited.progress, attempt=awaited.progress.attempt + 1)
    step = Step(identity=awaited.identity, progress=progress, due_at=awaited.read_at)
    return Looked(awaited=awaited, step=step, outcome=Outcome.NOT_YET, findings=findings, at=awaited.read_at)


def wal(engine: Engine) -> int:
    """How much log was ever written."""
    with engine.connect() as connection:
        return int(Link(connection).one("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")[0])


def main() -> None:
    """Measure, and print."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [10_000, 1_000_000]
    with postgres_server(durable=True) as server:
        print(f"| rows waiting | claim of {BATCH}: median ms | p95 ms | index |\n|---|---|---|---|")
        for rows in sizes:
            claims(server, rows)
        looks(server)


if __name__ == "__main__":
    main()
