"""DNSSEC for the cases: one key for all, and signatures that are good, or ran out years ago."""

from functools import cache
from typing import Final

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ed25519
from dns.rdtypes.ANY.DNSKEY import DNSKEY

BEGUN: Final = "20200101000000"
# Times of signatures are 32 bits wide (RFC 4034, section 3.1.5): from 2020 they reach until 2088.
ENDS: Final = {"good": "20800101000000", "expired": "20210101000000"}
KEY_SIGNING: Final = 257  # flags (RFC 4034, section 2.1.1)


def signed(name: str, text: str, how: str) -> str:
    """The zone with signatures, `good` or `expired`; as it was, where it is to have none."""
    if how not in ENDS:
        return text
    zone = dns.zone.from_text(text, f"{name}.", relativize=False)
    private, public = _key()
    dns.dnssec.sign_zone(zone, keys=[(private, public)], inception=BEGUN, expiration=ENDS[how])
    return str(zone.to_text(relativize=False, want_origin=False))


def anchor(name: str) -> str:
    """What the parent says of the zone: that it is signed, and by which key."""
    _, public = _key()
    ds = dns.dnssec.make_ds(dns.name.from_text(name), public, "SHA256")
    return f"{name}. IN DS {ds}"


@cache
def _key() -> tuple[ed25519.Ed25519PrivateKey, DNSKEY]:
    private = ed25519.Ed25519PrivateKey.generate()
    return private, dns.dnssec.make_dnskey(private.public_key(), "ED25519", KEY_SIGNING)
