"""One installation for all tests of the contract, started once."""

from collections.abc import Iterator

import pytest

from tests.journeys.alone import state_folder
from tests.journeys.stranger import Stranger, stranger
from tests.servers.mail_authority import MailAuthority, mail_authority


@pytest.fixture(scope="session")
def mail_ca() -> MailAuthority:
    """Who issues the certificates of the owners."""
    return mail_authority()


@pytest.fixture(scope="session")
def outside(mail_ca: MailAuthority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """Signet on one machine, seen from outside; it trusts that authority."""
    roots = mail_ca.write_root(tmp_path_factory.mktemp("mail_ca"))
    with state_folder() as state, stranger(state, SIGNET_CERTIFICATE_CA=str(roots)) as somebody:
        yield somebody
