"""The three forms in which an operator names the relay."""

import pytest

from infra.mail.relay import Relay
from infra.mail.relay_url import RelayUrl, Security, WrongRelay, parse_relay


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://relay.example.com", (Security.TLS, "relay.example.com", 465, "", "")),
        ("smtp://relay.example.com", (Security.STARTTLS, "relay.example.com", 587, "", "")),
        ("smtp+plain://127.0.0.1:2525", (Security.NONE, "127.0.0.1", 2525, "", "")),
        (
            "smtps://bot:s%3Acr%40t@relay.example.com:10465",
            (Security.TLS, "relay.example.com", 10465, "bot", "s:cr@t"),
        ),
        (
            "SMTP://a%40b.cz:hesl%C3%B3@Relay.Example.com/",
            (Security.STARTTLS, "relay.example.com", 587, "a@b.cz", "hesló"),
        ),
        ("smtp+plain://bot:secret@localhost", (Security.NONE, "localhost", 25, "bot", "secret")),
        ("smtps://[::1]:4650", (Security.TLS, "::1", 4650, "", "")),
    ],
)
def test_each_form_is_read(url: str, expected: tuple[Security, str, int, str, str]) -> None:
    """With the usual port where none is given; user name and password are percent-decoded."""
    security, host, port, username, password = expected

    assert parse_relay(url) == RelayUrl(
        security=security, host=host, port=port, username=username, password=password
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.example.com:587",
        "http://bot:hunter2@relay.example.com",
        "smtp://",
        "smtp://bot:hunter2@:587",
        "smtp://bot:hunter2@relay.example.com:99999",
        "smtp://bot:hunter2@relay.example.com:port",
        "smtp://relay.example.com:0",
        "smtp://bot:hunter2@relay.example.com/path",
        "smtp://relay.example.com?tls=no",
        "smtp://relay.example.com#x",
        "smtp://bot:hunter2@[::1",
        "smtp://bot@relay.example.com",
        "smtp://:hunter2@relay.example.com",
        "smtp://bot:hunter2%00@relay.example.com",
        "smtp+plain://bot:hunter2@relay.example.com",
    ],
)
def test_anything_else_is_refused_without_showing_it(url: str) -> None:
    """One sentence that says what is right; a password in the URL is never in it, nor behind it."""
    with pytest.raises(WrongRelay, match="relay") as caught:
        Relay.parse(url)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_only_the_form_without_encryption_is_warned_of() -> None:
    """The operator reads it at every start."""
    assert parse_relay("smtps://a.example").warning is None
    assert parse_relay("smtp://a.example").warning is None
    assert "not encrypted" in (parse_relay("smtp+plain://a.example").warning or "")


def test_a_representation_holds_no_login() -> None:
    """It may end up in a log."""
    shown = repr(Relay.parse("smtps://somebody:hunter2@a.example"))

    assert "hunter2" not in shown
    assert "somebody" not in shown
