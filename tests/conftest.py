"""What every test may ask for: real servers, fresh places in them, and a guard that nothing leaves this machine.

A missing server fails the test. What only root may do, or not every machine allows, is skipped with the reason.
"""

import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from infra.db.migrate import upgrade
from tests.egress import attempts, refuse_other_machines
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.rabbitmq import RabbitMQ, rabbitmq_server
from tests.servers.waiting import PATIENCE

pytest_plugins = ("tests.sealing", "tests.web.site", "tests.infra.smtp.trust")

settings.register_profile("quick", deadline=None, max_examples=60)
settings.register_profile("long", deadline=None, max_examples=5_000)
settings.load_profile("quick")

SLOWEST = ("canary", "faults", "journeys", "workers")

sys.addaudithook(refuse_other_machines)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses RabbitMQ, so that it can be run against another version; lengthen deadlines by our patience.

    The slowest come first, so that no core is idle at the end of a run.
    """
    items.sort(
        key=lambda item: SLOWEST.index(item.path.parent.name) if item.path.parent.name in SLOWEST else 9
    )
    for item in items:
        limit = item.get_closest_marker("timeout")
        if limit is not None:
            item.add_marker(pytest.mark.timeout(limit.args[0] * PATIENCE), append=False)
        if isinstance(item, pytest.Function) and (
            "rabbitmq" in item.fixturenames or hasattr(item.module, "rabbitmq_server")
        ):
            item.add_marker("rabbitmq")


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine() -> Iterator[None]:
    """Fail the test that tried to reach another machine, whatever became of the attempt."""
    attempts.clear()
    yield
    assert not attempts, f"tried to reach another machine: {attempts}"


@pytest.fixture(autouse=True)
def _logging_is_as_before() -> Iterator[None]:
    """Let no test's log set-up, with its stream that is closed by then, reach the next one."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run, with a migrated template."""
    with postgres_server() as server:
        server.prepare_template(upgrade)
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """One RabbitMQ node for the whole run."""
    with rabbitmq_server() as server:
        yield server


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, migrated database of the test's own."""
    url = postgres.fresh_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def vhost_url(rabbitmq: RabbitMQ) -> Iterator[str]:
    """A fresh virtual host of the test's own."""
    url = rabbitmq.fresh_vhost()
    yield url
    rabbitmq.drop(url)
