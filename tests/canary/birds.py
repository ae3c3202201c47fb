"""Canaries: invented secrets, let in by every door and looked for everywhere afterwards.

A canary is found in whatever spelling, and also where only its beginning or its end was written down.
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
_SOFT_BREAK: Final = re.compile(rb"=\r?\n")  # of a mail in quoted-printable (RFC 2045, section 6.7)


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
        """Its beginning and its end: as they are, in hexadecimal, and in base64 wherever they begin in it."""
        pieces = [self.text[:PIECE].encode(), self.text[-PIECE:].encode()]
        found = {
            spelled
            for piece in pieces
            for spelled in (piece, piece.hex().encode(), *(_letters_of(piece, before) for before in range(3)))
        }
        return frozenset(spelled.lower() for spelled in found)


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


def look_for(canaries: Iterable[Canary], places: Iterable[Place]) -> list[Sighting]:
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
    """Without line ends, without the zeroes of UTF-16, and in small letters."""
    return _SOFT_BREAK.sub(b"", content).translate(None, b"\0\r\n").lower()


def _letters_of(piece: bytes, before: int) -> bytes:
    """The letters that stand for `piece` alone, where so many octets come before it (modulo three)."""
    first, behind_last = -(-8 * before // 6), 8 * (before + len(piece)) // 6
    return base64.b64encode(b"\0" * before + piece)[first:behind_last]


def _piece() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(PIECE))
