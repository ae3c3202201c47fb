"""What a server said, made safe for the operator's log: nothing invisible, nothing of the login, not long.

Law: it goes there, to the judge, and nowhere else.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 256  # characters
LOOKED_AT: Final = 4096  # of what was said; the rest is not worth the time
HIDDEN: Final = "***"

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
# A run that may be base64 of what was sent, in whatever alignment; words of a language hold no digits.
_RUN: Final = re.compile(r"(?=[A-Za-z+/]*[0-9+/=])[A-Za-z0-9+/]{16,}={0,2}")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def secrets_of(username: str, password: str) -> tuple[str, ...]:
    """The login in every form in which a server may have got it, the longest first."""
    plain = f"\0{username}\0{password}"
    spelled = [base64.b64encode(text.encode()).decode() for text in (username, password, plain)]
    return tuple(
        sorted({username, password, *spelled, *(text.rstrip("=") for text in spelled)}, key=len)[::-1]
    )


def safe(text: str, secrets: Iterable[str]) -> str:
    """The text as it may be written down."""
    text = _visible(_ANSI.sub("", text[:LOOKED_AT]))
    for secret in filter(None, map(_visible, secrets)):
        text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)
    return _RUN.sub(HIDDEN, text)[:LONGEST]


def _visible(text: str) -> str:
    return "".join(" " if unicodedata.category(sign) in _UNSEEN else sign for sign in text).strip()
