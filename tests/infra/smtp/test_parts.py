"""What logs in is made from the settings of this installation."""

import pytest

from domain.dialogue import Dialogue, Ending, Stage
from domain.mail_server import Security, Way
from infra.settings import Settings
from infra.smtp.login import other_ways
from infra.smtp.parts import greeting_name, mail_servers
from infra.smtp.visit import extensions
from tests.infra.smtp.ground import a_login


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("signet.example.net", "signet.example.net"),
        ("háčky.example", "xn--hky-ela4t.example"),
        ("127.0.0.1", "[127.0.0.1]"),
        ("2001:db8::1", "[IPv6:2001:db8::1]"),
        ("localhost", "localhost"),
        ("", "localhost"),
        ("a b", "localhost"),
    ],
)
def test_we_name_ourselves_by_the_public_address(host: str, name: str) -> None:
    """A host name, or the literal of an address (RFC 5321, section 4.1.3)."""
    assert greeting_name(host) == name


def test_ports_and_networks_are_those_of_the_settings() -> None:
    """25 is opened by its operator, or not at all."""
    usual, opened = (
        mail_servers(Settings.load(environ)) for environ in ({}, {"SIGNET_SMTP_PORTS": "587, 25"})
    )
    blocked = Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_PORT)

    assert usual.look(a_login(25)) == blocked
    assert opened.look(a_login(465)) == blocked
    assert opened.look(a_login(25)) == Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_ADDRESS)


def test_the_likeliest_other_way_is_tried_first() -> None:
    """The same port the other way, then what each allowed port is for."""
    tls, starttls = Security.TLS, Security.STARTTLS

    assert other_ways(Way(465, starttls), {25, 465, 587, 2525, 10_587}) == [
        Way(465, tls), Way(587, starttls), Way(2525, starttls), Way(25, starttls), Way(10_587, starttls),
    ]  # fmt: skip
    assert other_ways(Way(587, starttls), {587}) == [Way(587, tls)]


def test_what_a_server_offers_is_read_by_keyword() -> None:
    """In any case; what is said twice counts together."""
    said = [b"PIPELINING", b"size 1000", b"AUTH PLAIN", b"AUTH=LOGIN", b"", b"\xff\xfe"]

    found = extensions(said)

    assert (found["PIPELINING"], found["SIZE"], found["AUTH"]) == ("", "1000", "PLAIN LOGIN")
