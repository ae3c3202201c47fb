"""The stores that the suite runs against: PostgreSQL as the wheel brings it, and as Debian does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import SqlUnitOfWork, units
from tests.servers.postgres import Postgres, postgres_server

Units = Callable[[], SqlUnitOfWork]

DEBIAN = Path("/usr/lib/postgresql/15/bin")
VERSIONS: dict[str, Path | None] = {"postgresql-18": None, "postgresql-15": DEBIAN}


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Postgres]]:
    """Servers by version, each started when it is first asked for, with the migrated template."""
    with ExitStack() as stack:
        running: dict[str, Postgres] = {}

        def server(version: str) -> Postgres:
            if version not in running:
                binaries = VERSIONS[version]
                assert binaries is None or binaries.exists(), (
                    "PostgreSQL 15 is missing: `make services` installs it"
                )
                running[version] = stack.enter_context(postgres_server(binaries=binaries))
                running[version].prepare_template(upgrade)
            return running[version]

        yield server


@pytest.fixture(params=list(VERSIONS))
def database(request: pytest.FixtureRequest, servers: Callable[[str], Postgres]) -> Iterator[str]:
    """The url of a fresh, migrated database, once per version."""
    server = servers(request.param)
    url = server.fresh_database()
    yield url
    server.drop(url)


@pytest.fixture
def unit(database: str) -> Iterator[Units]:
    """Units of work on a fresh database."""
    engine = connect(database, role="test")
    yield units(engine)
    engine.dispose()
