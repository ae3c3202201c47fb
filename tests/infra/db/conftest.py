"""Units of work on a fresh database of the one server."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from infra.db.engine import connect
from infra.db.unit_of_work import units
from tests.conformance.building import Units


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database."""
    engine = connect(database_url, role="test")
    yield engine
    engine.dispose()


@pytest.fixture
def unit(engine: Engine) -> Units:
    """Units of work on it."""
    return units(engine)
