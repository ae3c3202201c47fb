"""The Public Suffix List, both sections, as it comes dated with the package `publicsuffixlist` (MPL 2.0)."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@cache
def _bundled() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=64)
def _public_suffix(name: str) -> str:
    """Remembered for a moment: who judges a name asks twice, once for the mail providers' families."""
    return str(_bundled().publicsuffix(name))


class PublicSuffixes:
    """Under which names anybody may register. An unknown top-level name counts as a suffix."""

    def is_public_suffix(self, name: str) -> bool:
        """Whether the name (A-labels) is itself a public suffix."""
        return self.public_suffix(name) == name

    def public_suffix(self, name: str) -> str:
        """Find the public suffix that the name (A-labels) stands under, or is."""
        return _public_suffix(name)

    def organization(self, name: str) -> str:
        """Whose the name (A-labels) is: its public suffix and one label more (RFC 7489, section 3.2), or the suffix."""
        labels = name.split(".")
        depth = len(self.public_suffix(name).split("."))
        return ".".join(labels[-depth - 1 :])
