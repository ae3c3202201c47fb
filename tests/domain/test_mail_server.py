"""What a login is made of is read once: one spelling of a host, and texts that fit on one line."""

import re
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mail_server import (
    Host,
    Login,
    MailServer,
    Security,
    Way,
    composed,
    is_password,
    is_username,
    parse_host,
)

FQDN = re.compile(r"(?=.{3,211}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("smtp.example.com", "smtp.example.com", "smtp.example.com"),
        ("SMTP.Example.COM.", "smtp.example.com", "smtp.example.com"),
        ("pošta.háčky.example", "xn--pota-h6a.xn--hky-ela4t.example", "pošta.háčky.example"),
        ("xn--hky-ela4t.example", "xn--hky-ela4t.example", "háčky.example"),
        ("mx1.127.example", "mx1.127.example", "mx1.127.example"),
    ],
)
def test_a_host_is_a_name_of_two_labels_or_more(text: str, name: str, shown: str) -> None:
    """In lower-case A-labels, whatever was typed."""
    assert parse_host(text) == Host(name=name, shown=shown)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:0db8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "::ffff:7f00:1"),
    ],
)
def test_a_host_is_the_literal_of_an_address(text: str, literal: str) -> None:
    """In the one spelling that the guard reads too."""
    assert parse_host(text) == Host(name=literal, shown=literal, is_address=True)


@pytest.mark.parametrize(
    "text",
    [
        *("127.1", "0x7f.1", "0x7f000001", "2130706433", "0", "017700000001", "127.0.0.01", "127.0.0.1."),
        *("①②⑦.0.0.1", "127。0。0。1", "１２７.0.0.1", "fe80::1%lo", "fe80::1%25eth0"),
        *("[127.0.0.1]", "[::1]", "127.0.0.1:587", "smtp.example.com:587", "192.0.2.0/24", "::1%"),
        *("localhost", "", ".", "..", "smtp..example.com", "smtp.example.com..", ".example.com"),
        *("smtp.example.123", "smtp.example.0x1f", "-a.example", "a_b.example", "smtp.exa mple.com"),
        *("smtp.example.com\r\nEHLO x", "smtp.example.com\0", "user@smtp.example.com", "smtp://a.example"),
        *("a" * 64 + ".example", "a." * 110 + "example", "\ud800.example"),
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    """A library would make addresses of some of them, loopback among others (RFC 6943, section 3.1.1)."""
    assert parse_host(text) is None


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[0-9a-fA-FxX.:%\[\]]{1,40}")))
def test_a_host_that_is_taken_is_a_plain_name_or_a_plain_literal(text: str) -> None:
    """Nothing else can come out, whatever goes in."""
    host = parse_host(text)

    if host is not None and host.is_address:
        assert host.name == str(ip_address(host.name))
    elif host is not None:
        assert FQDN.fullmatch(host.name)
        assert not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.name.rpartition(".")[2])


@pytest.mark.parametrize("text", ["info@example.com", "žluťoučký", "a b", "u" * 255, "=,", "DOMAIN\\user"])
def test_a_user_name_may_be_any_visible_text(text: str) -> None:
    """Servers have all kinds."""
    assert is_username(text)


@pytest.mark.parametrize(
    "text", ["", "u" * 256, "ž" * 128, "a\0b", "a\r\nb", "a\x7f", "a\x85", "a\u2028", "\ud800"]
)
def test_what_would_break_a_line_or_a_field_is_neither_user_name_nor_password(text: str) -> None:
    """NUL parts the fields of PLAIN (RFC 4616), CR and LF part commands. 255 octets, not characters."""
    assert not is_username(text)
    assert not is_password(text * 5 if len(text) > 1 and text.isprintable() else text)


def test_a_user_name_that_reads_like_another_is_refused() -> None:
    """What turns the direction of writing has no place in a name; a password is seen by nobody."""
    assert not is_username("a\u202eb")
    assert is_password("a\u202eb")


def test_a_password_may_be_long_and_in_any_language() -> None:
    """1,024 octets: tokens are used as passwords too."""
    assert is_password("ž" * 512)
    assert not is_password("ž" * 513)
    assert is_password(" ")


def test_a_text_that_grows_when_it_is_composed_is_measured_as_it_is_sent() -> None:
    """U+1D160 becomes three characters of four octets in NFC."""
    assert len(composed("\U0001d160").encode()) == 12
    assert is_username("\U0001d160" * 21)
    assert not is_username("\U0001d160" * 22)


def test_how_a_letter_was_typed_makes_no_difference() -> None:
    """As one character, or as a letter and its mark."""
    assert composed("z\u030c") == composed("ž") == "ž"


@pytest.mark.parametrize(
    ("port", "security", "way"),
    [
        (465, Security.AUTO, Way(465, Security.TLS)),
        (587, Security.AUTO, Way(587, Security.STARTTLS)),
        (2525, Security.AUTO, Way(2525, Security.STARTTLS)),
        (25, Security.AUTO, Way(25, Security.STARTTLS)),
        (465, Security.STARTTLS, Way(465, Security.STARTTLS)),
        (587, Security.TLS, Way(587, Security.TLS)),
    ],
)
def test_security_is_by_the_port_unless_it_is_said(port: int, security: Security, way: Way) -> None:
    """RFC 8314: 465 begins with TLS."""
    host = parse_host("smtp.example.com")
    assert host is not None

    assert MailServer(host=host, port=port, security=security).way == way


def test_a_representation_shows_nothing_of_who_logs_in() -> None:
    """It ends up in logs and in tracebacks."""
    host = parse_host("smtp.example.com")
    assert host is not None
    login = Login(server=MailServer(host=host, port=587), username="CANARY-user", password="CANARY-password")

    assert "CANARY" not in repr(login) + str(login) + f"{login}"
