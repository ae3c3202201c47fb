"""Handing mails to a relay: what becomes of each, whatever the relay does."""

import socket

import pytest

from domain.carriage import Ambiguous, Delivered, Handover, Refused, Temporary
from infra.mail.connection import Patience
from tests.infra.mail.relays import MAIL, RECIPIENT, SENDER, Stage, leaving_after, relay, speaking, to
from tests.servers.ports import free_port


def plain(stage: Stage, message: bytes = MAIL) -> Handover:
    """Deliver one mail to a relay without TLS."""
    with relay(stage, "smtp+plain") as port:
        return to(f"smtp+plain://127.0.0.1:{port}").deliver(message, SENDER, RECIPIENT, "key")


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("mail", "451 4.3.0 later", Temporary("mail 451")),
        ("mail", "550 5.7.1 not from you", Temporary("mail 550")),
        ("rcpt", "450 4.2.1 busy", Temporary("rcpt 450")),
        ("rcpt", "550 5.1.1 no such user", Refused("550")),
        ("data", "452 4.3.1 disk full", Temporary("final 452")),
        ("data", "554 5.7.1 spam", Refused("554")),
        ("mail", "421 4.3.2 closing", Temporary("mail 421")),
    ],
)
def test_a_no_is_final_only_to_the_recipient_or_the_mail(stage: str, reply: str, expected: Handover) -> None:
    """A no to our own sender is ours to put right."""
    server = Stage(stage=stage, reply=reply)

    result = plain(server)

    assert server.reached
    assert result == expected
    assert server.mails == []


@pytest.mark.parametrize("stage", ["mail", "rcpt"])
def test_a_connection_lost_before_the_mail_is_tried_again_later(stage: str) -> None:
    """Nothing was taken over, so it may be sent again."""
    server = Stage(stage=stage)

    assert plain(server) == Temporary("disconnected")
    assert server.reached


def test_a_connection_lost_after_the_final_dot_is_ambiguous() -> None:
    """The relay has the mail and cannot tell us; a second one would be worse than none."""
    server = Stage(stage="data")

    assert plain(server) == Ambiguous("disconnected")
    assert len(server.mails) == 1


def test_a_relay_that_is_gone_before_the_final_dot_has_nothing() -> None:
    """It is not asked to take a mail that it cannot answer for: the mail is tried again later."""
    with leaving_after(b"220 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n") as port:
        result = to(f"smtp+plain://127.0.0.1:{port}").deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Temporary("disconnected")


def test_no_reply_to_the_final_dot_is_ambiguous() -> None:
    """Our patience ends before the relay's; the mail may have been taken."""
    replies = b"220 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"

    with speaking(replies) as port:
        door = to(f"smtp+plain://127.0.0.1:{port}", patience=Patience(connect=5, reply=5, final_dot=0.2))
        result = door.deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Ambiguous("timeout")


def test_an_unreadable_reply_to_the_final_dot_is_ambiguous() -> None:
    """What is not a reply is not a no."""
    with speaking(b"220 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\nwhat?\r\n") as port:
        result = to(f"smtp+plain://127.0.0.1:{port}").deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Ambiguous("unreadable")


def test_a_refused_data_command_is_told_apart_from_a_refused_mail() -> None:
    """A relay may say no to DATA itself; nothing was sent yet."""
    with speaking(b"220 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n451 not now\r\n221 bye\r\n") as port:
        result = to(f"smtp+plain://127.0.0.1:{port}").deliver(MAIL, SENDER, RECIPIENT, "key")

    assert result == Temporary("data 451")


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        (b"554 5.3.2 go away hunter2\r\n", "reply 554"),
        (b"220 hi\r\n502 what is EHLO\r\n", "ehlo 502"),
        (b"", "timeout"),
        (b"220 " + b"x" * 9000 + b"\r\n", "reply 500"),
    ],
)
def test_a_relay_that_does_not_greet_is_away(greeting: bytes, expected: str) -> None:
    """A busy, ancient, silent or babbling server: all are ours to wait for, and none is quoted."""
    with speaking(greeting) as port:
        door = to(f"smtp+plain://127.0.0.1:{port}", patience=Patience(connect=0.3, reply=0.3, final_dot=0.3))

        assert door.deliver(MAIL, SENDER, RECIPIENT, "key") == Temporary(expected)
        assert door.check().fault == expected


def test_nobody_listening_is_away() -> None:
    """The mail waits."""
    door = to(f"smtp+plain://127.0.0.1:{free_port()}")

    assert door.deliver(MAIL, SENDER, RECIPIENT, "key") == Temporary("connect")


def test_small_segments_are_not_held_back() -> None:
    """The final dot goes out at once: with Nagle's algorithm each mail would take 40 ms longer (RFC 1122, 4.2.3.4)."""
    with relay(Stage(), "smtp+plain") as port:
        client = to(f"smtp+plain://127.0.0.1:{port}").connect()
        assert client.sock is not None
        no_delay = client.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.quit()

    assert no_delay


