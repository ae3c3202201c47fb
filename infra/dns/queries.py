"""Questions to octets (RFC 1035, section 4), and as what a server is asked them."""

import struct
from typing import Final, NamedTuple

from domain.observation import Question

UDP_SIZE: Final = 1232  # octets (RFC 9715, section 3: what passes without fragments)
TYPES: Final = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43,
}  # fmt: skip

_HEADER: Final = struct.Struct("!HHHHHH")
_OPT: Final = b"\0" + struct.pack("!HHIH", 41, UDP_SIZE, 0, 0)  # RFC 6891, section 6.1.2; DO is off
_RD: Final = 0x0100
_CD: Final = 0x0010
_LONGEST_NAME: Final = 254  # octets, without the root's (RFC 1035, section 2.3.4)
_LENGTHS: Final = {length: bytes((length,)) for length in range(1, 64)}  # of a label
_END_AND_TYPE: Final = {name: b"\0" + struct.pack("!HH", type_, 1) for name, type_ in TYPES.items()}


class Unaskable(ValueError):  # noqa: N818 - it names what is wrong
    """A name that has no form on the wire."""


class Role(NamedTuple):
    """As what a server is asked.

    `zone`: it is listed for that zone, and says what it holds itself; None: it is a resolver, and finds out.
    `checking_disabled`: a validating resolver gives what it holds to be forged, too (RFC 4035, section 3.2.2).
    `edns`: False for a server that does not understand a query with EDNS (RFC 6891, section 7).
    """

    zone: str | None = None
    checking_disabled: bool = False
    edns: bool = True


RESOLVER: Final = Role()


def question_octets(question: Question) -> bytes:
    """The question section: name, type, class IN. Raise Unaskable where a label is empty or too long."""
    labels = question.name.encode("ascii", "replace").split(b".") if question.name else []
    try:
        name = b"".join([_LENGTHS[len(label)] + label for label in labels])
    except KeyError:
        raise Unaskable(question.name) from None
    if len(name) > _LONGEST_NAME:
        raise Unaskable(question.name)
    return name + _END_AND_TYPE[question.type]


def query(
    id_: int, question: bytes, *, recursive: bool = True, checking_disabled: bool = False, edns: bool = True
) -> bytes:
    """A whole query. `recursive`: the server is to find out, not only to say what it holds."""
    flags = (_RD if recursive else 0) | (_CD if checking_disabled else 0)
    return _HEADER.pack(id_, flags, 1, 0, 0, edns) + question + (_OPT if edns else b"")
