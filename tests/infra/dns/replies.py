"""Replies for tests, made with dnspython or octet by octet: any records in any section, any flags, any RCODE."""

import struct
from collections.abc import Sequence
from typing import Final

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from domain.observation import Question
from infra.dns.queries import question_octets

NAME: Final = "sg1-token._domainkey.example.org"
ASKED: Final = Question(NAME, "CNAME")
SERVER: Final = "127.0.0.1:53"
AA: Final = int(dns.flags.AA)
SOA: Final = "example.org. 3600 SOA ns1.example.org. hostmaster.example.org. 7 3600 600 86400 300"


def a_reply(
    *records: str,
    authority: Sequence[str] = (),
    additional: Sequence[str] = (),
    rcode: int = 0,
    flags: int = 0,
    question: Question = ASKED,
    edns: bool = True,
) -> bytes:
    """A reply with records, each `name ttl type data` and a set of its own."""
    query = dns.message.make_query(question.name or ".", question.type, id=7, use_edns=0 if edns else False)
    message = dns.message.make_response(query)
    message.flags |= flags
    message.set_rcode(dns.rcode.Rcode(rcode))
    sections = ((message.answer, records), (message.authority, authority), (message.additional, additional))
    for section, lines in sections:
        for line in lines:
            name, ttl, type_, data = line.split(" ", 3)
            section.append(dns.rrset.from_text(name, int(ttl), "IN", type_, data))
    return message.to_wire(max_size=65535)


def head(
    flags: int = 0x8180,
    counts: tuple[int, int, int] = (0, 0, 0),
    *,
    question: Question = ASKED,
    questions: int = 1,
) -> bytes:
    """A header and the question, before records that a test writes octet by octet."""
    return struct.pack("!HHHHHH", 7, flags, questions, *counts) + question_octets(question) * questions


def record(owner: bytes, type_: int, rdata: bytes, *, class_: int = 1, ttl: int = 60) -> bytes:
    """One record, octet by octet."""
    return owner + struct.pack("!HHIH", type_, class_, ttl, len(rdata)) + rdata


def pointer(at: int) -> bytes:
    """A pointer to a name in the same message (RFC 1035, section 4.1.4)."""
    return struct.pack("!H", 0xC000 | at)
