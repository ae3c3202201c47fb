"""Mails to addresses with other letters than ASCII before the @ (RFC 6531, RFC 6532)."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from domain.carriage import Delivered, Temporary
from infra.mail.confirmation import compose_confirmation
from infra.mail.mailbox import Mailbox
from infra.mail.relay import BY_SMTPUTF8, Relay
from infra.mail.wire import on_the_wire
from tests.infra.mail.dkim_ground import signer, verifies
from tests.infra.mail.letters import SENDER
from tests.infra.mail.test_confirmation import BRAND, CONTENT, LINK
from tests.servers.smtp import MailServer, smtp_server

BEYOND = "žluťoučký@example.org"
PLAIN = CONTENT.recipient


def mail_to(recipient: str) -> bytes:
    """The mail with the link."""
    return compose_confirmation(replace(CONTENT, recipient=recipient), SENDER, BRAND)


def to(server: MailServer) -> Relay:
    """The way to that server."""
    return Relay.parse(f"smtp+plain://{server.host}:{server.port}")


def test_only_the_header_of_such_a_mail_is_beyond_ascii() -> None:
    """The body is 7-bit as ever, and no other mail is changed."""
    header, _, body = mail_to(BEYOND).partition(b"\r\n\r\n")

    assert f"\r\nTo: {BEYOND}\r\n".encode() in header
    assert body.isascii()
    assert mail_to(PLAIN).isascii()
    with pytest.raises(ValueError, match="not 7-bit"):
        on_the_wire(mail_to(BEYOND))


@pytest.mark.parametrize(
    "wrong",
    [b"X: \xff\r\n\r\nx\r\n", "X: x\r\n\r\nž\r\n".encode(), b"X: \x00\xc5\xbe\r\n\r\nx\r\n"],
    ids=["not UTF-8", "in the body", "a zero octet"],
)
def test_nothing_else_passes_as_utf8(wrong: bytes) -> None:
    """Well-formed UTF-8, in the header, and no zero octet."""
    with pytest.raises(ValueError, match="not 7-bit"):
        on_the_wire(wrong, utf8=True)


@pytest.mark.parametrize("recipient", [BEYOND, "user%other!x@example.org", "用户@xn--hky-ela4t.cz"])
def test_every_address_that_can_be_added_gets_its_mail(recipient: str) -> None:
    """By SMTPUTF8 where it needs that, over the same connection as others."""
    with smtp_server() as server, to(server).session() as session:
        results = [session.deliver(mail_to(one), "", one, "key") for one in (PLAIN, recipient, PLAIN)]

    assert results == [Delivered()] * 3
    assert [one.recipients for one in server.received] == [(PLAIN,), (recipient,), (PLAIN,)]
    assert [one.options for one in server.received] == [
        (),
        () if recipient.isascii() else BY_SMTPUTF8,
        (),
    ]
    assert server.received[1].content == mail_to(recipient)
    assert server.connections == 1


def test_where_the_relay_does_not_offer_it_the_mail_waits() -> None:
    """That is ours to put right; the other mails go on, over the same connection."""
    with smtp_server() as server, to(server).session() as session:
        server.smtputf8 = False
        results = [session.deliver(mail_to(one), "", one, "key") for one in (BEYOND, PLAIN, BEYOND)]
        manners = to(server).check()

    assert results == [Temporary("no_smtputf8"), Delivered(), Temporary("no_smtputf8")]
    assert [one.recipients for one in server.received] == [(PLAIN,)]
    assert server.connections == 2  # the session's, and the check's
    assert (manners.fault, manners.smtputf8) == (None, False)


def test_its_signature_verifies(tmp_path: Path) -> None:
    """DKIM signs octets (RFC 8616)."""
    ours = signer(tmp_path, "ed25519")

    assert verifies(ours.signed(mail_to(BEYOND), time.time()), ours.key.record)


def test_the_mailbox_shows_such_an_address(tmp_path: Path) -> None:
    """And the link in the mail to it."""
    box = Mailbox(tmp_path)

    box.deliver(mail_to(BEYOND), "", BEYOND, "key")

    [letter] = box.latest()
    assert letter.to == BEYOND
    assert LINK in letter.text
    assert BEYOND in letter.subject