def test_many_mails_go_over_one_connection() -> None:
    """Refused ones between them do not cost it."""
    stage = Stage(stage="rcpt", reply="550 5.1.1 no such user", times=1)

    with relay(stage, "smtp+plain") as port, to(f"smtp+plain://127.0.0.1:{port}").session() as session:
        results = [session.deliver(MAIL, SENDER, RECIPIENT, "key") for _ in range(5)]

    assert results == [Refused("550"), *[Delivered()] * 4]
    assert len(stage.sessions) == 1


def test_a_stale_connection_is_replaced_before_the_mail_begins() -> None:
    """A relay may hang up on a connection that was idle; that is not worth a delay of a minute."""
    stage = Stage()

    with relay(stage, "smtp+plain") as port, to(f"smtp+plain://127.0.0.1:{port}").session() as session:
        first = session.deliver(MAIL, SENDER, RECIPIENT, "key")
        stage.stage, stage.times = "mail", 1
        second = session.deliver(MAIL, SENDER, RECIPIENT, "key")

    assert stage.reached == ["mail"]
    assert (first, second) == (Delivered(), Delivered())
    assert len(stage.sessions) == 2


def test_after_an_ambiguous_mail_the_next_one_has_a_new_connection() -> None:
    """One mail's misfortune is not the next one's."""
    stage = Stage(stage="data", times=1)

    with relay(stage, "smtp+plain") as port, to(f"smtp+plain://127.0.0.1:{port}").session() as session:
        results = [session.deliver(MAIL, SENDER, RECIPIENT, "key") for _ in range(2)]

    assert results == [Ambiguous("disconnected"), Delivered()]


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b"..\r\n.\r\n..\r\n",
        b"first\r\n.\r\nMAIL FROM:<evil@example.net>\r\n",
        b".hidden\r\n\r\n.\r\n",
        b"a.\r\n .\r\n",
    ],
)
def test_the_frozen_bytes_arrive_unchanged(body: bytes) -> None:
    """Dots at the start of lines included (RFC 5321, section 4.5.2): exactly one mail, the same octets."""
    stage, message = Stage(), b"Subject: dots\r\n\r\n" + body

    result = plain(stage, message)

    assert result == Delivered()
    assert [mail.original_content for mail in stage.mails] == [message]


@pytest.mark.parametrize(
    "message",
    [
        b"Subject: x\r\n\r\nhello\n.\r\nMAIL FROM:<a@b.c>\r\n",
        b"Subject: x\r\n\r\nhello\r.\r\n",
        b"Subject: x\r\n\r\n\n.\n\r\n",
        b"Subject: x\r\n\r\n\r.\r\n",
        b"Subject: x\r\n\r\nno end",
        b"Subject: x\r\n\r\n\xc5\x99\r\n",
        b"Subject: x\r\n\r\na\x00b\r\n",
        b"Subject: x\r\n\r\n" + b"y" * 999 + b"\r\n",
    ],
)
def test_bytes_that_servers_read_differently_never_leave(message: bytes) -> None:
    """SMTP smuggling needs a bare CR or LF: it is refused before a connection is made."""
    stage = Stage()

    with pytest.raises(ValueError, match="a mail"):
        plain(stage, message)

    assert stage.mails == []


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        (SENDER, "owner@example.org>\r\nRCPT TO:<evil@example.net"),
        (SENDER, "owner@example.org> NOTIFY=NEVER"),
        ("a@example.org\nX: y", RECIPIENT),
        (SENDER, ""),
    ],
)
def test_an_envelope_cannot_carry_a_command(sender: str, recipient: str) -> None:
    """An address is one address, or nothing is sent."""
    with pytest.raises(ValueError, match="not a mail address"):
        to("smtp+plain://127.0.0.1:1").deliver(MAIL, sender, recipient, "key")


def test_the_null_return_path_is_possible() -> None:
    """An answer to such a mail has nowhere to go, which is what is wanted for some."""
    stage = Stage()

    with relay(stage, "smtp+plain") as port:
        result = to(f"smtp+plain://127.0.0.1:{port}").deliver(MAIL, "", RECIPIENT, "key")

    assert result == Delivered()
    assert stage.mails[0].mail_from == "<>"


def test_an_international_domain_is_spelled_in_ascii() -> None:
    """So no relay needs SMTPUTF8."""
    stage = Stage()

    with relay(stage, "smtp+plain") as port:
        to(f"smtp+plain://127.0.0.1:{port}").deliver(MAIL, SENDER, "info@háčky.cz", "key")

    assert stage.mails[0].rcpt_tos == ["info@xn--hky-ela4t.cz"]
