"""Whose mail addresses anybody may have: `freemail.txt` (gathered, dated) and `freemail_own.txt` (ours).

A line is a domain, and everything under it; `yahoo.*` means that name under any public suffix.
"""

from functools import cache
from importlib.resources import files
from typing import Final

from infra.lists.suffixes import PublicSuffixes

LISTS: Final = ("freemail.txt", "freemail_own.txt")


@cache
def _lines() -> frozenset[str]:
    texts = (files(__package__).joinpath(name).read_text("utf-8") for name in LISTS)
    lines = (line.partition("#")[0].strip() for text in texts for line in text.splitlines())
    return frozenset(line for line in lines if line)


class FreemailDomains:
    """The domains of mail providers, with all that stands under them."""

    def __init__(self, suffixes: PublicSuffixes) -> None:
        """Families such as `yahoo.*` are recognised by the public suffixes."""
        self._suffixes = suffixes
        self._domains = _lines()
        self._families = frozenset(line.removesuffix(".*") for line in self._domains if line.endswith(".*"))

    def is_freemail(self, name: str) -> bool:
        """Whether the name (A-labels) is, or stands under, a domain of a mail provider."""
        labels = name.split(".")
        if any(".".join(labels[depth:]) in self._domains for depth in range(len(labels))):
            return True
        depth = len(labels) - 1 - len(self._suffixes.public_suffix(name).split("."))
        return depth >= 0 and labels[depth] in self._families
