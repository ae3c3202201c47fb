"""The stores that the suite runs against: PostgreSQL as the wheel brings it, and as Debian does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import SqlUnitOfWork, units
from tests.servers.postgres import Postgres, postgres_server

Units = Callable[[], SqlUnitOfWork]

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Postgres]:
    """The oldest PostgreSQL that we promise to work with."""
    assert DEBIAN.exists(), (
        "PostgreSQL 15 is missing (Debian package postgresql): `make services` installs it"
    )
    with postgres_server(binaries=DEBIAN) as server:
        server.prepare_template(upgrade)
        yield server


@pytest.fixture(params=["postgres", "postgres_15"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The url of a fresh, migrated database, once per version."""
    server = request.getfixturevalue(request.param)
    url = server.fresh_database()
    yield url
    server.drop(url)


@pytest.fixture
def unit(database: str) -> Iterator[Units]:
    """Units of work on a fresh database."""
    engine = connect(database, role="test")
    yield units(engine)
    engine.dispose()
