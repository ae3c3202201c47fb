"""Confirmation mails a second to a local relay: `python -m benchmarks.confirmations [N]`.

Addresses of enough accounts that none is postponed. From due to told: the link is made, the mail written, handed over
by SMTP, and its event written. The relay runs in a process of its own.
"""

import multiprocessing
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

from domain.allowance import PER_ACCOUNT
from domain.ports import Work
from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import units
from infra.settings import Settings
from tests.servers.postgres import postgres_server
from tests.servers.smtp import smtp_server
from tests.workers.addresses import Units, arrival, names, prove
from workers import bootstrap
from workers.bootstrap import mail
from workers.intake import Accepted, take
from workers.mails import Sending, send
from workers.routes import MAIL

DEFAULT = 1_500
AIM = 200


def relay(ours: Connection) -> None:
    """Run a relay until it is asked how many mails it took."""
    with smtp_server() as server:
        ours.send(server.port)
        ours.recv()
        ours.send(len(server.received))


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


def send_all(unit: Units, sending: Sending) -> float:
    """Send what is due, as a worker process does; answer how many seconds that took."""

    def work() -> None:
        while True:
            with unit() as claiming:
                tickets = claiming.schedule.claim(Work.MAIL, limit=MAIL.size, lease=MAIL.lease)
                claiming.commit()
            if not tickets:
                return
            send(tickets, sending)

    threads = [threading.Thread(target=work) for _ in range(MAIL.threads)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def main(mails: int) -> None:
    """Measure how fast the mails leave; the exact counts are asserted."""
    theirs, ours = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=relay, args=(ours,))
    process.start()
    with postgres_server(durable=True) as database, tempfile.TemporaryDirectory() as state:
        upgrade(database.url)
        engine = connect(database.url, role="benchmark", pool=10)
        unit = units(engine)
        relay_url = f"smtp+plain://127.0.0.1:{theirs.recv()}"
        settings = Settings.load({}, state=Path(state), relay_url=relay_url, lab=True)
        fill(unit, settings, mails)
        seconds = send_all(unit, mail.sending(settings, unit))
        theirs.send("how many?")
        assert theirs.recv() == mails
        assert names(unit).count("confirmation_sent") == mails
        engine.dispose()
    process.join()
    print(f"| confirmation mails, one relay | {mails / seconds:,.0f} mails/s (aim: {AIM}) |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
