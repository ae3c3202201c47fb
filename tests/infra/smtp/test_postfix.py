"""Postfix with Dovecot's logins: every mechanism, passwords in Czech, senders that are not one's own."""

import os
from collections.abc import Iterator

import pytest

from domain.dialogue import Dialogue, Ending, Stage
from domain.judges.smtp import judge
from domain.mail_server import Security, Way
from tests.infra.smtp.ground import PASSWORD, USER, a_login, logins
from tests.servers.certificates import ServerFiles
from tests.servers.postfix import MECHANISMS, Postfix, postfix_server

BOSS = "boss@example.org"


@pytest.fixture(scope="module")
def postfix(files: ServerFiles) -> Iterator[Postfix]:
    """One for all: a user with an address of its own, and an address that is somebody else's."""
    if os.geteuid() != 0:
        pytest.skip("Postfix's master has to be root, to become its own user")
    with postfix_server(files, {USER: PASSWORD}, {USER: USER, BOSS: BOSS}) as running:
        yield running


def look(
    postfix: Postfix,
    port: int,
    security: Security = Security.STARTTLS,
    password: str = PASSWORD,
    sender: str | None = USER,
) -> Dialogue:
    """Log in there."""
    client = logins({postfix.tls, postfix.starttls, *postfix.ports.values()})
    return client.look(a_login(port, security, password=password), sender)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_logs_in(mechanism: str, postfix: Postfix) -> None:
    """With a password that is not ASCII, and holds what parts fields elsewhere."""
    seen = look(postfix, postfix.ports[mechanism])

    assert seen == Dialogue(stage=Stage.MAIL_FROM, ending=Ending.DONE)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_is_refused_with_a_wrong_password(mechanism: str, postfix: Postfix) -> None:
    """And is judged so."""
    seen = look(postfix, postfix.ports[mechanism], password="wrong")

    assert (seen.stage, seen.ending, seen.reply and seen.reply.enhanced) == (
        Stage.AUTH,
        Ending.REPLY,
        "5.7.8",
    )
    assert judge(seen).code == "smtp.credentials"


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_both_ways_of_tls_lead_to_a_login(security: Security, postfix: Postfix) -> None:
    """By the safest mechanism of those that it offers."""
    port = postfix.tls if security is Security.TLS else postfix.starttls

    assert look(postfix, port, security).ending is Ending.DONE


def test_an_address_of_somebody_else_is_refused_at_mail(postfix: Postfix) -> None:
    """The login passed."""
    seen = look(postfix, postfix.starttls, sender=BOSS)

    assert (seen.stage, seen.ending) == (Stage.MAIL_FROM, Ending.REPLY)
    assert judge(seen).code == "smtp.sender_refused"


def test_the_wrong_security_is_put_right(postfix: Postfix) -> None:
    """TLS from the first octet at a port for STARTTLS: what works is found."""
    seen = look(postfix, postfix.starttls, Security.TLS)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NO_TLS)
    assert seen.works == Way(postfix.starttls, Security.STARTTLS)
