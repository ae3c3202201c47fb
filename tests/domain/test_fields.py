"""The form of accounts, plans, contacts' addresses and locales."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fields import is_account, is_email, is_locale, is_plan


@pytest.mark.parametrize("text", ["a", "acme-1", "urn:acme/eu@x_y.z", "A" * 128])
def test_an_account_is_taken_as_it_is(text: str) -> None:
    """1 to 128 characters of A-Z a-z 0-9 . _ : @ / -"""  # noqa: D400 - a character set
    assert is_account(text)


@pytest.mark.parametrize("text", ["", "A" * 129, "a b", "a\n", "é", "a\x00", "a\u202e", "a+b", "\ud800"])
def test_no_other_text_is_an_account(text: str) -> None:
    """Controls, spaces, letters beyond ASCII and anything too long are refused."""
    assert not is_account(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BUSINESS", True),
        ("Větší plán 2", True),
        ("x" * 100, True),
        ("x" * 101, False),
        ("", False),
        ("a\tb", False),
    ],
)
def test_a_plan_is_a_short_visible_text(text: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Whether the plan may send is judged elsewhere."""
    assert is_plan(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "owner@example.com",
        "first.last+tag@sub.example.co.uk",
        "o'neil@example.test",
        "owner@háčkyčárky.cz",
        f"{'a' * 64}@example.com",
    ],
)
def test_a_plain_address_can_be_mailed(text: str) -> None:
    """A dot-atom at a domain, whose name may be international."""
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "owner",
        "@example.com",
        "owner@",
        "owner@localhost",
        "owner@example.com.",
        "owner@@example.com",
        "a@b@example.com",
        ".owner@example.com",
        "owner.@example.com",
        "ow..ner@example.com",
        '"ow ner"@example.com',
        "owner@[192.0.2.1]",
        "owner@192.0.2.1",
        "user%other@example.com",
        "user!other@example.com",
        "owner@example.com\r\nBcc: all@example.com",
        "ow\x00ner@example.com",
        "ow\u202ener@example.com",
        "Owner <owner@example.com>",
        f"{'a' * 65}@example.com",
        f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 63}.com",
        f"{'a' * 64}@{'.'.join(['é' * 44] * 4)}.com",
    ],
)
def test_no_other_text_can_be_mailed(text: str) -> None:
    """Quotes, comments, literals, old routing marks, controls and whatever is too long are refused."""
    assert not is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "cs",
        "en-GB",
        "zh-Hant-TW",
        "de-CH-1996",
        "sl-rozaj-biske",
        "es-419",
        "EN-us",
        "de-DE-u-co-phonebk",
        "en-x-acme",
    ],
)
def test_a_language_tag_is_taken(text: str) -> None:
    """Well-formed tags of BCP 47."""
    assert is_locale(text)


@pytest.mark.parametrize(
    "text", ["", "c", "cs_CZ", "english1", "en-", "-en", "en--GB", "x-acme", "en-GB\n", "čs", "en" * 20]
)
def test_no_other_text_is_a_language_tag(text: str) -> None:
    """Underscores, empty parts and private tags alone are not."""
    assert not is_locale(text)


@given(st.text())
def test_whatever_the_text_the_answer_is_yes_or_no(text: str) -> None:
    """Nothing raises."""
    assert {is_account(text), is_plan(text), is_email(text), is_email(f"a@{text}"), is_locale(text)} <= {
        True,
        False,
    }
