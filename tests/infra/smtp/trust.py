"""An authority for mail servers that a test can let the machine trust, and a certificate of it."""

import pytest

from tests.servers.certificates import CertificateAuthority, ServerFiles, certificate_authority


@pytest.fixture(scope="session")
def mail_authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    """One authority."""
    return certificate_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def mail_files(mail_authority: CertificateAuthority) -> ServerFiles:
    """A certificate for the name and the address of the tests' servers."""
    return mail_authority.issue(["mail.signet.example", "127.0.0.1"])


@pytest.fixture
def trusted(mail_authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts it, as its operator would have it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_authority.bundle))
