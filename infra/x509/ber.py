"""Reads the elements of BER and DER (ITU-T X.690), no deeper and no more of them than a PKCS#12 has.

Indefinite lengths and strings in parts are read too: NSS and others write them. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DEEPEST: Final = 32  # one inside another; a PKCS#12 has some 15
MOST: Final = 20_000  # elements of one file; 64 kB of usual ones have some hundreds
LONGEST_LENGTH: Final = 4  # octets of a length

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F
_INDEFINITE: Final = 0x80
_END: Final = b"\0\0"


class Malformed(ValueError):  # noqa: N818 - it names what is wrong
    """Octets that are not what was expected there."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its identifier octet and its contents, which is only parsed further where somebody asks."""

    tag: int
    contents: bytes

    def needs(self, tag: int) -> "Element":
        """Itself, if it has this tag; raises Malformed."""
        if self.tag != tag:
            raise Malformed("an element of another kind")
        return self


class Reader:
    """Reads elements, and counts them: a file that nests without end is given up."""

    def __init__(self) -> None:
        """Nothing was read so far."""
        self._left = MOST

    def first(self, octets: bytes) -> Element:
        """The first element of some octets."""
        return self._read(octets, 0, DEEPEST)[0]

    def children(self, element: Element) -> list[Element]:
        """The elements that one is made of."""
        return list(self._inside(element.contents))

    def string(self, element: Element, tag: int = OCTET_STRING) -> bytes:
        """The octets of a string with this tag, which may come in parts (X.690, section 8.7)."""
        return self._string(element, tag, DEEPEST)

    def integer(self, element: Element) -> int:
        """A whole number that is not negative."""
        found = element.needs(INTEGER).contents
        if not found or found[0] & 0x80:
            raise Malformed("a number that is negative or empty")
        return int.from_bytes(found, "big")

    def _string(self, element: Element, tag: int, depth: int) -> bytes:
        if element.tag == tag:
            return element.contents
        if element.tag != tag | CONSTRUCTED or depth == 0:
            raise Malformed("not a string")
        return b"".join(
            self._string(part, OCTET_STRING, depth - 1) for part in self._inside(element.contents)
        )

    def _inside(self, octets: bytes) -> Iterator[Element]:
        at = 0
        while at < len(octets):
            element, at = self._read(octets, at, DEEPEST)
            yield element

    def _read(self, octets: bytes, at: int, depth: int) -> tuple[Element, int]:
        """The element that begins at a place, and the place behind it."""
        self._left -= 1
        if self._left < 0 or depth == 0 or at + 2 > len(octets):
            raise Malformed("too much, too deep or cut off")
        tag, length = octets[at], octets[at + 1]
        if tag & _LONG_TAG == _LONG_TAG:
            raise Malformed("a tag that no PKCS#12 has")
        begin = at + 2
        if length == _INDEFINITE and tag & CONSTRUCTED:
            end = self._end(octets, begin, depth)
            return Element(tag, octets[begin:end]), end + len(_END)
        if length >= _INDEFINITE:
            size = length - _INDEFINITE
            if not 0 < size <= LONGEST_LENGTH or begin + size > len(octets):
                raise Malformed("a length that cannot be")
            length, begin = int.from_bytes(octets[begin : begin + size], "big"), begin + size
        if begin + length > len(octets):
            raise Malformed("cut off")
        return Element(tag, octets[begin : begin + length]), begin + length

    def _end(self, octets: bytes, at: int, depth: int) -> int:
        """Where the contents of an indefinite length end (X.690, section 8.1.3.6)."""
        while octets[at : at + len(_END)] != _END:
            _, at = self._read(octets, at, depth - 1)
        return at
