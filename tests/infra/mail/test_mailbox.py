"""The folder that mails go to while no relay is set."""

import os
import resource
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.carriage import Delivered
from infra.mail.mailbox import Mailbox

MAIL = (
    b"From: Signet <no-reply@signet.example>\r\n"
    b"To: owner@example.org\r\n"
    b"Subject: =?utf-8?q?h=C3=A1=C4=8Dky=2Ecz?= is verified\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n'
    b"\r\n--b\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nAhoj =C5=99\r\n'
    b"\r\n--b\r\n"
    b'Content-Type: text/html; charset="utf-8"\r\n\r\n<p>Ahoj</p>\r\n'
    b"\r\n--b--\r\n"
)


def write(mailbox: Mailbox, key: str, message: bytes = MAIL) -> None:
    """Put one mail into the mailbox."""
    assert mailbox.deliver(message, "no-reply@signet.example", "owner@example.org", key) == Delivered()


def test_a_mail_is_read_as_a_person_reads_it(tmp_path: Path) -> None:
    """Subject, date, text and HTML, decoded."""
    mailbox = Mailbox(tmp_path / "mailbox")

    write(mailbox, "domain 1, verified")

    (letter,) = mailbox.latest()
    assert letter.subject == "háčky.cz is verified"
    assert (letter.sender, letter.to) == ("Signet <no-reply@signet.example>", "owner@example.org")
    assert letter.date == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert letter.text.strip() == "Ahoj ř"
    assert letter.html.strip() == "<p>Ahoj</p>"
    assert mailbox.read(letter.id) == letter
    assert mailbox.raw(letter.id) == MAIL


def test_the_same_notice_is_the_same_file(tmp_path: Path) -> None:
    """A repetition after a crash makes no second mail, and does not touch the first."""
    mailbox = Mailbox(tmp_path)
    write(mailbox, "key")
    (file,) = tmp_path.iterdir()
    before = file.stat()

    write(mailbox, "key", MAIL.replace(b"Ahoj", b"Nazdar"))

    assert [path.stat().st_ino for path in tmp_path.iterdir()] == [before.st_ino]
    assert file.read_bytes() == MAIL


def test_the_newest_mails_come_first(tmp_path: Path) -> None:
    """As in every mail program; and no more of them than asked for."""
    mailbox = Mailbox(tmp_path)
    for number in range(3):
        write(mailbox, f"key {number}", MAIL.replace(b"verified", f"number {number}".encode()))
        newest = max(tmp_path.glob("*.eml"), key=lambda file: file.stat().st_ctime_ns)
        os.utime(newest, ns=(number, number))

    assert [letter.subject[-1] for letter in mailbox.latest(limit=2)] == ["2", "1"]


def test_nobody_else_on_the_machine_reads_the_mails(tmp_path: Path) -> None:
    """A mail may hold a link that confirms an address."""
    mailbox = Mailbox(tmp_path / "state" / "mailbox")

    write(mailbox, "key")

    (file,) = mailbox.folder.iterdir()
    assert stat.S_IMODE(mailbox.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_mail_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Where there is no room (here by a limit on file sizes), there is an error and no half mail."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))

    try:
        with pytest.raises(OSError, match="File too large"):
            Mailbox(tmp_path).deliver(MAIL, "a@example.org", "b@example.org", "key")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    assert list(tmp_path.iterdir()) == []


def test_a_half_written_or_foreign_file_is_no_mail(tmp_path: Path) -> None:
    """What a crash left, and what somebody put there, is passed over."""
    mailbox = Mailbox(tmp_path)
    (tmp_path / ".abc.part").write_bytes(b"Subject: half")
    (tmp_path / "notes.eml").write_bytes(b"Subject: foreign")

    assert mailbox.latest() == ()


@pytest.mark.parametrize("letter_id", ["../../etc/passwd", "", "notes", "A" * 36, "\x00"])
def test_an_id_is_never_a_path(letter_id: str, tmp_path: Path) -> None:
    """The id comes from a URL."""
    assert Mailbox(tmp_path).read(letter_id) is None


def test_an_unknown_id_is_nothing(tmp_path: Path) -> None:
    """No such mail is not an error."""
    assert Mailbox(tmp_path).read("00000000-0000-4000-8000-000000000000") is None


def test_an_empty_mailbox_needs_no_folder(tmp_path: Path) -> None:
    """Before the first mail there is none."""
    assert Mailbox(tmp_path / "none").latest() == ()


def test_a_mail_that_is_only_text_has_no_html(tmp_path: Path) -> None:
    """Every header may be missing, too."""
    mailbox = Mailbox(tmp_path)

    with mailbox.session() as session:
        session.deliver(b"X: y\r\n\r\nhello\r\n", "", "owner@example.org", "key")

    (letter,) = mailbox.latest()
    assert (letter.subject, letter.date, letter.html, letter.text.strip()) == ("", None, "", "hello")


def test_only_what_may_leave_is_written(tmp_path: Path) -> None:
    """The mailbox keeps the law of the wire, so that nothing works here and fails with a relay."""
    with pytest.raises(ValueError, match="CR or LF"):
        Mailbox(tmp_path).deliver(b"X: y\n\nhello\n", "", "owner@example.org", "key")

    assert list(tmp_path.iterdir()) == []
