"""Servers that hang, break off, drip and talk nonsense at every step: each ends in its time, and by its name."""

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.dialogue import Ending, Stage
from tests.infra.smtp.ground import (
    LONG,
    SHORT,
    begun,
    greeted,
    look,
    secured,
)
from tests.servers.certificates import ServerFiles
from tests.servers.villain import HOST, Gone, Script, Talk, filtered, villain

SENDER = "info@example.org"
Misdeed = Callable[[Talk], None]


def hang(talk: Talk) -> None:
    """Say nothing more."""
    talk.hear_to_the_end()


def reset(talk: Talk) -> None:
    """Break the connection."""
    talk.reset()


def drip(talk: Talk) -> None:
    """A digit of a line that never ends, twenty times a second, until the other side hangs up."""
    talk.socket.settimeout(0.05)
    while True:
        talk.send(b"2")
        try:
            if not talk.socket.recv(4096):
                raise Gone
        except TimeoutError:
            continue
        except OSError:
            raise Gone from None


def at_greeting(_: ServerFiles, misdeed: Misdeed) -> Script:
    """Before a word is said."""
    return misdeed


def at_ehlo(_: ServerFiles, misdeed: Misdeed) -> Script:
    """In answer to EHLO."""

    def script(talk: Talk) -> None:
        talk.say("220 villain")
        talk.hear()
        misdeed(talk)

    return script


def at_starttls(_: ServerFiles, misdeed: Misdeed) -> Script:
    """In answer to STARTTLS."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        talk.hear()
        misdeed(talk)

    return script


def at_handshake(_: ServerFiles, misdeed: Misdeed) -> Script:
    """After the go-ahead."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        talk.hear()
        talk.say("220 go ahead")
        talk.socket.recv(16)
        misdeed(talk)

    return script


def at_second_ehlo(files: ServerFiles, misdeed: Misdeed) -> Script:
    """In answer to EHLO by TLS."""

    def script(talk: Talk) -> None:
        greeted(talk, "STARTTLS")
        begun(talk, files.context())
        talk.hear()
        misdeed(talk)

    return script


def after(*replies: str) -> Callable[[ServerFiles, Misdeed], Script]:
    """In answer to the command after those that got these replies."""

    def at(files: ServerFiles, misdeed: Misdeed) -> Script:
        def then(talk: Talk) -> None:
            for reply in replies:
                talk.hear()
                talk.say(reply)
            talk.hear()
            misdeed(talk)

        return secured(files, then)

    return at


at_auth, at_mail = after(), after("235 2.7.0 welcome")
at_rset, at_quit = after("235 2.7.0 welcome", "250 fine"), after("235 welcome", "250 fine", "250 forgotten")

STEPS = [
    (at_greeting, Stage.EHLO),
    (at_ehlo, Stage.EHLO),
    (at_starttls, Stage.TLS),
    (at_handshake, Stage.TLS),
    (at_second_ehlo, Stage.EHLO),
    (at_auth, Stage.AUTH),
    (at_mail, Stage.MAIL_FROM),
]
NAMES = ["greeting", "ehlo", "starttls", "handshake", "second ehlo", "auth", "mail"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("at", "stage"), STEPS, ids=NAMES)
def test_a_server_that_hangs_is_left_when_the_time_is_over(
    at: Callable[[ServerFiles, Misdeed], Script], stage: Stage, files: ServerFiles
) -> None:
    """And it is said at which stage."""
    with villain(at(files, hang)) as server:
        seen = look(server.port, patience=SHORT, sender=SENDER)

    assert (seen.stage, seen.ending, seen.works) == (stage, Ending.TIMEOUT, None)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("at", "stage"),
    [step for step in STEPS if step[0] is not at_handshake],
    ids=[n for n in NAMES if n[:2] != "ha"],
)
def test_a_server_that_drips_wins_no_time(
    at: Callable[[ServerFiles, Misdeed], Script], stage: Stage, files: ServerFiles
) -> None:
    """The time is the stage's, not that of each octet."""
    with villain(at(files, drip)) as server:
        seen = look(server.port, patience=SHORT, sender=SENDER)

    assert (seen.stage, seen.ending) == (stage, Ending.TIMEOUT)


