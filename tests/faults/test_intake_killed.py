"""Intake killed with kill -9 while everything that it may prefetch is in its hands."""

import pytest

from infra.amqp.intake_queue import PREFETCH
from infra.amqp.topology import DEAD
from infra.db.invariants import check
from tests.faults.processes import intake_process, kill9
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import consuming, ground, registered

KILLS = 25
EVENTS = 2_500


@pytest.mark.long
@pytest.mark.timeout(240)
def test_killed_25_times_with_a_full_prefetch_it_loses_and_buries_nothing(
    database_url: str, vhost_url: str
) -> None:
    """Each kill returns a thousand deliveries; RabbitMQ's own counting would bury good events after twenty."""
    with ground(database_url, vhost_url) as place:
        place.send(*(registered(n) for n in range(EVENTS)))
        taken = "SELECT count(*) FROM identities"
        for _ in range(KILLS):
            before = place.rows(taken)[0][0]
            intake = intake_process(database_url, vhost_url)
            wait_until(lambda before=before: place.rows(taken)[0][0] > before, what="the intake takes")
            kill9(intake)
        left = wait_until(place.depth, what="deliveries come back")
        assert left > PREFETCH, "there was too little left for a full prefetch"

        with consuming(place.door()):
            place.await_domains(EVENTS, within=60)
            wait_until(lambda: place.depth() == 0, what="an empty queue")

        assert place.depth(DEAD) == 0
        assert check(place.engine) == []
        assert place.told("domain.accepted") == EVENTS
        assert len(place.domains()) == EVENTS
