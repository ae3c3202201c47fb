"""Canaries: invented secrets, let in by every door and looked for everywhere afterwards.

A canary is found in whatever spelling, and also where only its beginning or its end was written down. A private key
that Signet made by itself is looked for as well, by its numbers.
"""

import base64
import re
import secrets
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

PIECE: Final = 12
_LETTERS: Final = string.ascii_letters + string.digits
# Of a mail in quoted-printable (RFC 2045, section 6.7); of text that stands in JSON or in a representation.
_SOFT_BREAK: Final = re.compile(rb"=\r?\n|\\[rn]")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")  # RFC 4648, section 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One secret; `way` says by which door it came in."""

    way: str
    text: str

    @classmethod
    def hatch(cls, way: str, middle: str = "") -> Self:
        """A new one, which nobody ever wrote before; `middle` are signs that it has to hold as well."""
        return cls(way=way, text=_piece() + middle + _piece())

    def spellings(self) -> frozenset[bytes]:
        """Its beginning and its end, in every way that they may be written."""
        return _spelled(self.text[:PIECE].encode(), self.text[-PIECE:].encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers that a private key consists of: a canary that nobody let in, for Signet made it itself."""

    way: str
    numbers: tuple[int, ...]

    def spellings(self) -> frozenset[bytes]:
        """Beginnings and ends, as octets and in decimal."""
        written = [number.to_bytes(-(-number.bit_length() // 8)) for number in self.numbers]
        octets = [piece for one in written for piece in (one[:PIECE], one[-PIECE:])]
        digits = [piece.encode() for one in map(str, self.numbers) for piece in (one[:PIECE], one[-PIECE:])]
        return _spelled(*octets) | frozenset(digits)


Secretive = Canary | Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something that somebody can read: of which kind it is, which one, and what stands there."""

    kind: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sighting:
    """A canary that was seen."""

    kind: str
    name: str
    way: str


def look_for(canaries: Iterable[Secretive], places: Iterable[Place]) -> list[Sighting]:
    """Every canary that is seen, with where."""
    wanted = [(canary.way, canary.spellings()) for canary in canaries]
    return sorted(set(_sightings(wanted, places)))


def _sightings(wanted: Iterable[tuple[str, frozenset[bytes]]], places: Iterable[Place]) -> Iterator[Sighting]:
    for place in places:
        content = _smoothed(place.content)
        for way, spellings in wanted:
            if any(spelling in content for spelling in spellings):
                yield Sighting(kind=place.kind, name=place.name, way=way)


def _smoothed(content: bytes) -> bytes:
    """Without line ends, without the zeroes of UTF-16, one kind of base64, and in small letters."""
    return _SOFT_BREAK.sub(b"", content).translate(_URL_SAFE, b"\0\r\n").lower()


def _spelled(*pieces: bytes) -> frozenset[bytes]:
    """As they are, as programs show octets, in hexadecimal, and in base64 wherever they begin in it."""
    found: set[bytes] = set()
    for piece in pieces:
        shown = repr(piece)[2:-1].encode()
        found |= {piece, shown, shown.replace(b"\\", b"\\\\"), piece.hex().encode()}
        found |= {_letters_of(piece, before) for before in range(3)}
    return frozenset(_smoothed(spelled) for spelled in found)


def _letters_of(piece: bytes, before: int) -> bytes:
    """The letters that stand for `piece` alone, where so many octets come before it (modulo three)."""
    first, behind_last = -(-8 * before // 6), 8 * (before + len(piece)) // 6
    return base64.b64encode(b"\0" * before + piece)[first:behind_last]


def _piece() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(PIECE))
