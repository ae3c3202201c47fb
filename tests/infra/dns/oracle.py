"""What dnspython's own reader of messages makes of a reply: the readers of ours must say the same, or less."""

from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.wire

from domain.observation import Answer, Question, Seen
from infra.dns.plain import read_plain
from infra.dns.queries import TYPES
from infra.dns.whole import read_whole

DAMAGED: Final = Answer(Seen.MALFORMED, (), "")


def oracle(reply: bytes, question: Question, zone: str | None) -> Answer:
    """The answer that a reply holds; of nobody in particular."""
    try:
        found = _records(reply, question, has_zone=zone is not None)
        whole = dns.message.from_wire(reply, one_rr_per_rrset=True) if found is None else None
    except (dns.exception.DNSException, ValueError):
        return DAMAGED
    if found or whole is None:
        return found or DAMAGED
    if any(
        rrset.rdclass != dns.rdataclass.IN for rrset in (*whole.answer, *whole.authority, *whole.additional)
    ):
        return DAMAGED
    asked = dns.name.from_text(question.name), dns.rdatatype.from_text(question.type)
    return _without_records(whole, asked, None if zone is None else dns.name.from_text(zone))


def _records(reply: bytes, question: Question, *, has_zone: bool) -> Answer | None:
    """What the answer section holds, whatever follows it; None where it says nothing by itself."""
    part = dns.message.from_wire(reply, one_rr_per_rrset=True, ignore_trailing=True, continue_on_error=True)
    if not part.flags & dns.flags.QR or part.opcode() or part.flags & dns.flags.TC:
        return DAMAGED
    if len(part.answer) < int.from_bytes(reply[6:8]) or any(one.rdclass != 1 for one in part.answer):
        return DAMAGED
    asked = dns.name.from_text(question.name), dns.rdatatype.from_text(question.type)
    there = [rrset for rrset in part.answer if (rrset.name, rrset.rdtype) == asked]
    rcode = dns.rcode.Rcode(part.flags & 0xF)
    stands = rcode == dns.rcode.NOERROR or (
        question.type == "CNAME" and rcode in {dns.rcode.SERVFAIL, dns.rcode.NXDOMAIN}
    )
    if not there or not stands or (has_zone and not part.flags & dns.flags.AA):
        return None
    values = tuple(dict.fromkeys(map(_value, there)))
    return Answer(Seen.RECORDS, values, "", dns.rcode.to_text(rcode), ttl=min(one.ttl for one in there))


def _without_records(
    whole: dns.message.Message,
    asked: tuple[dns.name.Name, dns.rdatatype.RdataType],
    zone: dns.name.Name | None,
) -> Answer:
    if whole.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return _answer(Seen.REFUSED if whole.rcode() == dns.rcode.REFUSED else Seen.SERVFAIL, whole)
    if not whole.question:
        return DAMAGED
    has_authority = bool(whole.flags & dns.flags.AA)
    soas = [one for one in whole.authority if one.rdtype == dns.rdatatype.SOA]
    below = [
        one
        for one in whole.authority
        if one.rdtype == dns.rdatatype.NS
        and asked[0].is_subdomain(one.name)
        and (not has_authority if zone is None else one.name != zone and one.name.is_subdomain(zone))
    ]
    if whole.rcode() == dns.rcode.NOERROR and not whole.answer and not soas and below:
        return _referral(whole, [one for one in below if one.name == below[0].name], zone)
    if zone is not None and not has_authority:
        return _answer(Seen.LAME, whole)
    there = {one.rdtype for one in whole.answer if one.name == asked[0]}
    if there & {asked[1], dns.rdatatype.CNAME}:
        return DAMAGED if asked[1] in there else _answer(Seen.NODATA, whole)
    return _denial(whole, asked[0], soas, zone)


def _denial(
    whole: dns.message.Message,
    owner: dns.name.Name,
    soas: list[dns.rrset.RRset],
    zone: dns.name.Name | None,
) -> Answer:
    seen = Seen.NXDOMAIN if whole.rcode() else Seen.NODATA
    above = [one for one in soas if owner.is_subdomain(one.name)]
    if zone is None:
        soas = above
    elif soas and not (soas[0] in above and soas[0].name.is_subdomain(zone)):
        return _answer(Seen.LAME, whole)
    if not soas:
        return _answer(seen, whole)
    return _answer(seen, whole, ttl=min(soas[0].ttl, soas[0][0].minimum), zone=_text(soas[0].name))


def _referral(whole: dns.message.Message, below: list[dns.rrset.RRset], zone: dns.name.Name | None) -> Answer:
    servers = [one[0].target for one in below]
    glue = [
        (_text(one.name), one[0].address)
        for one in whole.additional
        if zone is not None
        and one.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}
        and one.name in servers
        and one.name.is_subdomain(zone)
    ]
    return _answer(
        Seen.REFERRAL,
        whole,
        tuple(dict.fromkeys(map(_host, servers))),
        ttl=min(one.ttl for one in below),
        zone=_text(below[0].name),
        glue=tuple(dict.fromkeys(glue)),
    )


def _answer(
    seen: Seen,
    message: dns.message.Message,
    values: tuple[str, ...] = (),
    *,
    ttl: int = 0,
    zone: str = "",
    glue: tuple[tuple[str, str], ...] = (),
) -> Answer:
    text = dns.rcode.to_text(message.rcode())
    return Answer(seen, values, "", text, ttl=ttl, zone=zone, glue=glue)


def _value(rrset: dns.rrset.RRset) -> str:
    rdata = rrset[0]
    if rrset.rdtype in {dns.rdatatype.CNAME, dns.rdatatype.NS}:
        return _host(rdata.target)
    if rrset.rdtype == dns.rdatatype.MX:
        return f"{rdata.preference} {_host(rdata.exchange)}"
    if rrset.rdtype == dns.rdatatype.TXT:
        return b"".join(rdata.strings).decode("utf-8", "replace")
    return str(rdata.to_text())


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _text(name: dns.name.Name) -> str:
    return "" if name == dns.name.root else _host(name)


def holds_what_nobody_reads(reply: bytes) -> bool:
    """Whether a message holds a record of a type that our readers pass over: dnspython looks into it."""
    parser = dns.wire.Parser(reply)
    try:
        _, _, questions, *counts = parser.get_struct("!HHHHHH")
        for _ in range(questions):
            parser.get_name(decompress=True)
            parser.get_struct("!HH")
        for _ in range(sum(counts)):
            parser.get_name(decompress=True)
            type_, _, _, length = parser.get_struct("!HHIH")
            if type_ not in {*TYPES.values(), 41}:
                return True
            parser.get_bytes(length)
    except dns.exception.DNSException:
        return False
    return False


def agree(reply: bytes, question: Question, zone: str | None) -> None:
    """Fail unless all three read the same: the minimal reader where it reads at all, the other one, dnspython's own."""
    whole, plain = read_whole(reply, question, "", zone), read_plain(reply, question, "", zone)
    expected = oracle(reply, question, zone)
    assert plain is None or plain == whole
    if expected.seen is not Seen.MALFORMED or not holds_what_nobody_reads(reply):
        assert whole == expected
