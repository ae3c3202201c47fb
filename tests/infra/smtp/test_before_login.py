"""What comes before a login: nothing is said in clear, nothing injected is believed, and what would work is found."""

import socket
from dataclasses import replace

import pytest

from domain.dialogue import Ending, Stage
from domain.mail_server import Security, Way
from tests.infra.smtp.ground import (
    LONG,
    OFFER,
    PASSWORD,
    a_login,
    answered,
    begun,
    greeted,
    logins,
    look,
    plain,
    secured,
)
from tests.servers.certificates import ServerFiles
from tests.servers.villain import HOST, Talk, villain

SENDER = "info@example.org"


def hang(talk: Talk) -> None:
    """Say nothing more."""
    talk.hear_to_the_end()


def test_a_stripped_starttls_gets_no_octet_of_the_login() -> None:
    """Somebody between us took STARTTLS out of the offer, and put AUTH in."""
    with villain(lambda talk: (greeted(talk, OFFER), hang(talk))) as server:  # type: ignore[func-returns-value]
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NO_STARTTLS)
    assert b"AUTH" not in server.heard_in_clear
    assert PASSWORD.encode() not in server.heard_in_clear


@pytest.mark.parametrize("answer", ["502 5.5.1 no", "454 4.7.0 not now", "250 but no TLS"])
def test_a_refused_starttls_gets_no_octet_of_the_login(answer: str) -> None:
    """It was offered, and is not done."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS", OFFER)
        talk.hear()
        talk.say(answer)
        hang(talk)

    with villain(script) as server:
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.REPLY)
    assert b"AUTH" not in server.heard


def test_replies_injected_before_tls_end_the_dialogue(files: ServerFiles) -> None:
    """In one segment with the go-ahead: they would count as said by TLS (CVE-2011-0411)."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        talk.hear()
        talk.say("220 go ahead", "250-injected", "250 AUTH PLAIN")
        talk.start_tls(files.context())

    with villain(script) as server:
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.TLS, Ending.NOT_SMTP)
    assert b"AUTH" not in server.heard


def test_what_was_offered_in_clear_counts_no_more_by_tls(files: ServerFiles) -> None:
    """RFC 3207, section 4.2: only the second EHLO says what there is."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS", OFFER)
        begun(talk, files.context())
        answered(talk, "8BITMIME")
        hang(talk)

    with villain(script) as server:
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.NO_AUTH)


def test_a_reply_that_nobody_asked_for_ends_the_dialogue(files: ServerFiles) -> None:
    """A server that is one reply ahead would have the next command answered before it is read."""

    def then(talk: Talk) -> None:
        talk.hear()
        talk.say("235 2.7.0 welcome", "250 2.1.0 sender fine")
        hang(talk)

    with villain(secured(files, then)) as server:
        seen = look(server.port, sender=SENDER)

    assert (seen.stage, seen.ending) == (Stage.MAIL_FROM, Ending.NOT_SMTP)


def test_a_server_may_close_unasked(files: ServerFiles) -> None:
    """421 may come at any time (RFC 5321, section 3.8), and is the answer to what is asked next."""

    def then(talk: Talk) -> None:
        talk.hear()
        talk.say("235 2.7.0 welcome", "421 4.3.2 going down")
        hang(talk)

    with villain(secured(files, then)) as server:
        seen = look(server.port, sender=SENDER)

    assert (seen.stage, seen.ending, seen.reply and seen.reply.code) == (Stage.MAIL_FROM, Ending.REPLY, 421)


@pytest.mark.parametrize("reply", ["421 4.3.2 later", "554 5.7.1 no"])
def test_a_server_that_turns_us_away_is_heard(reply: str) -> None:
    """At the greeting already."""
    with villain(lambda talk: (talk.say(reply), hang(talk))) as server:  # type: ignore[func-returns-value]
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.EHLO, Ending.REPLY)
    assert seen.reply is not None
    assert seen.reply.code == int(reply[:3])


def test_a_port_that_speaks_tls_at_once_is_found_out(files: ServerFiles) -> None:
    """The server waits for TLS, we for a greeting: the other way works, and is suggested."""
    context = files.context()

    def script(talk: Talk) -> None:
        talk.start_tls(context)
        greeted(talk, OFFER)
        hang(talk)

    with villain(script) as server:
        seen = look(server.port, patience=replace(LONG, stage=0.5))

    assert (seen.stage, seen.ending) == (Stage.EHLO, Ending.TIMEOUT)
    assert seen.works == Way(server.port, Security.TLS)
    assert b"AUTH" not in server.heard


def test_another_port_that_works_is_suggested(files: ServerFiles) -> None:
    """No login is said there: its owner decides."""
    with villain(secured(files, hang)) as works, villain(secured(files, hang, "8BITMIME")) as offers_no_login:
        with socket.create_server((HOST, 0)) as listening:
            port = listening.getsockname()[1]
        client = logins({port, works.port, offers_no_login.port})
        seen = client.look(a_login(port))

    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.UNREACHABLE)
    assert seen.works == Way(works.port, Security.STARTTLS)
    assert b"AUTH" not in works.heard


def test_where_the_whole_time_is_over_no_other_way_is_tried(files: ServerFiles) -> None:
    """However many ports are allowed."""
    with villain(hang) as server, villain(secured(files, hang)) as works:
        patience = replace(LONG, total=0.5, stage=0.5)
        seen = logins({server.port, works.port}, patience).look(a_login(server.port))

    assert (seen.ending, seen.works) == (Ending.TIMEOUT, None)
    assert (len(server.talks), works.talks) == (1, [])


def test_the_password_is_sent_by_tls_alone(files: ServerFiles) -> None:
    """Where all is right: once, and in UTF-8."""

    def then(talk: Talk) -> None:
        talk.hear()
        talk.say("235 2.7.0 welcome")
        hang(talk)

    with villain(secured(files, then)) as server:
        seen = look(server.port)

    assert (seen.stage, seen.ending) == (Stage.AUTH, Ending.DONE)
    assert server.heard.count(f"AUTH PLAIN {plain()}\r\n".encode()) == 1
    assert b"AUTH" not in server.heard_in_clear
