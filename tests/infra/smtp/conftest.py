"""The machine trusts the authority of the tests' mail servers."""

import pytest

from tests.servers.certificates import CertificateAuthority, ServerFiles


@pytest.fixture(autouse=True)
def _authority_is_trusted(trusted: None) -> None:
    """While these tests run."""


@pytest.fixture(scope="session")
def authority(mail_authority: CertificateAuthority) -> CertificateAuthority:
    """The authority."""
    return mail_authority


@pytest.fixture(scope="session")
def files(mail_files: ServerFiles) -> ServerFiles:
    """A certificate of it."""
    return mail_files
