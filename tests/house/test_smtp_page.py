"""The page on logins names every stage and every code."""

from domain.dialogue import Stage
from domain.smtp_sentences import SmtpCode
from tests.house.source import ROOT


def test_the_page_on_logins_is_complete() -> None:
    """Who reads a code finds it there."""
    page = (ROOT / "docs" / "smtp.md").read_text("utf-8")

    assert [word for word in (*Stage, *SmtpCode) if f"`{word}`" not in page] == []
