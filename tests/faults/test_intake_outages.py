"""Intake while its broker or its database goes away under load, on servers of the test's own."""

from collections.abc import Iterator

import pytest

from infra.amqp.link import Broker
from infra.amqp.topology import DEAD, prepare
from infra.db.migrate import upgrade
from tests.infra.amqp.wire import await_written_down, drain
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.rabbitmq import RabbitMQ, rabbitmq_server
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import consuming, ground, registered

EVENTS = 3_000


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


@pytest.mark.timeout(240)
def test_a_broker_stopped_and_killed_mid_stream_loses_nothing(
    doomed_broker: RabbitMQ, database_url: str
) -> None:
    """First for maintenance, then as by a power cut: every event is taken once and none is buried."""
    with ground(database_url, doomed_broker.url) as place:
        place.send(*(registered(n) for n in range(EVENTS)))
        with consuming(place.door()):
            place.await_domains(1)
            doomed_broker.stop_app()
            at_stop = len(place.domains())
            doomed_broker.start_app()
            place.await_domains(at_stop + 1)
            doomed_broker.kill9()
            at_kill = len(place.domains())
            doomed_broker.start()
            place.await_domains(EVENTS, within=90)
            wait_until(lambda: place.depth() == 0, what="an empty queue")

        assert at_stop < EVENTS, "the broker was stopped too late to prove anything"
        assert at_kill < EVENTS, "the broker was killed too late to prove anything"
        assert place.told("domain.accepted") == EVENTS
        assert drain(place.url, DEAD) == []


@pytest.mark.timeout(240)
def test_a_database_stopped_and_killed_mid_batch_loses_and_buries_nothing(
    doomed_database: Postgres, vhost_url: str
) -> None:
    """Twice away under load; what was in hand returns to the queue and is taken later, nothing is counted up."""
    with ground(doomed_database.url, vhost_url) as place:
        place.send(*(registered(n) for n in range(EVENTS)))
        with consuming(place.door()):
            place.await_domains(1)
            doomed_database.stop()
            wait_until(lambda: place.depth() >= EVENTS - 2_000, what="deliveries back in the queue")
            at_stop = place.depth()
            doomed_database.start()
            place.await_domains(EVENTS - at_stop + 1)
            doomed_database.kill9()
            at_kill = wait_until(place.depth, what="deliveries back in the queue")
            doomed_database.start()
            place.await_domains(EVENTS, within=90)
            wait_until(lambda: place.depth() == 0, what="an empty queue")

        assert at_stop > 0, "the database was stopped too late to prove anything"
        assert at_kill > 0, "the database was killed too late to prove anything"
        assert place.told("domain.accepted") == EVENTS
        assert place.rows("SELECT count(*) FROM redelivered")[0][0] == 0
        assert drain(place.url, DEAD) == []
