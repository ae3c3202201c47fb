"""Reads a sender address once, at the door: a MailAddress, or a code that says why not.

The local part is kept as it was given; two that differ only in ASCII case are one.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from domain.fields import LONGEST_EMAIL
from domain.names import DomainName, spell

LONGEST_LOCAL_PART: Final = 64  # octets (RFC 5321, section 4.5.3.1.1)
LONGEST_TEXT: Final = 1024  # characters; anything longer is not looked into

# A dot-string of atoms (RFC 5321, section 4.1.2), whose atoms may hold other characters than ASCII (RFC 6531, 3.3).
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_LOCAL_PART: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# Letters, marks, numbers, punctuation and symbols; nothing invisible, no space, nothing unassigned.
_VISIBLE: Final = frozenset("LMNPS")


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address that mail can be sent from: its local part as given, and the domain after it."""

    local_part: str
    domain: DomainName

    @property
    def text(self) -> str:
        """The whole address, its domain in A-labels."""
        return f"{self.local_part}@{self.domain.ascii}"

    @property
    def key(self) -> str:
        """The same for all spellings that are one address: ASCII letters in lower case, others as they are."""
        folded = "".join(sign.lower() if sign.isascii() else sign for sign in self.local_part)
        return f"{folded}@{self.domain.ascii}"


def parse_address(text: str) -> MailAddress | None:
    """Read an address in the forms of RFC 5321 and 6531, without quoted ones; None where it is none."""
    if len(text) > LONGEST_TEXT:
        return None
    local_part, at, domain = text.rpartition("@")
    if not at or domain.endswith(".") or not _is_local_part(local_part):
        return None
    name = spell(domain)
    if not isinstance(name, DomainName) or "." not in name.ascii:
        return None
    address = MailAddress(local_part, name)
    return address if len(address.text.encode()) <= LONGEST_EMAIL else None


def _is_local_part(text: str) -> bool:
    if not _LOCAL_PART.fullmatch(text) or not text.isprintable():
        return False
    if not text.isascii() and (
        unicodedata.normalize("NFC", text) != text
        or not all(unicodedata.category(sign)[0] in _VISIBLE for sign in text)
    ):
        return False
    return len(text.encode()) <= LONGEST_LOCAL_PART
