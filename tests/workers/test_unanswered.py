"""What was asked of a registration that is over is answered by nobody any more, and does not stay for ever."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from domain.identity import State
from infra.db.engine import connect
from infra.db.retention import Kept, sweep
from infra.db.unit_of_work import units
from infra.settings import Settings
from tests.conformance.building import VAULT
from tests.workers.login_ground import Ground, ground


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh database."""
    engine = connect(database_url, role="test")
    yield engine
    engine.dispose()


@pytest.fixture
def here(engine: Engine, settings: Settings) -> Ground:
    """An installation with a vault."""
    return ground(units(engine, VAULT), settings, set())


def days_pass(here: Ground) -> None:
    """Let more time pass than a request is kept for."""
    with here.unit() as work:
        work.outbox._link.run("UPDATE requests SET at = at - interval '3 days'")
        work.commit()


def test_a_look_that_was_asked_for_is_forgotten_with_its_domain_and_login(
    here: Ground, engine: Engine
) -> None:
    """As any other, after two days; while it may still be answered it stays."""
    here.register()
    here.configure(port=9)
    here.publish("domain.verification_requested")
    here.publish("smtp.verification_requested")
    days_pass(here)
    waited_for = sweep(engine, Kept())["requests"]

    here.publish("domain.removal_requested")

    assert (here.domain().state, here.login().state) == (State.REMOVED, State.REMOVED)
    assert here.rows("SELECT DISTINCT identity_id::text, answered_at FROM requests ORDER BY 1") == sorted(
        [(here.domain().id, None), (here.login().id, None)]
    )
    assert (waited_for, sweep(engine, Kept())["requests"]) == (0, 3)


def test_what_was_asked_lately_counts_on(here: Ground, engine: Engine) -> None:
    """Its time is that of every request."""
    here.register()
    here.publish("domain.verification_requested")
    here.publish("domain.removal_requested")

    assert sweep(engine, Kept())["requests"] == 0
