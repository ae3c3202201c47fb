"""One installation for all tests of the contract, started once."""

from collections.abc import Iterator

import pytest

from tests.journeys.alone import state_folder
from tests.journeys.stranger import Stranger, stranger


@pytest.fixture(scope="session")
def outside() -> Iterator[Stranger]:
    """Signet on one machine, seen from outside."""
    with state_folder() as state, stranger(state) as somebody:
        yield somebody
