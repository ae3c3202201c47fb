"""Reading a sender address: what is one, what is none, and which spellings are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mail_address import MailAddress, parse_address

LOCAL = "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        "info@example.com",
        "Info.Box+tag@example.com",
        "o'neil@example.com",
        "user%other!x@example.com",
        "!#$%&'*+/=?^_`{|}~-@example.com",
        "žluťoučký@example.com",
        "用户@example.com",
        f"{LOCAL}@example.com",
        f"{'ž' * 32}@example.com",
        "a@" + "b" * 63 + ".example.com",
    ],
)
def test_an_address_is_kept_as_it_was_given(text: str) -> None:
    """RFC 5321, section 4.1.2, and RFC 6531, section 3.3."""
    address = parse_address(text)

    assert address is not None
    assert address.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "info",
        "@example.com",
        "info@",
        "info@example",
        "info@example.com.",
        "info@@example.com",
        "info@[192.0.2.1]",
        "info@192.0.2.1",
        '"quoted"@example.com',
        "a b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "a\r\nRCPT TO:<b@example.com>@example.com",
        "a\x00b@example.com",
        "a\u202eb@example.com",
        "a\u200bb@example.com",
        "a\xa0b@example.com",
        "a\u2028b@example.com",
        "z\u030c@example.com",
        "a\ud800@example.com",
        "a\ue000@example.com",
        f"{LOCAL}a@example.com",
        f"{'ž' * 33}@example.com",
        f"{LOCAL}@" + ".".join(["b" * 60] * 4) + ".com",
        "a" * 2000 + "@example.com",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    """Quoted forms, literals and whatever is invisible included."""
    assert parse_address(text) is None


def test_the_domain_is_spelled_once() -> None:
    """In A-labels, whatever it was given in."""
    address = parse_address("Info@HÁČKY.cz")

    assert address is not None
    assert address.text == "Info@xn--hky-ela4t.cz"
    assert address.domain.unicode == "háčky.cz"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("info@example.com", "INFO@Example.COM", True),
        ("Žofie@example.com", "žofie@example.com", False),
        ("ŽOFIE@example.com", "Žofie@example.com", True),
        ("a.b@example.com", "ab@example.com", False),
        ("a+b@example.com", "a@example.com", False),
    ],
)
def test_two_that_differ_only_in_ascii_case_are_one(one: str, other: str, *, same: bool) -> None:
    """Other letters are left as they are: which of them are the same, only the mail server knows."""
    first, second = parse_address(one), parse_address(other)

    assert first is not None
    assert second is not None
    assert (first.key == second.key) is same


@given(st.text(max_size=80))
def test_what_is_taken_is_one_line_and_reads_again_as_the_same(local_part: str) -> None:
    """Whatever somebody types before the @."""
    address = parse_address(f"{local_part}@example.com")

    if address is not None:
        assert address.text.isprintable()
        assert address.text.split() == [address.text]
        assert parse_address(address.text) == address
        assert parse_address(address.key) == MailAddress(address.key.rpartition("@")[0], address.domain)
