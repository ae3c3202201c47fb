"""A worker that is told to end while logins are under way: who ends in time ends well, the rest is tried again."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from domain.identity import State
from domain.ports import Work
from infra.db.engine import connect
from infra.db.unit_of_work import units
from infra.settings import Settings
from infra.vault.key_file import write_keys
from tests.conformance.building import RING, VAULT
from tests.faults.work_ground import drain_logins
from tests.infra.smtp.ground import HELLO, PASSWORD, USER, secured
from tests.servers.certificates import CertificateAuthority, ServerFiles
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.villain import Talk, Villain, villain
from tests.servers.waiting import PATIENCE, wait_until
from tests.workers.lab import violations
from tests.workers.login_ground import DOMAIN, Ground, ground
from workers import bootstrap, roles
from workers.actors import send
from workers.routes import SMTP

DRAIN = 4 * PATIENCE  # seconds
QUICK, SLOW = "quick", "slow"  # accounts


@dataclass(slots=True)
class Server:
    """A mail server that says nothing after AUTH until it is told to `go_on`."""

    running: Villain
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits for its word."""
        return b"AUTH" in self.running.heard


@pytest.fixture
def servers(mail_files: ServerFiles) -> Iterator[tuple[Server, Server]]:
    """Two of them."""
    go_on = (threading.Event(), threading.Event())

    def then(talk: Talk, told: threading.Event) -> None:
        assert talk.hear().startswith("AUTH")
        told.wait(30 * PATIENCE)
        talk.say("235 2.7.0 welcome")
        talk.hear_to_the_end()

    with (
        villain(secured(mail_files, lambda talk: then(talk, go_on[0]))) as one,
        villain(secured(mail_files, lambda talk: then(talk, go_on[1]))) as two,
    ):
        yield Server(one, go_on[0]), Server(two, go_on[1])
        for event in go_on:
            event.set()


@pytest.fixture
def settings(
    database_url: str,
    vhost_url: str,
    mail_authority: CertificateAuthority,
    servers: Sequence[Server],
    tmp_path: Path,
) -> Settings:
    """Everything on real servers, the vault too."""
    write_keys(tmp_path / "keys", RING)
    return Settings.load(
        {},
        database_url=database_url,
        broker_url=vhost_url,
        keys=str(tmp_path / "keys"),
        smtp_ports=",".join(str(server.running.port) for server in servers),
        smtp_ca=str(mail_authority.bundle),
        egress_allow="127.0.0.0/8",
        resolvers="127.0.0.1:9",
        dkim_zone="dkim.signet.example",
        public_url=f"https://{HELLO}",
        state=tmp_path,
    )


@pytest.fixture
def here(settings: Settings, servers: Sequence[Server]) -> Iterator[Ground]:
    """The same installation, seen from the test."""
    engine = connect(str(settings.database_url), role="test")
    yield ground(units(engine, VAULT), settings, {server.running.port for server in servers})
    engine.dispose()


@pytest.fixture
def worker(settings: Settings) -> Iterator[BaseProcess]:
    """A worker of the queue `signet.smtp`, not yet started."""
    process = drain_logins(settings, DRAIN)
    yield process
    if process.is_alive():
        process.kill()


def test_logins_have_twenty_five_seconds_to_end() -> None:
    """Of the thirty in which a process ends."""
    assert roles.DRAIN == 25


@pytest.mark.usefixtures("trusted")
def test_a_login_under_way_ends_well_and_a_tarpit_is_dropped_and_tried_again(
    here: Ground, servers: tuple[Server, Server], worker: BaseProcess, rabbitmq: RabbitMQ
) -> None:
    """SIGTERM while two servers think: one answers, and that is written; the other is left to the next worker."""
    for account, server in zip((QUICK, SLOW), servers, strict=True):
        configure(here, account, server.running.port)
    send_due(here)
    worker.start()
    quick, slow = servers
    wait_until(lambda: quick.is_asked and slow.is_asked, what="two logins are under way", within=30)

    assert worker.pid is not None
    begun = psutil.Process(worker.pid)
    threads = begun.num_threads()
    os.kill(worker.pid, signal.SIGTERM)
    wait_until(lambda: begun.num_threads() <= threads - SMTP.threads // 2, what="idle threads have ended")
    quick.go_on.set()
    wait_until(lambda: here.login(QUICK).state is State.VERIFIED, what="the quick one is written")
    assert worker.is_alive()
    worker.join(30 * PATIENCE)

    assert worker.exitcode == 0
    assert here.domain(QUICK).state is State.VERIFIED
    assert here.login(SLOW).state is State.PENDING
    assert here.rows("SELECT attempt, failures FROM schedule WHERE lease_token IS NOT NULL") == [(1, 0)]
    assert rabbitmq.depth(str(here.settings.broker_url), SMTP.queue) == 0

    assert here.try_due() == 0
    slow.go_on.set()
    here.minutes_pass(SMTP.lease / timedelta(minutes=1) + 1)
    assert here.try_due() == 1

    assert here.login(SLOW).state is State.VERIFIED
    assert violations(str(here.settings.database_url)) == []


def configure(here: Ground, account: str, port: int) -> None:
    """A domain on its owner's own server."""
    here.publish("domain.registered", DOMAIN, account, plan="BUSINESS", route="smtp")
    login = {"host": "127.0.0.1", "port": port, "username": USER, "password": PASSWORD}
    here.publish("smtp.configured", DOMAIN, account, **login)


def send_due(here: Ground) -> None:
    """Send a ticket for each login that is due, as the dispatcher does."""
    line = bootstrap.ticket_line(here.settings)
    line.declare_queue(SMTP.queue)
    line.declare_all()
    with here.unit() as work:
        tickets = work.schedule.claim(Work.SMTP, limit=20, lease=SMTP.lease)
        work.commit()
    assert len(tickets) == 2
    for ticket in tickets:
        send(line, SMTP, [ticket])
    line.close()
