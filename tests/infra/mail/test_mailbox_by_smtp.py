"""A mail that reached the mailbox over SMTP is the same file as one that was written there directly."""

from email import message_from_bytes
from pathlib import Path

import pytest

from infra.mail.compose import compose
from infra.mail.mailbox import Mailbox
from tests.infra.mail.letters import SENDER, a_notice


def test_a_mail_is_kept_under_the_same_id_whichever_way_it_came(tmp_path: Path) -> None:
    """The Message-ID names the notice, and the notice is one file."""
    notice = a_notice()
    message = compose(notice, SENDER)
    directly, by_smtp = Mailbox(tmp_path / "directly"), Mailbox(tmp_path / "by-smtp")

    directly.deliver(message, SENDER.address, notice.recipient, notice.key)
    taken = [by_smtp.receive(message), by_smtp.receive(message)]

    assert taken == [True, True]
    assert [letter.id for letter in by_smtp.latest()] == [letter.id for letter in directly.latest()]


@pytest.mark.parametrize(
    "message_id", [None, "<>", "<../../etc/passwd@x>", "<1@example.org>", "<" + "a" * 5000 + "@x>"]
)
def test_a_mail_that_is_not_ours_is_refused(message_id: str | None, tmp_path: Path) -> None:
    """Its Message-ID is no id of ours, and becomes no path."""
    message = message_from_bytes(compose(a_notice(), SENDER))
    del message["Message-ID"]
    if message_id is not None:
        message["Message-ID"] = message_id
    mailbox = Mailbox(tmp_path / "box")

    assert not mailbox.receive(message.as_bytes())
    assert list(tmp_path.iterdir()) == []
