"""Workers and dispatchers that are killed at the worst moments: a lease brings again what they held."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.dns.resolver import Resolver
from infra.settings import Settings
from tests.faults.processes import kill9
from tests.faults.work_ground import (
    ask,
    assert_sound,
    await_verified,
    die_after_sending,
    die_before_sending,
    die_before_the_ack,
    register_shops,
    send_tickets,
    started,
    verified,
    work,
)
from tests.servers.knot import Knot, knot_server
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import wait_until
from tests.workers.lab import lab_settings

Units = Callable[[], SqlUnitOfWork]

SHOPS = 120
LEASED = "SELECT count(*) FROM schedule WHERE lease_token IS NOT NULL"


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """One name server for all tests of this file."""
    with knot_server() as server:
        yield server


@pytest.fixture
def unit(database_url: str) -> Iterator[Units]:
    """Units of work on a fresh database."""
    engine = connect(database_url, role="test")
    yield units(engine)
    engine.dispose()


@pytest.fixture
def settings(knot: Knot, tmp_path: Path, database_url: str, vhost_url: str) -> Settings:
    """Everything on real servers."""
    return lab_settings(knot, tmp_path, database_url=database_url, broker_url=vhost_url)


@contextmanager
def a_silent_resolver() -> Iterator[Resolver]:
    """It takes every question and answers none, so that whoever asks is certainly looking."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind(("127.0.0.1", 0))
        yield Resolver(*silent.getsockname())


def test_a_worker_killed_while_it_looks_loses_nothing(
    settings: Settings, unit: Units, knot: Knot, database_url: str
) -> None:
    """Its tickets go back to the queue; another worker looks."""
    register_shops(settings, unit, knot, SHOPS)
    dispatcher = started(send_tickets, settings)
    with a_silent_resolver() as silent:
        doomed = started(work, settings.model_copy(update={"resolvers": (silent,)}))
        wait_until(lambda: ask(unit, LEASED) == SHOPS, what="everything is being looked at", within=30)
        kill9(doomed)
    assert verified(unit) == 0

    survivor = started(work, settings)
    await_verified(unit, SHOPS)

    kill9(survivor)
    kill9(dispatcher)
    assert_sound(database_url, unit, SHOPS)


def test_a_worker_killed_between_commit_and_ack_repeats_nothing(
    settings: Settings, unit: Units, knot: Knot, rabbitmq: RabbitMQ
) -> None:
    """What is redelivered is not awaited any more."""
    register_shops(settings, unit, knot, SHOPS)
    dispatcher = started(send_tickets, settings)
    doomed = started(die_before_the_ack, settings)
    doomed.join(30)
    assert doomed.exitcode == -signal.SIGKILL
    assert verified(unit) > 0
    wait_until(
        lambda: rabbitmq.depth(str(settings.broker_url), "signet.dns.fresh") > 0,
        what="the ticket is back in its queue",
    )

    survivor = started(work, settings)
    await_verified(unit, SHOPS)
    wait_until(
        lambda: rabbitmq.depth(str(settings.broker_url), "signet.dns.fresh") == 0, what="the queue is empty"
    )

    kill9(survivor)
    kill9(dispatcher)
    assert_sound(str(settings.database_url), unit, SHOPS)


@pytest.mark.parametrize("dying", [die_before_sending, die_after_sending])
def test_a_dispatcher_killed_around_sending_loses_nothing(
    settings: Settings, unit: Units, knot: Knot, database_url: str, dying: Callable[[Settings], None]
) -> None:
    """What it had claimed is due again when the lease ends; what it had sent is done by then."""
    register_shops(settings, unit, knot, SHOPS)
    doomed = started(dying, settings)
    doomed.join(30)
    assert doomed.exitcode == -signal.SIGKILL
    assert ask(unit, LEASED) > 0

    worker, dispatcher = started(work, settings), started(send_tickets, settings)
    await_verified(unit, SHOPS)

    kill9(worker)
    kill9(dispatcher)
    assert_sound(database_url, unit, SHOPS)


def test_a_worker_told_to_stop_under_load_is_done_within_thirty_seconds(
    settings: Settings, unit: Units, knot: Knot, database_url: str
) -> None:
    """It finishes what it has begun, and leaves the rest to others."""
    register_shops(settings, unit, knot, SHOPS)
    dispatcher = started(send_tickets, settings)
    with a_silent_resolver() as silent:
        leaving = started(work, settings.model_copy(update={"resolvers": (silent,)}))
        wait_until(lambda: ask(unit, LEASED) == SHOPS, what="everything is being looked at", within=30)
        os.kill(leaving.pid or 0, signal.SIGTERM)
        leaving.join(30)
    assert leaving.exitcode == 0

    worker = started(work, settings)
    await_verified(unit, SHOPS)

    os.kill(dispatcher.pid or 0, signal.SIGTERM)
    dispatcher.join(30)
    assert dispatcher.exitcode == 0
    kill9(worker)
    assert_sound(database_url, unit, SHOPS)
