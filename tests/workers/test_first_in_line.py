"""What somebody waits for is not held up by routine looks, wherever those wait."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.identity import Identity
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork
from tests.servers.knot import Knot, knot_server
from tests.servers.waiting import wait_until
from tests.workers.lab import Lab, lab_settings, laboratory, register, standing
from workers.workforce import SCRIBES

Units = Callable[[], SqlUnitOfWork]

LATER = "UPDATE schedule SET work = 'dns', due_at = now() + interval '1 hour', lease_token = NULL"
BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A way into the database beside the lab's own."""
    one = connect(database_url, role="beside")
    yield one
    one.dispose()


@pytest.fixture
def knot() -> Iterator[Knot]:
    """A name server."""
    with knot_server() as server:
        yield server


@pytest.fixture
def lab(knot: Knot, tmp_path: Path, unit: Units) -> Iterator[Lab]:
    """A lab at work."""
    with laboratory(lab_settings(knot, tmp_path), unit) as running:
        yield running


def run(engine: Engine, statement: str) -> None:
    """Run one statement, and commit."""
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)


def looked_at(unit: Units, identity: Identity, times: int) -> bool:
    """Whether so many looks at it are written, and no more."""
    return standing(unit, identity).attempt == times + 1


def test_routine_looks_that_cannot_be_written_hold_up_nobody_who_waits(
    engine: Engine, unit: Units, knot: Knot, lab: Lab
) -> None:
    """All that writes routine looks waits for locks; the first look at a registration is written meanwhile."""
    names = [f"routine{number}.example" for number in range(SCRIBES)]
    knot.serve_all(dict.fromkeys([*names, "waited.example"], ""))
    routine = register(lab.settings, unit, *names)
    wait_until(lambda: all(looked_at(unit, one, 1) for one in routine), what="the first looks")
    run(engine, LATER)

    with engine.connect() as holder:
        holder.exec_driver_sql("SELECT FROM looks FOR UPDATE")
        for writers, one in enumerate(routine, start=1):
            run(engine, f"UPDATE schedule SET due_at = now() WHERE id = '{one.id}'")
            wait_until(partial(waiting, engine, writers), what=f"{writers} writers wait")
        [waited] = register(lab.settings, unit, "waited.example")
        wait_until(lambda: looked_at(unit, waited, 1), what="the first look at the one that came last")

        assert all(looked_at(unit, one, 1) for one in routine)

    wait_until(lambda: all(looked_at(unit, one, 2) for one in routine), what="the routine looks")


def waiting(engine: Engine, writers: int) -> bool:
    """Whether so many sessions wait for a lock."""
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(BLOCKED).scalar_one()) >= writers
