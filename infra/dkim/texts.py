"""TXT records between what they say and how they are written: strings of at most 255 octets (RFC 1035, section 3.3)."""

from typing import Final

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT

LONGEST: Final = 255


def text_record(value: str) -> dns.rdtypes.ANY.TXT.TXT:
    """The record that says this; a verifier puts its strings together again (RFC 6376, section 3.6.2.2)."""
    octets = value.encode("ascii")
    strings = [octets[at : at + LONGEST] for at in range(0, len(octets), LONGEST)]
    return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)


def said_by(record: dns.rdata.Rdata) -> str:
    """What a TXT record says; octets that are no ASCII are shown, not read."""
    assert isinstance(record, dns.rdtypes.ANY.TXT.TXT)
    return b"".join(record.strings).decode("ascii", "backslashreplace")
