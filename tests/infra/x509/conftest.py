"""One authority for all tests of certificates: its keys are made once."""

from pathlib import Path

import pytest

from tests.servers.mail_authority import MailAuthority, mail_authority


@pytest.fixture(scope="session")
def authority() -> MailAuthority:
    """An authority that issues S/MIME certificates."""
    return mail_authority()


@pytest.fixture(scope="session")
def root_file(authority: MailAuthority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its root, as an operator names it."""
    return authority.write_root(tmp_path_factory.mktemp("mail_authority"))
