"""How long work may last."""

from datetime import timedelta

import pytest

from infra.broker import MemoryBroker
from workers.actors import declare
from workers.mails import LONGEST_ROUND
from workers.routes import MAIL, ROUTES, Route


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.work.value)
def test_work_is_broken_off_before_another_may_begin_it(route: Route) -> None:
    """While its lease lasts, and not as long as to be too late by the first delay."""
    broker = MemoryBroker()

    declare(broker, route, lambda _: None)

    limit = timedelta(milliseconds=broker.get_actor(route.work.value).options["time_limit"])
    assert timedelta(seconds=60) < limit <= route.lease - timedelta(seconds=20)


def test_a_round_of_mails_is_over_long_before_it_would_be_broken_off() -> None:
    """So that a slow relay leaves no mail in doubt: the last one begun has as long as all before it."""
    assert timedelta(seconds=2 * LONGEST_ROUND) < MAIL.limit
