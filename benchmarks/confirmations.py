"""Confirmation mails a second to a local relay: `python -m benchmarks.confirmations [N] [WORKERS]`.

Addresses of enough accounts that none is postponed. From due to told: the link is made, the mail written, handed over
by SMTP, and its event written. Two worker processes, as an operator would start on two cores; the relay runs in a
process of its own, on the same cores.
"""

import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from benchmarks.ground import cpu_seconds
from domain.allowance import PER_ACCOUNT
from domain.ports import Work
from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import units
from infra.settings import Settings
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.smtp import smtp_server
from tests.workers.addresses import Units, arrival, names, prove
from workers import bootstrap
from workers.bootstrap import mail
from workers.intake import Accepted, take
from workers.mails import send
from workers.routes import MAIL
from workers.sending import Sending

MAILS = 3_000
WORKERS = 2
AIM = 200
SPAWN = multiprocessing.get_context("spawn")


def relay(ours: Connection) -> None:
    """Run a relay until it is asked whom it has mails for."""
    with smtp_server() as server:
        ours.send(server.port)
        ours.recv()
        ours.send([one.recipients for one in server.received])


def worker(url: str, settings: Settings, ours: Connection) -> None:
    """Send what is due as soon as it is told to, and say when nothing is due any more."""
    engine = connect(url, role="worker", pool=10)
    unit = units(engine)
    sending = mail.sending(settings, unit)
    ours.send("ready")
    ours.recv()
    threads = [threading.Thread(target=work, args=(unit, sending)) for _ in range(MAIL.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ours.send("done")
    ours.recv()
    engine.dispose()


def work(unit: Units, sending: Sending) -> None:
    """One thread of a worker process."""
    while True:
        with unit() as claiming:
            tickets = claiming.schedule.claim(Work.MAIL, limit=MAIL.size, lease=MAIL.lease)
            claiming.commit()
        if not tickets:
            return
        send(tickets, sending)


def fill(unit: Units, settings: Settings, mails: int) -> None:
    """Add addresses, as many of an account as may be mailed at once."""
    most, _ = PER_ACCOUNT
    for first in range(0, mails, most):
        account = f"account-{first}"
        prove(unit, account=account)
        added = [
            arrival("added", f"box{number}@example.org", account=account)
            for number in range(first, min(first + most, mails))
        ]
        assert set(take(added, bootstrap.tools(settings, unit))) == {Accepted()}


def start(*arguments: object) -> tuple[BaseProcess, Connection]:
    """A process of its own, and the way to it."""
    target, *rest = arguments
    theirs, ours = multiprocessing.Pipe()
    process = SPAWN.Process(target=target, args=(*rest, ours))  # type: ignore[arg-type]
    process.start()
    return process, theirs


def used(processes: Sequence[BaseProcess]) -> float:
    """The CPU seconds of processes so far."""
    times = [psutil.Process(process.pid).cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


def measure(database: Postgres, relaying: tuple[BaseProcess, Connection], mails: int, workers: int) -> str:
    """Send that many mails with so many worker processes; the exact counts are asserted."""
    engine = connect(database.url, role="benchmark")
    unit = units(engine)
    with tempfile.TemporaryDirectory() as state:
        relay_url = f"smtp+plain://127.0.0.1:{relaying[1].recv()}"
        settings = Settings.load({}, state=Path(state), relay_url=relay_url, lab=True)
        fill(unit, settings, mails)
        started = [start(worker, database.url, settings) for _ in range(workers)]
        for _, way in started:
            way.recv()
        parts = {"workers": [process for process, _ in started], "relay": [relaying[0]]}
        before = {name: used(part) for name, part in parts.items()} | {
            "PostgreSQL": cpu_seconds([database.daemon])
        }
        began = time.monotonic()
        for _, way in started:
            way.send("go")
        for _, way in started:
            way.recv()
        seconds = time.monotonic() - began
        after = {name: used(part) for name, part in parts.items()} | {
            "PostgreSQL": cpu_seconds([database.daemon])
        }
        for process, way in started:
            way.send("bye")
            process.join()
    relaying[1].send("for whom?")
    recipients = relaying[1].recv()
    assert (len(recipients), len(set(recipients))) == (mails, mails)
    assert names(unit).count("confirmation_sent") == mails
    engine.dispose()
    cpu = ", ".join(f"{name} {(after[name] - before[name]) / mails * 1000:.1f}" for name in before)
    return f"{mails / seconds:,.0f} mails/s (aim: {AIM}) | ms of CPU a mail: {cpu}"


def main(mails: int = MAILS, workers: int = WORKERS) -> None:
    """Measure how fast the mails leave."""
    relaying = start(relay)
    with postgres_server(durable=True) as database:
        upgrade(database.url)
        print(f"| confirmation mails, {workers} workers | {measure(database, relaying, mails, workers)} |")
    relaying[0].join()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
