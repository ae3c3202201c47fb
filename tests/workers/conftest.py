"""What the tests of the workers share: units of work on a fresh database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.servers.smtp import MailServer, smtp_server
from workers.bootstrap import mail
from workers.confirming import Confirming
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture
def unit(database_url: str) -> Iterator[Units]:
    """Units of work on a fresh database."""
    engine = connect(database_url, role="test", pool=10)
    yield units(engine)
    engine.dispose()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A relay."""
    with smtp_server() as running:
        yield running


@pytest.fixture
def settings(server: MailServer, tmp_path: Path) -> Settings:
    """Mail goes through that relay, and links lead to us."""
    return Settings.load(
        {},
        state=tmp_path,
        relay_url=f"smtp+plain://{server.host}:{server.port}",
        public_url="https://signet.example.net",
        lab=True,
        dkim_zone="dkim.signet.example",
    )


@pytest.fixture
def sending(settings: Settings, unit: Units) -> Sending:
    """As a worker sends."""
    return mail.sending(settings, unit)


@pytest.fixture
def confirming(sending: Sending) -> Confirming:
    """What links do."""
    return sending.confirming
