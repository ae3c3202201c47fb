"""Exim: the same promises as with Postfix, kept with another server and another TLS library."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.dialogue import Dialogue, Ending, Stage
from domain.judges.smtp import judge
from domain.mail_server import Security, Way
from tests.infra.smtp.ground import LONG, PASSWORD, USER, a_login, logins
from tests.servers.certificates import ServerFiles
from tests.servers.exim import Exim, exim_server
from tests.servers.waiting import PATIENCE


@pytest.fixture(scope="module")
def exim(files: ServerFiles) -> Iterator[Exim]:
    """One for all, with one user."""
    with exim_server(files, {USER: PASSWORD}) as running:
        yield running


def look(
    exim: Exim,
    port: int,
    security: Security = Security.STARTTLS,
    password: str = PASSWORD,
    sender: str | None = USER,
) -> Dialogue:
    """Log in there."""
    # A port without TLS is tried the other way round too, where Exim waits in silence.
    client = logins({exim.tls, exim.starttls, exim.bare}, replace(LONG, trial=PATIENCE))
    return client.look(a_login(port, security, password=password), sender)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_good_login_passes_by_both_ways_of_tls(security: Security, exim: Exim) -> None:
    """With its own address as sender."""
    port = exim.tls if security is Security.TLS else exim.starttls

    assert look(exim, port, security) == Dialogue(stage=Stage.MAIL_FROM, ending=Ending.DONE)


def test_a_wrong_password_is_refused(exim: Exim) -> None:
    """And is judged so, though Exim gives no enhanced status code."""
    seen = look(exim, exim.starttls, password="wrong")

    assert (seen.stage, seen.ending, seen.reply and seen.reply.code) == (Stage.AUTH, Ending.REPLY, 535)
    assert judge(seen).code == "smtp.credentials"


def test_an_address_of_somebody_else_is_refused_at_mail(exim: Exim) -> None:
    """The login passed."""
    seen = look(exim, exim.starttls, sender="boss@example.org")

    assert (seen.stage, seen.ending) == (Stage.MAIL_FROM, Ending.REPLY)
    assert judge(seen).code == "smtp.sender_refused"


def test_without_tls_nothing_is_said_and_what_works_is_found(exim: Exim) -> None:
    """At the same server, at another port."""
    seen = look(exim, exim.bare)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NO_STARTTLS)
    assert judge(seen).code == "smtp.no_tls"
    assert seen.works in {Way(exim.starttls, Security.STARTTLS), Way(exim.tls, Security.TLS)}


def test_the_wrong_security_is_put_right(exim: Exim) -> None:
    """TLS from the first octet at a port for STARTTLS: what works is found."""
    seen = look(exim, exim.starttls, Security.TLS)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NO_TLS)
    assert seen.works == Way(exim.starttls, Security.STARTTLS)
