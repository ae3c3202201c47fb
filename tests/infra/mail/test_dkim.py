"""Our signature: receivers verify it, and nobody can add to what was signed."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.carriage import Delivered
from infra.mail.compose import compose
from infra.mail.confirmation import compose_confirmation
from infra.mail.dkim import SIGNED, Dkim, Signing
from infra.mail.mailbox import Mailbox
from infra.mail.relay import Relay
from infra.mail.wire import on_the_wire
from tests.infra.mail.dkim_ground import PEMS, rsa_pem, signer, verifies
from tests.infra.mail.letters import SENDER, samples
from tests.infra.mail.test_confirmation import BRAND, CONTENT
from tests.servers.smtp import smtp_server

MAIL = compose(dict(samples())["expired-blind.cs"], SENDER)


@pytest.fixture(scope="module", params=PEMS)
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dkim:
    """What signs, with either kind of key."""
    return signer(tmp_path_factory.mktemp("keys"), request.param)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Dkim:
    """What signs with Ed25519, many times."""
    return signer(tmp_path_factory.mktemp("keys"), "ed25519")


def test_every_mail_of_ours_verifies(ours: Dkim) -> None:
    """Notices, digests and the mail with the link, in both languages; the octets behind the signature are the same."""
    mails = [compose(content, SENDER) for _, content in samples()]
    mails.append(compose_confirmation(CONTENT, SENDER, BRAND))

    signed = [ours.signed(mail, time.time()) for mail in mails]

    assert [verifies(mail, ours.key.record) for mail in signed] == [True] * len(mails)
    assert [mail.endswith(b"\r\n" + plain) for mail, plain in zip(signed, mails, strict=True)] == [
        True
    ] * len(mails)


def test_it_is_in_the_form_that_may_leave(ours: Dkim) -> None:
    """7-bit, CRLF, and lines that no server on the way has to break."""
    signed = ours.signed(MAIL, time.time())
    header = signed.removesuffix(MAIL)

    assert on_the_wire(signed) == signed
    assert max(map(len, header.split(b"\r\n"))) <= 78
    assert re.match(rb"DKIM-Signature: v=1; a=(rsa|ed25519)-sha256; c=relaxed/relaxed;\r\n", header)
    assert not re.search(rb"[ ;]l=", header)


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("place", ["above", "below"])
def test_another_field_that_says_who_speaks_breaks_it(quick: Dkim, name: str, place: str) -> None:
    """A second From or Subject, a Reply-To that was not there: all are signed once more than they are there."""
    signed, field = quick.signed(MAIL, time.time()), f"{name}: somebody@else.example\r\n".encode()
    head, _, body = signed.partition(b"\r\n\r\n")

    changed = field + signed if place == "above" else head + b"\r\n" + field + b"\r\n" + body

    assert not verifies(changed, quick.key.record)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (rb"\r\nSubject: [^\r]*", b"\r\nSubject: Win"),
        (rb"\r\nTo: [^\r]*", b"\r\nTo: other@example.net"),
        (rb"\r\nDate: [^\r]*", b""),
        (rb"\r\n\Z", b"\r\nmore\r\n"),
        (rb"\r\n\r\n.*\Z", b"\r\n\r\n"),
    ],
)
def test_what_was_signed_cannot_be_changed(quick: Dkim, pattern: bytes, replacement: bytes) -> None:
    """Nor cut, nor continued: the body is signed whole."""
    changed, changes = re.subn(
        pattern, replacement, quick.signed(MAIL, time.time()), count=1, flags=re.DOTALL
    )

    assert changes == 1
    assert not verifies(changed, quick.key.record)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (rb"\r\nSubject: ", b"\r\nSUBJECT:\t "),
        (rb"\r\n\Z", b"\r\n\r\n\r\n"),
        (rb"\A", b"Received: from relay.example by mx.example; today\r\n"),
    ],
)
def test_what_relays_do_on_the_way_breaks_nothing(quick: Dkim, pattern: bytes, replacement: bytes) -> None:
    """White space, empty lines at the end, and their own fields above."""
    changed, changes = re.subn(pattern, replacement, quick.signed(MAIL, time.time()), count=1)

    assert changes == 1
    assert verifies(changed, quick.key.record)


lines = st.lists(st.text(" \tabz=.:;", max_size=12), max_size=8)


@given(subject=lines, body=lines)
def test_however_a_mail_is_spaced_it_verifies(quick: Dkim, subject: list[str], body: list[str]) -> None:
    """Folded fields, blanks at the ends of lines, empty lines, no body at all."""
    folded = "\r\n ".join(["x", *(f"{line}x" for line in subject)])
    mail = "\r\n".join(["From: a@example.org", f"Subject: {folded}", "", *body, ""]).encode()

    assert verifies(quick.signed(mail, time.time()), quick.key.record)


def test_a_field_that_comes_twice_is_signed_from_the_bottom_up(quick: Dkim) -> None:
    """RFC 6376, section 5.4.2."""
    mail = b"From: a@example.org\r\nReferences: <1@a>\r\nReferences: <2@a>\r\n\r\nx\r\n"

    assert verifies(quick.signed(mail, time.time()), quick.key.record)


def test_it_counts_for_seven_days(ours: Dkim) -> None:
    """Whoever collects our mails cannot send them again for ever."""
    signed = ours.signed(MAIL, 1_000_000_000.9)

    assert b" t=1000000000; x=1000604800;" in signed
    assert not verifies(signed, ours.key.record)


def test_another_key_does_not_verify_it(ours: Dkim, tmp_path: Path) -> None:
    """Nor does the same kind of key under our name."""
    rsa_pem.cache_clear()
    record = signer(tmp_path, "rsa").key.record

    assert not verifies(ours.signed(MAIL, time.time()), record)


def test_mails_for_the_mailbox_folder_are_signed_too(quick: Dkim, tmp_path: Path) -> None:
    """What is read there is what would have left."""
    box = Mailbox(tmp_path / "mailbox")

    Signing(carrier=box, dkim=quick, clock=time.time).deliver(MAIL, "", "owner@example.net", "key")

    [letter] = box.latest()
    assert letter.to == "owner@example.net"
    raw = box.raw(letter.id)
    assert raw is not None
    assert verifies(raw, quick.key.record)


def test_mails_arrive_signed_at_the_relay(quick: Dkim) -> None:
    """Several over one connection, each with its own signature, dots at the start of lines included."""
    mails = [MAIL, b"From: a@example.org\r\nSubject: dots\r\n\r\n.\r\n..\r\n.x\r\n"]
    with smtp_server() as server:
        relay = Relay.parse(f"smtp+plain://{server.host}:{server.port}")
        with Signing(carrier=relay, dkim=quick, clock=time.time).session() as session:
            results = [session.deliver(mail, "a@example.org", "b@example.net", "key") for mail in mails]

    assert results == [Delivered()] * 2
    assert [verifies(one.content, quick.key.record) for one in server.received] == [True] * 2
    assert server.connections == 1