@pytest.mark.parametrize(("at", "stage"), STEPS, ids=NAMES)
def test_a_server_that_breaks_off_is_told_from_one_that_hangs(
    at: Callable[[ServerFiles, Misdeed], Script], stage: Stage, files: ServerFiles
) -> None:
    """At once, with the stage."""
    with villain(at(files, reset)) as server:
        seen = look(server.port, patience=LONG, sender=SENDER)

    assert (seen.stage, seen.ending) == (stage, Ending.BROKEN_OFF)


def test_a_server_that_breaks_off_as_it_is_dialled_was_there(files: ServerFiles) -> None:
    """However early the reset comes: it may be there before the dialling has looked whom it reached."""
    with villain(at_greeting(files, reset)) as server:
        seen = [look(server.port, patience=LONG) for _ in range(400)]

    assert {(each.stage, each.ending) for each in seen} == {(Stage.EHLO, Ending.BROKEN_OFF)}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("misdeed", [hang, reset, drip])
@pytest.mark.parametrize("at", [at_rset, at_quit])
def test_how_the_farewell_goes_changes_nothing(
    at: Callable[[ServerFiles, Misdeed], Script], misdeed: Misdeed, files: ServerFiles
) -> None:
    """The login worked."""
    with villain(at(files, misdeed)) as server:
        seen = look(server.port, patience=SHORT, sender=SENDER)

    assert (seen.stage, seen.ending) == (Stage.MAIL_FROM, Ending.DONE)


@pytest.mark.timeout(60)
def test_a_filtered_port_is_left_when_the_time_is_over() -> None:
    """No answer at all."""
    with filtered() as port:
        seen = look(port, patience=SHORT)

    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.TIMEOUT)


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    """At once."""
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]

    seen = look(port)

    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.UNREACHABLE)


def many(talk: Talk) -> None:
    """Lines without an end."""
    talk.send(b"250-x\r\n" * 101)
    talk.hear_to_the_end()


def long(talk: Talk) -> None:
    """One line without an end."""
    talk.send(b"250-" + b"x" * 9000)
    talk.hear_to_the_end()


def too_long(talk: Talk) -> None:
    """One line with an end, an octet longer than may be."""
    talk.send(b"250 " + b"x" * (8192 - 5) + b"\r\n")
    talk.hear_to_the_end()


def large(talk: Talk) -> None:
    """A hundred lines, each as long as may be."""
    talk.send((b"250-" + b"x" * 8000 + b"\r\n") * 9 + b"250 x\r\n")
    talk.hear_to_the_end()


def said(*lines: str) -> Misdeed:
    """These lines."""

    def misdeed(talk: Talk) -> None:
        talk.say(*lines)
        talk.hear_to_the_end()

    return misdeed


@pytest.mark.parametrize(
    "misdeed",
    [
        *(many, long, too_long, large),
        *(said("HTTP/1.1 400 Bad Request"), said("250-one", "251 two"), said("250"[:2]), said("999 what")),
        *(said("250+what"), said("２５０ full width"), said("")),
    ],
)
@pytest.mark.parametrize("at", [at_greeting, at_ehlo, at_second_ehlo, at_auth, at_mail])
def test_what_is_no_reply_ends_the_dialogue(
    at: Callable[[ServerFiles, Misdeed], Script], misdeed: Misdeed, files: ServerFiles
) -> None:
    """8,192 octets a line, 100 lines, 64 kB; three digits, the same in every line (RFC 5321, section 4.2)."""
    with villain(at(files, misdeed)) as server:
        seen = look(server.port, patience=replace(LONG, trial=0.1), sender=SENDER)

    assert seen.ending is Ending.NOT_SMTP
