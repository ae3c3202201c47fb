"""The page on certificates names every code."""

from domain.certificate_life import UploadCode
from domain.certificates import CertificateCode
from tests.house.source import ROOT


def test_the_page_on_certificates_is_complete() -> None:
    """Who reads a code finds it there."""
    page = (ROOT / "docs" / "certificates.md").read_text("utf-8")

    assert [code for code in (*CertificateCode, *UploadCode) if f"`{code}`" not in page] == []
