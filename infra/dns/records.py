"""The records in a message, read with dnspython's parser, and how their names and values are written.

Law: what a stranger's server sends costs little. There are few records, and only data that somebody reads is
looked at: dnspython seeks a module for every class and type that it never saw, and remembers each for ever.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.TXT import TXT

from infra.dns.queries import TYPES

MOST_RECORDS: Final = 128  # of one section
LONGEST_TTL: Final = 0x7FFFFFFF  # RFC 2181, section 8: what is longer is 0
OPT: Final = dns.rdatatype.OPT
_READ: Final = frozenset(map(dns.rdatatype.RdataType, TYPES.values()))

Damaged = dns.exception.DNSException  # whatever is wrong with octets, dnspython raises one of these


class Record(NamedTuple):
    """One record; `rdata` is None where nobody reads its type."""

    name: dns.name.Name
    type: int
    ttl: int
    rdata: dns.rdata.Rdata | None


def section(parser: dns.wire.Parser, count: int, *, is_last: bool = False) -> Sequence[Record]:
    """The records of a section. The last may hold one OPT, at the root's name (RFC 6891, section 6.1.1)."""
    if count > MOST_RECORDS:
        raise dns.exception.FormError
    records = [_record(parser) for _ in range(count)]
    options = [record for record in records if record.type == OPT]
    if len(options) > is_last or any(record.name != dns.name.root for record in options):
        raise dns.exception.FormError
    return records


def _record(parser: dns.wire.Parser) -> Record:
    name = parser.get_name(decompress=True)
    type_, class_, ttl, length = parser.get_struct("!HHIH")
    with parser.restrict_to(length):
        rdata = _rdata(parser, type_, class_)
    return Record(name, type_, ttl if ttl <= LONGEST_TTL or type_ == OPT else 0, rdata)


def _rdata(parser: dns.wire.Parser, type_: int, class_: int) -> dns.rdata.Rdata | None:
    if type_ == OPT:
        return dns.rdata.from_wire_parser(dns.rdataclass.ANY, OPT, parser)
    if class_ != dns.rdataclass.IN:
        raise dns.exception.FormError  # nobody asked for another class
    if type_ in _READ:
        return dns.rdata.from_wire_parser(dns.rdataclass.IN, dns.rdatatype.RdataType(type_), parser)
    parser.get_remaining()
    return None


def name_of(text: str) -> dns.name.Name:
    """The name that a question writes so."""
    labels = text.encode("ascii", "replace").split(b".") if text else []
    return dns.name.Name([*labels, b""])


def zone_text(name: dns.name.Name) -> str:
    """A zone, in lower case without a final dot; the root is empty."""
    return "" if name == dns.name.root else host_text(name)


def host_text(name: dns.name.Name) -> str:
    """A host, in lower case without a final dot; the root is a dot."""
    return name.to_text(omit_final_dot=True).lower()


def value_text(rdata: dns.rdata.Rdata) -> str:
    """A value as people write it; the strings of a TXT are one text (RFC 7208, section 3.3)."""
    match rdata:
        case CNAME() | NS():
            return host_text(rdata.target)
        case MX():
            return f"{rdata.preference} {host_text(rdata.exchange)}"
        case TXT():
            return b"".join(rdata.strings).decode("utf-8", "replace")
        case _:
            return rdata.to_text()
