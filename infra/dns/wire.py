"""Queries to octets and octets to answers (RFC 1035, section 4).

A minimal reader takes the plain answer; everything else goes to dnspython, which is also its
oracle in the tests. Whatever octets come, nothing here raises.
"""

import struct
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from domain.observation import Answer, Question, Seen

UDP_SIZE: Final = 1232  # octets (RFC 9715, section 3: what passes without fragments)

_TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "MX": 15}
_HEADER: Final = struct.Struct("!HHHHHH")
_RECORD: Final = struct.Struct("!HHIH")  # type, class, TTL, length of data
_OPT: Final = b"\0" + struct.pack("!HHIH", 41, UDP_SIZE, 0, 0)  # RFC 6891, section 6.1.2; DO is off
_RD: Final = 0x0100
_CD: Final = 0x0010
_AA: Final = 0x0400
_QR, _OPCODE, _TC, _RCODE = 0x8000, 0x7800, 0x0200, 0x000F
_POINTER: Final = 0xC0
_QUESTION_AT: Final = b"\xc0\x0c"  # a pointer to the name in the question
_LONGEST_LABEL: Final = 63
_LENGTHS: Final = [bytes((length,)) for length in range(64)]
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

_RCODES: Final = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_SEEN: Final = {3: Seen.NXDOMAIN, 5: Seen.REFUSED}


class Unaskable(ValueError):  # noqa: N818 - it names what is wrong
    """A name that has no form on the wire."""


def question_octets(question: Question) -> bytes:
    """The question section: name, type, class IN. Raise Unaskable where a label is empty or too long."""
    labels = question.name.encode("ascii", "replace").split(b".") if question.name else []
    lengths = [len(label) for label in labels]
    name = b"".join([_LENGTHS[len(label) % 64] + label for label in labels]) + b"\0"
    if len(name) > 255 or (labels and not 0 < min(lengths) <= max(lengths) <= _LONGEST_LABEL):  # noqa: PLR2004 - RFC 1035, section 2.3.4
        raise Unaskable(question.name)
    return name + struct.pack("!HH", _TYPES[question.type], 1)


def query(id_: int, question: bytes, *, recursive: bool = True, checking_disabled: bool = False) -> bytes:
    """A whole query with EDNS."""
    flags = (_RD if recursive else 0) | (_CD if checking_disabled else 0)
    return _HEADER.pack(id_, flags, 1, 0, 0, 1) + question + _OPT


def is_reply_to(reply: bytes, question: bytes) -> bool:
    """Whether a message answers this question: the same name, type and class, letter case aside."""
    end = 12 + len(question)
    if len(reply) < end:
        # Servers that understood nothing send the header alone (RFC 1035, section 4.1.1).
        return len(reply) == _HEADER.size and reply[4:6] == b"\0\0" and bool(reply[3] & _RCODE)
    return reply[4:6] == b"\0\1" and reply[12:end].lower() == question.lower()


def is_truncated(reply: bytes) -> bool:
    """Whether the rest has to be fetched over TCP."""
    return bool(_HEADER.unpack_from(reply)[1] & _TC)


def read(reply: bytes, question: Question, address: str, zone: str | None = None) -> Answer:
    """What a reply says to its question; with `zone`, one that comes from a server listed for it."""
    plain = read_plain(reply, question, address) if zone is None or reply[2] & (_AA >> 8) else None
    if plain is not None and plain.seen not in {Seen.NODATA, Seen.NXDOMAIN}:
        return plain
    return read_any(reply, question, address, zone)


def read_plain(reply: bytes, question: Question, address: str) -> Answer | None:
    """Read an answer without surprises: an error, nothing, or one CNAME at the name. None: it is not plain."""
    if len(reply) < _HEADER.size:
        return None
    _, flags, _, answers, _, _ = _HEADER.unpack_from(reply)
    rcode = flags & _RCODE
    if not flags & _QR or flags & (_OPCODE | _TC) or rcode not in _RCODES or answers > 1:
        return None
    if rcode or not answers:
        return None if answers else _nothing(rcode, address)
    return _one_cname(reply, question, address)


def _nothing(rcode: int, address: str) -> Answer:
    seen = Seen.NODATA if rcode == 0 else _SEEN.get(rcode, Seen.SERVFAIL)
    return Answer(seen, (), address, _RCODES[rcode])


def _one_cname(reply: bytes, question: Question, address: str) -> Answer | None:
    start = 12 + len(question.name) + (2 if question.name else 1) + 4
    if question.type != "CNAME" or reply[start : start + 2] != _QUESTION_AT or len(reply) < start + 12:
        return None
    type_, class_, _, length = _RECORD.unpack_from(reply, start + 2)
    if (type_, class_) != (5, 1):
        return None
    target = _plain_name(reply, start + 12, length)
    return None if target is None else Answer(Seen.RECORDS, (target,), address, "NOERROR")


