"""DKIM keys a second, made and published, against bare key generation: `python -m benchmarks.dkim_keys [N]`.

Every domain has a key that signs, and a new one was asked for. From due to published and seen on a Knot and a BIND:
made, locked away, sent by update, seen, written. Bare: as many threads that make keys and do nothing else.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from domain.dkim_keys import DkimKey, KeyState
from domain.dkim_ports import OwnZone, Visited
from domain.dkim_rotation import WATCH
from domain.identity import Domain
from domain.ports import Work
from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import SqlUnitOfWork
from infra.dkim.making import make_key
from tests.servers.dynamic_zone import Primary, dynamic_zone
from tests.servers.postgres import postgres_server
from tests.workers.dkim_ground import settings_for
from tests.workers.lab import register
from workers import bootstrap
from workers.bootstrap import dkim
from workers.rotation import Rotating, rotate
from workers.routes import KEYS

DEFAULT = 1_000
AIM = 0.8
ZONE = "dkim.signet.example"
PORTION = 500

Units = Callable[[], SqlUnitOfWork]


def fill(unit: Units, settings: bootstrap.Settings, zone: OwnZone, count: int) -> None:
    """Register domains whose keys sign, and ask for new ones."""
    for first in range(0, count, PORTION):
        names = [f"d{number}.example.org" for number in range(first, min(first + PORTION, count))]
        domains = [one for one in register(settings, unit, *names) if isinstance(one, Domain)]
        there: dict[str, str | None] = {}
        with unit() as work:
            work.dkim.begin(domains)
            for one in work.dkim.awaited(
                work.schedule.claim(Work.KEYS, limit=PORTION, lease=timedelta(hours=1))
            ):
                key = DkimKey(
                    number=1,
                    selector=0,
                    public_key="AAAA",
                    made_at=work.now,
                    state=KeyState.ACTIVE,
                    active_at=work.now,
                )
                pair = replace(one.pair, keys=(key,), made=1)
                work.dkim.write(Visited(before=one, pair=pair, due_at=work.now + WATCH))
                there |= pair.records
            work.commit()
        assert zone.publish(there) is None
    with unit() as work:
        for row in work.outbox._link.rows("SELECT domain_id::text FROM dkim_pairs"):  # noqa: SLF001
            work.dkim.ask(row[0])
        work.commit()


def in_threads(work: Callable[[], None]) -> float:
    """Let the threads of the route do it; answer how many seconds that took."""
    threads = [threading.Thread(target=work) for _ in range(KEYS.threads)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def bare(count: int) -> float:
    """Keys a second of threads that do nothing else."""
    left = iter(range(count))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            make_key()

    return count / in_threads(work)


def rotated(unit: Units, rotating: Rotating, count: int) -> float:
    """Keys a second of a worker process that sees to what is due."""
    rest = threading.Event()

    def work() -> None:
        while made(unit) != (count, 2 * count):
            with unit() as claiming:
                tickets = claiming.schedule.claim(Work.KEYS, limit=KEYS.size, lease=KEYS.lease)
                claiming.commit()
            if tickets:
                rotate(tickets, rotating)
            else:
                rest.wait(KEYS.poll)

    return count / in_threads(work)


def main(count: int) -> None:
    """Measure both in one run, the bare one before and after; the exact counts are asserted."""
    bootstrap.configure("console", "warning", process="benchmark")
    with (
        postgres_server(durable=True) as database,
        dynamic_zone(ZONE, Primary.KNOT) as zone,
        tempfile.TemporaryDirectory() as state,
    ):
        upgrade(database.url)
        engine = connect(database.url, role="benchmark", pool=10)
        settings = settings_for(zone, SIGNET_STATE=state)
        unit = bootstrap.unit_of_work(settings, engine)
        rotating = dkim.rotating(settings, unit)
        assert rotating is not None
        fill(unit, settings, rotating.zone, count)
        before = bare(count // 4)
        rate = rotated(unit, rotating, count)
        bare_rate = (before + bare(count // 4)) / 2
        assert made(unit) == (count, 2 * count)
        engine.dispose()
    share = rate / bare_rate
    print(f"| DKIM keys made, published, seen | {rate:.1f} keys/s |")
    print(f"| bare key generation | {bare_rate:.1f} keys/s; {share:.0%} of it (aim: {AIM:.0%}) |")


def made(unit: Units) -> tuple[int, int]:
    """How many pairs there are, and how many keys were made for them."""
    with unit() as work:
        row = work.outbox._link.one("SELECT count(*), sum(made) FROM dkim_pairs")  # noqa: SLF001
    return int(row[0]), int(row[1])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
