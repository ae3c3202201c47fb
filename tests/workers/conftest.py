"""What the tests of the workers share: units of work on a fresh database."""

from collections.abc import Callable, Iterator

import pytest

from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture
def unit(database_url: str) -> Iterator[Units]:
    """Units of work on a fresh database."""
    engine = connect(database_url, role="test", pool=10)
    yield units(engine)
    engine.dispose()
