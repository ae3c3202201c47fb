"""Intake while its broker or its database goes away under load, on servers of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from domain.ports import NotReachable
from infra.amqp.link import Broker
from infra.amqp.topology import DEAD, prepare
from infra.db.invariants import check
from infra.db.migrate import upgrade
from tests.infra.amqp.wire import await_written_down, drain
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.rabbitmq import RabbitMQ, rabbitmq_server
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import Ground, consuming, ground, registered

EVENTS = 1_500


@pytest.fixture(scope="module")
def doomed_broker() -> Iterator[RabbitMQ]:
    """A broker that may be killed, with its queues written to disk."""
    with rabbitmq_server() as broker:
        prepare(Broker(url=broker.url))
        await_written_down(broker, "signet.intake.dead")
        yield broker


@pytest.fixture
def doomed_database() -> Iterator[Postgres]:
    """A database that may be killed."""
    with postgres_server(durable=True) as server:
        upgrade(server.url)
        yield server


@contextmanager
def mid_batch(place: Ground) -> Iterator[None]:
    """Hold the intake up inside the transaction of a batch, so that what happens now happens mid-batch."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with suppress(NotReachable), place.engine.connect() as holder:
        holder.exec_driver_sql("LOCK TABLE identities IN EXCLUSIVE MODE")
        wait_until(lambda: place.rows(waiting)[0][0] > 0, what="a batch is held up")
        yield


@pytest.mark.timeout(240)
def test_a_broker_stopped_and_killed_mid_batch_loses_nothing(
    doomed_broker: RabbitMQ, database_url: str
) -> None:
    """The batch commits and cannot be acknowledged, twice: every event is taken once and none is buried."""
    with ground(database_url, doomed_broker.url) as place:
        place.send(*(registered(n) for n in range(EVENTS)))
        with consuming(place.door()):
            with mid_batch(place):
                doomed_broker.stop_app()
            doomed_broker.start_app()
            with mid_batch(place):
                doomed_broker.kill9()
            doomed_broker.start()
            place.await_domains(EVENTS, within=90)
            wait_until(lambda: place.depth() == 0, what="an empty queue")

        assert place.results["duplicate"] > 0, (
            "no batch was interrupted between its commit and its acknowledgement"
        )
        assert place.told("domain.accepted") == EVENTS
        assert drain(place.url, DEAD) == []
        assert check(place.engine) == []


@pytest.mark.timeout(240)
def test_a_database_stopped_and_killed_mid_batch_loses_and_buries_nothing(
    doomed_database: Postgres, vhost_url: str
) -> None:
    """What was in hand returns to the queue and is taken later; no event is counted as to blame."""
    with ground(doomed_database.url, vhost_url) as place:
        place.send(*(registered(n) for n in range(EVENTS)))
        with consuming(place.door()):
            with mid_batch(place):
                doomed_database.stop()
            wait_until(lambda: place.depth() == EVENTS, what="every delivery is back in the queue", within=30)
            doomed_database.start()
            place.await_domains(1)
            with mid_batch(place):
                doomed_database.kill9()
            wait_until(place.depth, what="deliveries are back in the queue", within=30)
            doomed_database.start()
            place.await_domains(EVENTS, within=90)
            wait_until(lambda: place.depth() == 0, what="an empty queue")

        assert place.told("domain.accepted") == EVENTS
        assert place.rows("SELECT count(*) FROM redelivered")[0][0] == 0
        assert drain(place.url, DEAD) == []
        assert check(place.engine) == []
