"""Walks a PKCS#12 (RFC 7292) before it is opened: whether it is one, and how much computing it visibly asks for.

Pure. What is encrypted stays unseen, so this is no protection by itself: the child process has limits of its own.
"""

from math import prod
from typing import Final

from domain.certificates import LARGEST_PKCS12, Opening
from infra.x509.ber import OBJECT_IDENTIFIER, SEQUENCE, Element, Malformed, Reader

MOST_ITERATIONS: Final = 2_000_000  # of all key derivations together; a usual file has some thousands
VERSION: Final = 3  # of every PFX (RFC 7292, section 4)
EXPLICIT: Final = 0xA0  # [0]
MOST_NESTED: Final = 8  # bags in bags, derivations in derivations
PEM: Final = b"-----BEGIN "


def oid(dotted: str) -> bytes:
    """The contents of an object identifier (X.690, section 8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    return b"".join(map(_septets, (40 * first + second, *rest)))


def _septets(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(number & 0x7F | 0x80)
    return bytes(reversed(octets))


DATA: Final = oid("1.2.840.113549.1.7.1")
ENCRYPTED: Final = oid("1.2.840.113549.1.7.6")
_SHROUDED_KEY: Final = oid("1.2.840.113549.1.12.10.1.2")
_NESTED: Final = oid("1.2.840.113549.1.12.10.1.6")
# Password-based encryption with a salt and a count (RFC 7292, appendix C; RFC 8018, appendix A.3).
_COUNTED: Final = frozenset(
    [oid(f"1.2.840.113549.1.12.1.{one}") for one in range(1, 7)]
    + [oid(f"1.2.840.113549.1.5.{one}") for one in (1, 3, 4, 6, 10, 11, 12)]
)
_WITH_DERIVATION: Final = (oid("1.2.840.113549.1.5.13"), oid("1.2.840.113549.1.5.14"))  # PBES2, PBMAC1
_SCRYPT: Final = oid("1.3.6.1.4.1.11591.4.11")


def unopened(octets: bytes) -> Opening | int:
    """Why a file is not opened at all; or how many iterations it visibly asks for."""
    if len(octets) > LARGEST_PKCS12:
        return Opening.TOO_LARGE
    if octets.lstrip().startswith(PEM):
        return Opening.WITHOUT_CONTAINER
    reader = Reader()
    try:
        parts = reader.children(reader.first(octets).needs(SEQUENCE))
        if _is_something_else(reader, parts):
            return Opening.WITHOUT_CONTAINER
        cost = _Walk(reader).pfx(parts)
    except Malformed:
        return Opening.NOT_PKCS12
    return Opening.TOO_EXPENSIVE if cost > MOST_ITERATIONS else cost


def _is_something_else(reader: Reader, parts: list[Element]) -> bool:
    """Whether it is a certificate, a PKCS#7 or a key: what people take for a PKCS#12."""
    if not parts:
        return False
    first = parts[0]
    return first.tag in (SEQUENCE, OBJECT_IDENTIFIER) or reader.integer(first) != VERSION


class _Walk:
    """Adds up iterations: MacData without a count has one, scrypt as many as it mixes blocks (RFC 7914, section 6)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def pfx(self, parts: list[Element]) -> int:
        if len(parts) not in (2, 3):
            raise Malformed("not a PFX")
        kind, content = self._content(parts[1])
        if kind != DATA or content is None:
            raise Malformed("not protected by a password")
        safes = self._sequence(self._reader.string(content))
        return sum(map(self._safe, safes)) + sum(map(self._mac, parts[2:]))

    def _content(self, element: Element) -> tuple[bytes, Element | None]:
        """A ContentInfo: what it is, and what is in it."""
        kind = self._nth(element.needs(SEQUENCE), 0).needs(OBJECT_IDENTIFIER)
        content = self._reader.children(element)[1:]
        return kind.contents, self._explicit(content[0]) if content else None

    def _safe(self, element: Element) -> int:
        kind, content = self._content(element)
        if content is None:
            return 0
        if kind == DATA:
            return sum(map(self._bag, self._sequence(self._reader.string(content))))
        if kind == ENCRYPTED:
            encrypted = self._nth(content, 1)
            return self._derivation(self._nth(encrypted, 1))
        return 0

    def _bag(self, element: Element, depth: int = MOST_NESTED) -> int:
        kind, value = self._nth(element, 0), self._explicit(self._nth(element, 1))
        if kind.contents == _SHROUDED_KEY:
            return self._derivation(self._nth(value, 0))
        if kind.contents != _NESTED:
            return 0
        if depth == 0:
            raise Malformed("bags in bags without end")
        return sum(self._bag(one, depth - 1) for one in self._reader.children(value.needs(SEQUENCE)))

    def _mac(self, element: Element) -> int:
        digest, count = self._nth(element.needs(SEQUENCE), 0), self._reader.children(element)[2:]
        counted = self._reader.integer(count[0]) if count else 1
        return counted + self._derivation(self._nth(digest, 0))

    def _derivation(self, algorithm: Element, depth: int = MOST_NESTED) -> int:
        """What an AlgorithmIdentifier asks for. One that is unknown asks for nothing: it is not computed either."""
        kind = self._nth(algorithm.needs(SEQUENCE), 0).contents
        if kind in _COUNTED:
            return self._reader.integer(self._nth(self._nth(algorithm, 1), 1))
        if kind in _WITH_DERIVATION and depth:
            return self._derivation(self._nth(self._nth(algorithm, 1), 0), depth - 1)
        if kind == _SCRYPT:
            return prod(map(self._reader.integer, self._reader.children(self._nth(algorithm, 1))[1:4]))
        return 0

    def _sequence(self, octets: bytes) -> list[Element]:
        return self._reader.children(self._reader.first(octets).needs(SEQUENCE))

    def _explicit(self, element: Element) -> Element:
        return self._nth(element.needs(EXPLICIT), 0)

    def _nth(self, element: Element, place: int) -> Element:
        found = self._reader.children(element)
        if place >= len(found):
            raise Malformed("something is missing")
        return found[place]
