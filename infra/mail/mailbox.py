"""The folder where mails are written while no relay is set, and the way to read them.

Law: a mail appears whole or not at all, and the same notice is always the same file.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser, Parser
from pathlib import Path
from typing import Final, Self

from domain.carriage import Delivered
from infra.mail.compose import mail_id
from infra.mail.wire import on_the_wire

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as a person reads it."""

    id: str
    subject: str
    sender: str
    to: str
    date: datetime | None
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of `.eml` files, one per notice. Mails may hold links that confirm: nobody else reads them."""

    folder: Path

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Delivered:
        """Write the mail, unless it is there already. The envelope is not kept: it stands in the headers."""
        del sender, recipient
        self._keep(mail_id(name), message)
        return Delivered()

    def receive(self, message: bytes) -> bool:
        """Write a mail that came by SMTP, under the id in its Message-ID; answer whether it is one of ours."""
        # Unparsed: the standard library's own parser stumbles over `<>`.
        header = BytesParser(policy=policy.compat32).parsebytes(message, headersonly=True)["Message-ID"]
        letter_id = str(header or "").strip("<> ").partition("@")[0]
        if not _ID.fullmatch(letter_id):
            return False
        self._keep(letter_id, message)
        return True

    @contextmanager
    def session(self) -> Iterator[Self]:
        """The folder itself: there is no connection to hold."""
        yield self

    def latest(self, limit: int = 100) -> tuple[Letter, ...]:
        """The newest mails first."""
        if not self.folder.is_dir():
            return ()
        found = [file for file in self.folder.glob("*.eml") if _ID.fullmatch(file.stem)]
        newest = sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.stem), reverse=True)
        return tuple(_letter(file.stem, file.read_bytes()) for file in newest[:limit])

    def read(self, letter_id: str) -> Letter | None:
        """One mail by its id; None where there is none."""
        raw = self.raw(letter_id)
        return None if raw is None else _letter(letter_id, raw)

    def raw(self, letter_id: str) -> bytes | None:
        """The frozen bytes of one mail by its id; None where there is none."""
        if not _ID.fullmatch(letter_id):
            return None
        file = self._file(letter_id)
        return file.read_bytes() if file.is_file() else None

    def _keep(self, letter_id: str, message: bytes) -> None:
        file = self._file(letter_id)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _write_whole(file, on_the_wire(message, utf8=True))

    def _file(self, letter_id: str) -> Path:
        return self.folder / f"{letter_id}.eml"


def _write_whole(file: Path, content: bytes) -> None:
    """Write beside and rename, both made durable: who reads sees all of it, also after a crash."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(file)
        finally:
            Path(part.name).unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _letter(letter_id: str, raw: bytes) -> Letter:
    message = Parser(policy=policy.default).parsestr(raw.decode())
    date = message["Date"]
    return Letter(
        id=letter_id,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        date=date.datetime if date is not None else None,
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
