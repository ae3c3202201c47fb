"""Looking while the broker or the database goes away and comes back: everybody waits, nothing is lost or doubled.

The servers are these tests' own, for they are killed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.dns.resolver import Resolver
from tests.faults.work_ground import ask, assert_sound, await_verified, register_shops, verified
from tests.servers.dnsdist import dnsdist_server
from tests.servers.knot import Knot, knot_server
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.rabbitmq import RabbitMQ, rabbitmq_server
from tests.servers.waiting import wait_until
from tests.workers.lab import Lab, lab_settings, laboratory
from workers.routes import FRESH, MAIL, ROUTINE

Units = Callable[[], SqlUnitOfWork]

SHOPS = 400
LEASED = "SELECT count(*) FROM schedule WHERE lease_token IS NOT NULL"


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """One name server, behind which all answers are late: so work is under way when the fault comes."""
    with knot_server() as server:
        yield server


@pytest.fixture(scope="module")
def late_port(knot: Knot) -> Iterator[int]:
    """Where answers are late."""
    with dnsdist_server((knot.address, knot.port), delay_ms=50) as late:
        yield late.port


@pytest.fixture(scope="module")
def own_rabbitmq() -> Iterator[RabbitMQ]:
    """A broker to be killed."""
    with rabbitmq_server() as server:
        yield server


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """A database to be killed; it keeps what it committed."""
    with postgres_server(durable=True) as server:
        server.prepare_template(upgrade)
        yield server


@contextmanager
def looking(
    postgres: Postgres, rabbitmq: RabbitMQ, knot: Knot, late_port: int, folder: Path
) -> Iterator[tuple[Lab, Units]]:
    """Dispatch and look at many domains; the fault comes when a part of them is verified."""
    url = postgres.fresh_database()
    settings = lab_settings(knot, folder, database_url=url, broker_url=rabbitmq.fresh_vhost())
    engine = connect(url, role="test", pool=10)
    unit = units(engine)
    try:
        register_shops(settings, unit, knot, SHOPS)
        late = settings.model_copy(
            update={"resolvers": (Resolver(knot.address, late_port),), "authority_port": late_port}
        )
        with laboratory(late, unit) as lab:
            wait_until(lambda: ask(unit, LEASED) > 0, what="looks are under way", within=20, every=0.005)
            assert verified(unit) < SHOPS, "the fault comes too late"
            yield lab, unit
            await_verified(unit, SHOPS, within=90)
        assert_sound(url, unit, SHOPS)
    finally:
        engine.dispose()


@pytest.mark.long
def test_a_broker_that_is_stopped_and_started_again(
    own_postgres: Postgres, own_rabbitmq: RabbitMQ, knot: Knot, late_port: int, tmp_path: Path
) -> None:
    """Maintenance: connections break, due work waits, and goes on by itself."""
    with looking(own_postgres, own_rabbitmq, knot, late_port, tmp_path):
        own_rabbitmq.stop_app()
        own_rabbitmq.start_app()


def test_a_broker_that_is_killed_under_load(
    own_postgres: Postgres, own_rabbitmq: RabbitMQ, knot: Knot, late_port: int, tmp_path: Path
) -> None:
    """A power cut at the broker."""
    with looking(own_postgres, own_rabbitmq, knot, late_port, tmp_path):
        own_rabbitmq.kill9()
        assert not own_rabbitmq.daemon.is_running()
        own_rabbitmq.start()


def test_queues_that_are_deleted(
    own_postgres: Postgres, own_rabbitmq: RabbitMQ, knot: Knot, late_port: int, tmp_path: Path
) -> None:
    """Leases end, queues are declared again, and everything due is dispatched again."""
    with looking(own_postgres, own_rabbitmq, knot, late_port, tmp_path) as (lab, _):
        url = str(lab.settings.broker_url)
        wait_until(lambda: own_rabbitmq.depth(url, FRESH.queue) > 0, what="tickets are in line", every=0.005)
        for queue in (FRESH.queue, ROUTINE.queue, MAIL.queue):
            own_rabbitmq.delete_queue(url, queue)


def test_a_database_that_is_killed_in_the_middle(
    own_postgres: Postgres, own_rabbitmq: RabbitMQ, knot: Knot, late_port: int, tmp_path: Path
) -> None:
    """What was not committed never happened; what was seen waits for the database, or is looked at again."""
    with looking(own_postgres, own_rabbitmq, knot, late_port, tmp_path):
        own_postgres.kill9()
        assert not own_postgres.daemon.is_running()
        own_postgres.start()


@pytest.mark.long
def test_a_database_that_is_stopped_and_started_again(
    own_postgres: Postgres, own_rabbitmq: RabbitMQ, knot: Knot, late_port: int, tmp_path: Path
) -> None:
    """Everybody waits."""
    with looking(own_postgres, own_rabbitmq, knot, late_port, tmp_path):
        own_postgres.stop()
        assert not own_postgres.daemon.is_running()
        own_postgres.start()
