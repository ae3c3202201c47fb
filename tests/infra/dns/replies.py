"""Replies for tests, put together with dnspython: any records in any section, any flags, any RCODE."""

from collections.abc import Sequence
from typing import Final

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from domain.observation import Question

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
