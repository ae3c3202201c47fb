"""The form of the small texts that come with a request: account, plan, mail address of a contact, locale.

Only their form is judged here: whether an account exists or a plan may send is decided elsewhere.
"""

import re
import unicodedata
from typing import Final

from domain.names import DomainName, spell

LONGEST_EMAIL: Final = 254  # RFC 3696, erratum 1690
LONGEST_PLAN: Final = 100
LONGEST_DISPLAY_NAME: Final = 100
LONGEST_LOCALE: Final = 35  # RFC 5646, section 4.4.1

ACCOUNT_PATTERN: Final = r"[A-Za-z0-9._:@/-]{1,128}"
_ACCOUNT: Final = re.compile(ACCOUNT_PATTERN)

# The dot-atom of RFC 5321 without `%` and `!`, which once steered mail past its domain.
_LOCAL_PART: Final = re.compile(
    r"(?=.{1,64}\Z)[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*"
)

# RFC 5646, section 2.1, without the grandfathered tags.
_LOCALE: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(?:-[a-z]{4})?"
    r"(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)


def is_account(text: str) -> bool:
    """Whether the text can name an account."""
    return _ACCOUNT.fullmatch(text) is not None


def is_plan(text: str) -> bool:
    """Whether the text can name a plan: 1 to 100 visible characters or spaces."""
    return 0 < len(text) <= LONGEST_PLAN and (text.isprintable() or not any(map(_is_hidden, text)))


def is_display_name(text: str) -> bool:
    """Whether the text can stand beside a mail address: 1 to 100 visible characters or spaces, in one line."""
    return 0 < len(text) <= LONGEST_DISPLAY_NAME and text.isprintable() and not text.isspace()


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "C"


def is_email(text: str) -> bool:
    """Whether mail can be addressed to this text. Conservative: no quotes, comments, address literals."""
    local_part, at, domain = text.rpartition("@")
    if not at or len(text) > LONGEST_EMAIL or not _LOCAL_PART.fullmatch(local_part) or domain.endswith("."):
        return False
    name = spell(domain)
    return (
        isinstance(name, DomainName)
        and "." in name.ascii
        and len(local_part) + 1 + len(name.ascii) <= LONGEST_EMAIL
    )


def is_locale(text: str) -> bool:
    """Whether the text is a well-formed language tag (BCP 47)."""
    return len(text) <= LONGEST_LOCALE and _LOCALE.fullmatch(text) is not None
