"""What is wrong with one record: a code for programs, and sentences for people.

The English sentences stand in `domain/sentences.py`; a translation puts the same facts into them.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from domain.sentences import SENTENCES, Code, Sentences

__all__ = ["SENTENCES", "Code", "Diagnosis", "Sentences", "advice", "fillings", "shown", "summary", "visible"]

LONGEST_SHOWN: Final = 100
UNTIL_UNKNOWN: Final = "they ask again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The most specific thing that can be said of one record. `seen` and `expected` are record values or names.

    `name` is the record's, or that of a hop of its chain where that is what could not be seen. `servers` are those of
    whom it is said, each by its name: of `dns.partial` those without the right record, and `having` those with it.
    Where configured resolvers said it, and no name server is named, they are their addresses.
    `until`: the moment until which a cache may serve an older answer.
    """

    code: Code
    name: str
    expected: str
    seen: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    until: datetime | None = None


def summary(diagnosis: Diagnosis) -> str:
    """What is the case, in English."""
    return SENTENCES[diagnosis.code].summary.format_map(fillings(diagnosis))


def advice(diagnosis: Diagnosis) -> str:
    """The next step, in English."""
    return SENTENCES[diagnosis.code].advice.format_map(fillings(diagnosis))


def fillings(diagnosis: Diagnosis) -> dict[str, str]:
    """What stands in the places of the sentences; safe to show."""
    domain = diagnosis.name.partition("._domainkey.")[2] or diagnosis.name
    return {
        "name": diagnosis.name,
        "expected": diagnosis.expected,
        "domain": domain,
        "seen": ", ".join(shown(text) for text in diagnosis.seen),
        "servers": ", ".join(diagnosis.servers) or domain,
        "having": ", ".join(diagnosis.having),
        "until": f"{diagnosis.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if diagnosis.until
        else UNTIL_UNKNOWN,
    }


def shown(text: str) -> str:
    """A value that a stranger's server sent: cut to 100 characters, and nothing invisible in it."""
    seen = visible(text)
    return seen if len(seen) <= LONGEST_SHOWN else seen[: LONGEST_SHOWN - 1] + "…"


def visible(text: str) -> str:
    """A line with nothing invisible in it."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def _visible(sign: str) -> str:
    return sign if unicodedata.category(sign)[0] not in "CZ" or sign == " " else "\ufffd"
