"""The stores that the suite runs against: PostgreSQL as the wheel brings it, and as Debian does.

`make test-postgres17` puts PostgreSQL 17 into the place of the wheel's.
"""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.schema import metadata
from infra.db.unit_of_work import SqlUnitOfWork, units
from tests.conformance.building import VAULT
from tests.servers.postgres import Postgres, debian_15, postgres_server

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Postgres]:
    """The oldest PostgreSQL that we promise to work with."""
    with postgres_server(programs=debian_15()) as server:
        server.prepare_template(upgrade)
        yield server


@pytest.fixture(scope="session", params=["postgres", "postgres_15"])
def database(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated database of each version; one for the suite, emptied for each test."""
    server = request.getfixturevalue(request.param)
    engine = connect(server.fresh_database(), role="test")
    yield engine
    engine.dispose()


@pytest.fixture
def unit(database: Engine) -> Units:
    """Units of work on an empty database."""
    with database.begin() as connection:
        for table in metadata.tables.values():
            connection.execute(table.delete() if table.name != "counters" else table.update().values(value=0))
    return units(database, VAULT)
