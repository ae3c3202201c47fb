"""Units of work on a fresh database of the one server, and state folders for servers of one's own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from infra.db.cluster import Folder
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


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of its own (pytest's are closed to others by every new run); what runs in it is ended."""
    with tempfile.TemporaryDirectory(prefix="signet-state-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "state"
        yield folder
        for process in psutil.process_iter(["name", "cwd"]):
            if process.info["name"] == "postgres" and process.info["cwd"] == str(
                Folder(state=folder).cluster
            ):
                process.kill()
