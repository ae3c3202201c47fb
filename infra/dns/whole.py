"""What any reply says, where the minimal reader leaves it to dnspython; damage is a value.

Law: a denial is believed only of a message that is whole, for silence is never absence.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import dns.exception
import dns.name
import dns.rcode
import dns.wire
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from domain.observation import Answer, Question, Seen
from infra.dns.queries import TYPES
from infra.dns.records import (
    OPT,
    Damaged,
    Record,
    host_text,
    name_of,
    section,
    value_text,
    zone_text,
)

_QR, _OPCODE, _AA, _TC, _RCODE = 0x8000, 0x7800, 0x0400, 0x0200, 0x000F
_CNAME: Final = TYPES["CNAME"]
_DENIALS: Final[dict[int, Seen]] = {dns.rcode.NOERROR: Seen.NODATA, dns.rcode.NXDOMAIN: Seen.NXDOMAIN}
# With these a CNAME at the name stands all the same: they speak of the chain's end (RFC 6604, section 3).
_OF_THE_END: Final = (dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL)


class _Asked(NamedTuple):
    """What was asked, and of whom; `zone` is None for a resolver."""

    name: dns.name.Name
    type: int
    address: str
    zone: dns.name.Name | None


class _Reply(NamedTuple):
    """A message that could be read to its end."""

    flags: int
    answer: Sequence[Record]
    authority: Sequence[Record]
    additional: Sequence[Record]

    @property
    def rcode(self) -> int:
        """The whole of it: four bits in the header, eight in the OPT (RFC 6891, section 6.1.3)."""
        upper = sum(record.ttl >> 24 << 4 for record in self.additional if record.type == OPT)
        return upper | self.flags & _RCODE


def read_whole(reply: bytes, question: Question, address: str, zone: str | None = None) -> Answer:
    """Read a reply to this question, of a resolver or of a server that is listed for `zone`."""
    try:
        type_ = TYPES[question.type]
        asked = _Asked(name_of(question.name), type_, address, None if zone is None else name_of(zone))
        return _read(dns.wire.Parser(reply), asked)
    except Damaged:
        return Answer(Seen.MALFORMED, (), address)


def _read(parser: dns.wire.Parser, asked: _Asked) -> Answer:
    """Records count whatever follows them; all else only where nothing in the message is damaged."""
    _, flags, questions, *counts = parser.get_struct("!HHHHHH")
    is_reply = flags & _QR and not flags & (_OPCODE | _TC)
    if not is_reply or questions > 1:
        raise dns.exception.FormError
    for _ in range(questions):
        parser.get_name(decompress=True)
        parser.get_struct("!HH")
    answer = section(parser, counts[0])
    if (records := _records(flags, answer, asked)) is not None:
        return records
    reply = _Reply(flags, answer, section(parser, counts[1]), section(parser, counts[2], is_last=True))
    if parser.remaining():
        raise dns.exception.FormError
    if reply.rcode not in _DENIALS:
        return _error(reply.rcode, asked)
    if not questions:
        raise dns.exception.FormError  # a denial of what?
    return _referral(reply, asked) or _denial(reply, asked)


def _error(rcode: int, asked: _Asked) -> Answer:
    seen = Seen.REFUSED if rcode == dns.rcode.REFUSED else Seen.SERVFAIL
    return Answer(seen, (), asked.address, _rcode_text(rcode))


def _records(flags: int, answer: Iterable[Record], asked: _Asked) -> Answer | None:
    """The records of the type at the name, where they stand and this server may say so."""
    rcode = flags & _RCODE
    stands = rcode == dns.rcode.NOERROR or (asked.type == _CNAME and rcode in _OF_THE_END)
    found = [(record.ttl, record.rdata) for record in _there(answer, asked, asked.type) if record.rdata]
    if not found or not stands or not _is_authority(flags, asked):
        return None
    values = dict.fromkeys(value_text(rdata) for _, rdata in found)
    return Answer(
        Seen.RECORDS, tuple(values), asked.address, _rcode_text(rcode), ttl=min(ttl for ttl, _ in found)
    )


def _there(answer: Iterable[Record], asked: _Asked, type_: int) -> Iterator[Record]:
    return (record for record in answer if record.type == type_ and record.name == asked.name)


def _is_authority(flags: int, asked: _Asked) -> bool:
    """Whether a server may say this: a resolver, or a listed one that answers for its zone (RFC 1034, section 6.2)."""
    return asked.zone is None or bool(flags & _AA)


def _referral(reply: _Reply, asked: _Asked) -> Answer | None:
    """Name servers and no SOA, where nothing was answered (RFC 2308, section 2.2)."""
    if reply.rcode or reply.answer or any(isinstance(record.rdata, SOA) for record in reply.authority):
        return None
    leading = [
        (record.name, record.ttl, record.rdata.target)
        for record in reply.authority
        if isinstance(record.rdata, NS) and _leads_on(record.name, reply.flags, asked)
    ]
    if not leading:
        return None
    zone = leading[0][0]
    servers = dict.fromkeys(target for name, _, target in leading if name == zone)
    return Answer(
        Seen.REFERRAL,
        tuple(map(host_text, servers)),
        asked.address,
        _rcode_text(reply.rcode),
        ttl=min(ttl for name, ttl, _ in leading if name == zone),
        zone=zone_text(zone),
        glue=tuple(dict.fromkeys(_glue(reply.additional, servers, asked.zone))),
    )


def _leads_on(owner: dns.name.Name, flags: int, asked: _Asked) -> bool:
    """Towards the name; down from the zone that was asked (a resolver's zone is not known)."""
    if not asked.name.is_subdomain(owner):
        return False
    if asked.zone is None:
        return not flags & _AA
    return owner != asked.zone and owner.is_subdomain(asked.zone)


def _glue(
    additional: Iterable[Record], servers: Iterable[dns.name.Name], zone: dns.name.Name | None
) -> Iterator[tuple[str, str]]:
    """Addresses of servers that the referring zone may give: those of names under it (RFC 5452, section 6)."""
    for record in additional:
        is_ours = zone is not None and record.name in servers and record.name.is_subdomain(zone)
        if is_ours and isinstance(record.rdata, A | AAAA):
            yield host_text(record.name), value_text(record.rdata)


def _denial(reply: _Reply, asked: _Asked) -> Answer:
    """What is not there, which zone says so, and for how long (RFC 2308, section 5)."""
    seen, text = _DENIALS[reply.rcode], _rcode_text(reply.rcode)
    lame = Answer(Seen.LAME, (), asked.address, text)
    if not _is_authority(reply.flags, asked):
        return lame
    if any(_there(reply.answer, asked, asked.type)):
        raise dns.exception.FormError  # denied, and there
    if any(_there(reply.answer, asked, _CNAME)):
        return Answer(Seen.NODATA, (), asked.address, text)  # the name exists; all else is said of its target
    for record in reply.authority:
        if isinstance(record.rdata, SOA):
            is_above = asked.name.is_subdomain(record.name)
            if asked.zone is not None and not (is_above and record.name.is_subdomain(asked.zone)):
                return lame  # it denies in the name of another zone
            if is_above:
                ttl = min(record.ttl, record.rdata.minimum)
                return Answer(seen, (), asked.address, text, ttl=ttl, zone=zone_text(record.name))
    return Answer(seen, (), asked.address, text)


def _rcode_text(rcode: int) -> str:
    return dns.rcode.to_text(dns.rcode.Rcode.make(rcode))
