"""Makes values safe to show: printable, and never a link.

What stands in DNS is written by whoever owns the domain, and a contact is unproven: without this,
our mail could be made to carry a stranger's message and link.
"""

import re
from typing import Final

from markupsafe import Markup, escape

from domain.diagnosis import shown

_LINK_IN_TEXT: Final = re.compile(r":(?=//)|(?<=www)\.|@", re.IGNORECASE)
_LINK_IN_HTML: Final = re.compile(r"([.:@])")


def in_text(value: str) -> str:
    """A stranger's value for plain text, where programs make links of what looks like one: `https[:]//`."""
    return _LINK_IN_TEXT.sub(lambda found: f"[{found.group()}]", shown(value))


def in_html(value: str) -> Markup:
    """A stranger's value for HTML."""
    return unlinked(shown(value))


def unlinked(value: str) -> Markup:
    """A value escaped for HTML, with marks around its dots and colons, so that no program sees a link in it."""
    halves = _LINK_IN_HTML.split(value)
    return Markup("").join(
        Markup("<span>{}</span>").format(half) if _LINK_IN_HTML.fullmatch(half) else escape(half)
        for half in halves
    )
