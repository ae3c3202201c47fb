"""Queries to octets and octets to answers (RFC 1035, section 4).

A minimal reader takes the plain reply, `plain`; everything else is read with dnspython, `whole`.
Whatever octets come, nothing here raises.
"""

from typing import Final

from domain.observation import Answer, Question
from infra.dns.plain import read_plain
from infra.dns.queries import RESOLVER, TYPES, UDP_SIZE, Role, Unaskable, query, question_octets
from infra.dns.whole import read_whole

__all__ = ["RESOLVER", "TYPES", "UDP_SIZE", "Role", "Unaskable", "query", "question_octets"]
__all__ += ["is_reply_to", "is_truncated", "read"]

_HEADER: Final = 12  # octets
_ONE_QUESTION: Final = b"\0\1"
_NOTHING: Final = b"\0\0\0\0\0\0"  # no question, no answer, no authority
_QR_AND_OPCODE: Final = 0xF8
_QR: Final = 0x80
_TC: Final = 0x02
_NOT_UNDERSTOOD: Final = {1, 2, 4, 5}  # FORMERR, SERVFAIL, NOTIMP, REFUSED
_OPT: Final = b"\0\0\x29"
_OPT_LENGTH: Final = 11  # octets, without options


def is_reply_to(reply: bytes, question: bytes) -> bool:
    """Whether a message answers this question: the same name, type and class, letter case aside."""
    if reply[4:6] == _ONE_QUESTION:
        return reply[_HEADER : _HEADER + len(question)].lower() == question.lower()
    return _understood_nothing(reply)


def _understood_nothing(reply: bytes) -> bool:
    """Servers that understood nothing may leave out the question (RFC 1035, section 4.1.1); only an OPT may follow."""
    if len(reply) < _HEADER or reply[2] & _QR_AND_OPCODE != _QR or reply[4:10] != _NOTHING:
        return False
    if reply[3] & 0x0F not in _NOT_UNDERSTOOD:
        return False
    if reply[10:12] == b"\0\0":
        return len(reply) == _HEADER
    end = _HEADER + _OPT_LENGTH
    is_opt = reply[10:12] == b"\0\1" and reply[_HEADER : _HEADER + 3] == _OPT
    return is_opt and len(reply) == end + int.from_bytes(reply[end - 2 : end])


def is_truncated(reply: bytes) -> bool:
    """Whether the rest has to be fetched over TCP."""
    return len(reply) >= _HEADER and bool(reply[2] & _TC)


def read(reply: bytes, question: Question, address: str, zone: str | None = None) -> Answer:
    """What a reply to this question says (one that `is_reply_to` takes).

    `zone` is None where it comes from a resolver. Else it comes from a server that is listed for that zone: then only
    what it says as its authority counts, and it may refer to the servers of a zone below.
    """
    plain = read_plain(reply, question, address, zone)
    return plain if plain is not None else read_whole(reply, question, address, zone)