def _plain_name(message: bytes, at: int, length: int) -> str | None:
    """A host name, where it is made of plain labels and fills its data exactly; pointers only point back."""
    labels: list[bytes] = []
    end, barrier = at + length, at
    inside = True
    while at < len(message):
        size = message[at]
        if size >= _POINTER:
            if at + 2 > len(message) or (inside and at + 2 != end):
                return None
            at, inside = (size & 0x3F) << 8 | message[at + 1], False
            if at < _HEADER.size or at >= barrier:
                return None
            barrier = at
            continue
        if size == 0:
            return _joined(labels) if not inside or at + 1 == end else None
        label = message[at + 1 : at + 1 + size]
        if size > _LONGEST_LABEL or len(label) < size or not _PLAIN.issuperset(label):
            return None
        labels.append(label)
        at += 1 + size
    return None


def _joined(labels: list[bytes]) -> str | None:
    name = b".".join(labels)
    return name.decode("ascii").lower() if labels and len(name) <= 253 else None  # noqa: PLR2004 - RFC 1035, 2.3.4


def read_any(reply: bytes, question: Question, address: str, zone: str | None = None) -> Answer:
    """Read any reply with dnspython, every record by itself: two CNAMEs at one name stay two."""
    try:
        message = dns.message.from_wire(reply, one_rr_per_rrset=True, ignore_trailing=True)
        rcode = message.rcode()
        if not message.flags & dns.flags.QR:
            return Answer(Seen.MALFORMED, (), address, dns.rcode.to_text(rcode))
        values = tuple(_value(rrset) for rrset in message.answer if _is_asked_for(rrset, question))
    except (dns.exception.DNSException, ValueError, IndexError, struct.error, KeyError):
        return Answer(Seen.MALFORMED, (), address, "")
    text = dns.rcode.to_text(rcode)
    if zone is not None and rcode in {0, 3} and not message.flags & dns.flags.AA:
        return _elsewhere(message, question, address, zone)
    if values and rcode == dns.rcode.NOERROR:
        ttl = min(rrset.ttl for rrset in message.answer)
        return Answer(Seen.RECORDS, tuple(dict.fromkeys(values)), address, text, ttl=ttl)
    seen = Seen.NODATA if rcode == dns.rcode.NOERROR else _SEEN.get(rcode, Seen.SERVFAIL)
    for rrset in message.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            owner = rrset.name.to_text(omit_final_dot=True).lower().rstrip(".")
            return Answer(seen, (), address, text, ttl=min(rrset.ttl, rrset[0].minimum), zone=owner)
    return Answer(seen, (), address, text)


def _elsewhere(message: dns.message.Message, question: Question, address: str, zone: str) -> Answer:
    cuts = [rrset for rrset in message.authority if rrset.rdtype == dns.rdatatype.NS]
    owner = cuts[0].name.to_text(omit_final_dot=True).lower().rstrip(".") if cuts else ""
    below = len(owner) > len(zone) and (not zone or owner.endswith(f".{zone}"))
    if message.answer or not below or not f".{question.name}".endswith(f".{owner}"):
        return Answer(Seen.LAME, (), address, dns.rcode.to_text(message.rcode()))
    names = tuple(rrset[0].target.to_text(omit_final_dot=True).lower() for rrset in cuts)
    glue = tuple(
        (rrset.name.to_text(omit_final_dot=True).lower(), rrset[0].address)
        for rrset in message.additional
        if rrset.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}
    )
    return Answer(Seen.REFERRAL, names, address, "NOERROR", ttl=cuts[0].ttl, zone=owner, glue=glue)


def _is_asked_for(rrset: dns.rrset.RRset, question: Question) -> bool:
    name = rrset.name.to_text(omit_final_dot=True).lower()
    return dns.rdatatype.to_text(rrset.rdtype) == question.type and name == question.name


def _value(rrset: dns.rrset.RRset) -> str:
    rdata = rrset[0]
    if rrset.rdtype == dns.rdatatype.CNAME:
        return str(rdata.target.to_text(omit_final_dot=True)).lower()
    if rrset.rdtype == dns.rdatatype.NS:
        return str(rdata.target.to_text(omit_final_dot=True)).lower()
    if rrset.rdtype == dns.rdatatype.TXT:
        return b"".join(rdata.strings).decode("utf-8", "replace")
    return str(rdata.to_text())
