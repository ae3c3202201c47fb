"""Signs our mails with our own domain's key (DKIM, RFC 6376): relaxed/relaxed, the body whole.

Law: what is signed are the very octets that leave, which are never parsed and written again. Every field that says
who speaks and what about is signed once more than it is there, so that none can be added.
"""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from domain.carriage import Carrier, CarrierSession, Handover
from infra.mail.dkim_key import DkimKey

# A receiver takes a signature for no longer: who collects our mails cannot send them again for ever.
VALID_FOR: Final = timedelta(days=7)
SIGNED: Final = (
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-language",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
)

_FIELD_END: Final = re.compile(rb"\r\n(?![ \t])")
_BLANKS: Final = re.compile(rb"[ \t]+")
_BLANKS_AT_END: Final = re.compile(rb"[ \t]+(?=\r\n)")
_WIDTH: Final = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """As whom mails are signed: the key is published at `{selector}._domainkey.{domain}`."""

    domain: str
    selector: str
    key: DkimKey

    @property
    def name(self) -> str:
        """Where the public key stands in the DNS (RFC 6376, section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    def signed(self, message: bytes, at: float) -> bytes:
        """The mail with our signature above it, made `at` seconds after 1970 (RFC 6376, sections 3.5 and 3.7)."""
        header, _, body = message.partition(b"\r\n\r\n")
        fields = _fields(header)
        names = [name for name in SIGNED for _ in range(len(fields.get(name, ())) + 1)]
        unsigned = self._signature_field(names, _body_hash(body), at)
        chosen = b"".join(_chosen(fields, names)) + _relaxed(unsigned)
        signature = _folded(base64.b64encode(self.key.sign(chosen)).decode("ascii"))
        return unsigned + signature.encode("ascii") + b"\r\n" + message

    def _signature_field(self, names: list[str], body_hash: str, at: float) -> bytes:
        """Our field up to `b=`, as it is signed: with nothing after it."""
        began = int(at)
        lines = (
            f"DKIM-Signature: v=1; a={self.key.algorithm}; c=relaxed/relaxed;",
            f" d={self.domain};",
            f" s={self.selector};",
            f" t={began}; x={began + int(VALID_FOR.total_seconds())};",
            f" h={_listed(names)};",
            f" bh={body_hash};",
            " b=",
        )
        return "\r\n".join(lines).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A carrier to which every mail goes signed."""

    carrier: Carrier
    dkim: Dkim
    clock: Callable[[], float]

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """Sign one mail and hand it over."""
        with self.session() as session:
            return session.deliver(message, sender, recipient, name)

    @contextmanager
    def session(self) -> Iterator["SigningSession"]:
        """One connection for several mails, closed at the end of the block."""
        with self.carrier.session() as session:
            yield SigningSession(session, self.dkim, self.clock)


@dataclass(frozen=True, slots=True)
class SigningSession:
    """A connection over which every mail goes signed."""

    session: CarrierSession
    dkim: Dkim
    clock: Callable[[], float]

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """Sign one mail and hand it over: the same octets get a new signature each time that they are tried."""
        return self.session.deliver(self.dkim.signed(message, self.clock()), sender, recipient, name)


def _fields(header: bytes) -> dict[str, list[bytes]]:
    """The fields by their names in lower case, each as it stands, from top to bottom."""
    fields: dict[str, list[bytes]] = {}
    for line in _FIELD_END.split(header):
        name = line.partition(b":")[0].strip().lower().decode("ascii")
        fields.setdefault(name, []).append(line)
    return fields


def _chosen(fields: dict[str, list[bytes]], names: list[str]) -> Iterator[bytes]:
    """What is signed of the header: of a name that comes again, the fields from the bottom up (RFC 6376, 5.4.2)."""
    left = {name: list(found) for name, found in fields.items()}
    for name in names:
        if left.get(name):
            yield _relaxed(left[name].pop()) + b"\r\n"


def _relaxed(line: bytes) -> bytes:
    """A header field in its relaxed form, without the end of its line (RFC 6376, section 3.4.2)."""
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")


def _body_hash(body: bytes) -> str:
    """SHA-256 of the whole body in its relaxed form (RFC 6376, section 3.4.4)."""
    relaxed = _BLANKS.sub(b" ", _BLANKS_AT_END.sub(b"", body))
    while relaxed.endswith(b"\r\n"):
        relaxed = relaxed[:-2]
    return base64.b64encode(sha256(relaxed + b"\r\n" if relaxed else b"").digest()).decode("ascii")


def _listed(names: list[str]) -> str:
    """Names between colons, folded before one of them (RFC 6376, section 3.5, `h=`)."""
    lines = [""]
    for number, name in enumerate(names):
        word = name if number + 1 == len(names) else f"{name}:"
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("")
        lines[-1] += word
    return "\r\n  ".join(lines)


def _folded(text: str) -> str:
    """Base64 in lines that need no other breaking on the way."""
    return "\r\n  ".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
