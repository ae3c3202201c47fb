"""Puts a letter together as octets: those that `email.message.EmailMessage` writes, in a third of its time.

Law: every field goes through the parser and the folding of the policy, and none has a line that could be taken for
another field. Fields that are the same in all mails go there once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy, quoprimime
from email.headerregistry import Address
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from email.message import EmailMessage
    from email.policy import EmailPolicy

Form: TypeAlias = "EmailPolicy[EmailMessage]"

# 7-bit, so that no server on the way has to re-write the bytes (RFC 6152 is not everywhere).
SEVEN_BIT: Final = policy.SMTP.clone(cte_type="7bit")
BEYOND: Final = SEVEN_BIT.clone(utf8=True)  # its header is UTF-8 (RFC 6532)
WIDTH: Final = 78  # RFC 5322, section 2.1.1
NO_ID: Final = "00000000-0000-0000-0000-000000000000"

_ANOTHER_FIELD: Final = re.compile(rb"\r\n(?![ \t]|\Z)")
# What most values are. No other is looked at here: the parser knows quotes, comments and encoded words.
_PLAIN: Final = {
    "To": re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    "Subject": re.compile(r"[A-Za-z0-9.,:@_+-]+( [A-Za-z0-9.,:@_+-]+)*"),
}
_ALWAYS: Final = (
    ("Auto-Submitted", "auto-generated"),
    ("X-Auto-Response-Suppress", "All"),
)  # RFC 3834, section 5
_ENCODING: Final = ("Content-Transfer-Encoding", "quoted-printable")
_VERSION: Final = ("MIME-Version", "1.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be written. `id` is a UUID, unique to the mail; `domain` ends its Message-ID."""

    id: str
    domain: str
    sender: Address
    recipient: Address
    subject: str
    date: datetime
    language: str
    text: str
    html: str


def octets(letter: Letter, *, utf8: bool) -> bytes:
    """The letter in its two forms, each quoted-printable; `utf8`: its header may hold more than ASCII."""
    form = BEYOND if utf8 else SEVEN_BIT
    boundary = f"=_{letter.id}".encode(
        "ascii"
    )  # quoted-printable never writes `=_`, so no line of a part can be it
    parts = (_part("plain", letter.text), _part("html", letter.html, _VERSION))
    divided = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return b"".join(_header(letter, form)) + b"\r\n" + divided + b"--" + boundary + b"--\r\n"


def _header(letter: Letter, form: Form) -> Iterator[bytes]:
    yield _kept("From", str(letter.sender), form)
    yield _as_it_stands("To", letter.recipient.addr_spec) or _field("To", letter.recipient, form)
    yield _as_it_stands("Subject", letter.subject) or _field("Subject", letter.subject, form)
    yield _kept("Date", letter.date, form)
    yield _marked("Message-ID", f"<{NO_ID}@{letter.domain}>", letter.id)
    for name, value in (*_ALWAYS, _VERSION):
        yield _kept(name, value, SEVEN_BIT)
    yield _marked("Content-Type", f'multipart/alternative; boundary="=_{NO_ID}"', letter.id)
    yield _kept("Content-Language", letter.language, SEVEN_BIT)


def _part(subtype: str, text: str, *more: tuple[str, str]) -> bytes:
    fields = (("Content-Type", f'text/{subtype}; charset="utf-8"'), _ENCODING, *more)
    header = b"".join(_kept(name, value, SEVEN_BIT) for name, value in fields)
    return header + b"\r\n" + _quoted(text)


def _quoted(text: str) -> bytes:
    """Quoted-printable (RFC 2045, section 6.7), with CRLF at the end of each line."""
    lines = b"\n".join(text.encode().splitlines()) + b"\n"
    encoded = quoprimime.body_encode(lines.decode("latin-1"), WIDTH)
    return encoded.encode("ascii").replace(b"\n", b"\r\n")


def _marked(name: str, value: str, mail: str) -> bytes:
    """A field that differs from that of other mails by their ids alone."""
    return _kept(name, value, SEVEN_BIT).replace(NO_ID.encode("ascii"), mail.encode("ascii"))


def _as_it_stands(name: str, value: str) -> bytes | None:
    """A field that neither parser nor folding would change: an address, or plain words, within a line; else None."""
    line = f"{name}: {value}"
    plain = len(line) <= WIDTH and _PLAIN[name].fullmatch(value)
    return f"{line}\r\n".encode("ascii") if plain else None


@lru_cache(maxsize=256)
def _kept(name: str, value: str | datetime, form: Form) -> bytes:
    return _field(name, value, form)


def _field(name: str, value: str | datetime | Address, form: Form) -> bytes:
    """One field, folded; ValueError where its value would end it before its end."""
    field = form.fold_binary(*form.header_store_parse(name, value))
    if _ANOTHER_FIELD.search(field):
        raise ValueError("a value would make another header field")
    return field
