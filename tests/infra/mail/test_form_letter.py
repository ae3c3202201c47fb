"""A letter that goes to many is, for each, the one that the template gives for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notice import NoticeKind
from infra.mail.brand import Brand
from infra.mail.form_letter import form_letter
from infra.mail.rendering import rendered
from infra.texts import texts

BLANKS = ("address", "account", "link")
FACTS = {
    "at": "5 July 2026, 12:00 UTC",
    "expires_at": "6 July 2026, 12:00 UTC",
    "brand": Brand(name="Acme & Sons", colour="#1f6f5c", support="help@acme.example"),
}
# Among them what looks like a blank, a mark, a place of a pattern, or a link.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=150) | st.sampled_from(
    ["zq.\u2063link\u2063", "zq.", "\x1d\x1e\x1f", r"\1\g<0>", "https://www.a.example/<b>", "o" * 120, ""]
)


@pytest.mark.parametrize("locale", ["en", "cs"])
@given(address=words, account=words, link=words)
def test_its_blanks_are_filled_as_the_template_would(
    locale: str, address: str, account: str, link: str
) -> None:
    """Whatever the values are, in the subject, the text and the HTML."""
    values = {"address": address, "account": account, "link": link}
    said = texts(locale)
    letter = form_letter(NoticeKind.ADDRESS_CONFIRMATION, said, FACTS, BLANKS)

    assert letter.filled(values) == rendered(NoticeKind.ADDRESS_CONFIRMATION, said, FACTS | values)
