"""What an owner must publish to prove a sending domain.

A challenge is made once, when a registration is accepted, and never changes:
its tokens belong to one generation of one registration and are issued never again.
"""

from dataclasses import dataclass
from typing import Final

TOKEN_OCTETS: Final = 16
SELECTORS: Final = ("sg1", "sg2")

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(one + other for one in _ALPHABET for other in _ALPHABET)
_PAIR_BITS: Final = 10
_PADDING_BITS: Final = 2
_SHIFTS: Final = range(TOKEN_OCTETS * 8 + _PADDING_BITS - _PAIR_BITS, -1, -_PAIR_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRecord:
    """One record that the owner is to publish. Names are lower-case A-labels without a final dot."""

    type: str
    name: str
    value: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """The records of one generation. Empty for a domain on route `smtp`: nothing is to be published."""

    records: tuple[ExpectedRecord, ...] = ()


NOTHING: Final = Challenge()
"""Where no record is to be published."""


def token_of(randomness: bytes) -> str:
    """Spell 16 random octets (128 bits) as 26 lower-case base32 characters (RFC 4648, section 6)."""
    if len(randomness) != TOKEN_OCTETS:
        raise ValueError(f"a token is made of {TOKEN_OCTETS} octets, not {len(randomness)}")
    number = int.from_bytes(randomness) << _PADDING_BITS
    # Two characters at once: `base64` is three times slower, and intake spells two tokens for each event.
    return "".join([_PAIRS[number >> shift & 0x3FF] for shift in _SHIFTS])


def dkim_challenge(domain: str, tokens: tuple[str, str], zone: str) -> Challenge:
    """Two CNAMEs under `domain`, each to a target of its own in our `zone`.

    Two selectors, so that keys rotate without the owner (RFC 6376, section 3.1).
    """
    return Challenge(
        tuple(
            ExpectedRecord(
                type="CNAME",
                name=f"{selector}-{token}._domainkey.{domain}",
                value=f"{selector}-{token}.{zone}",
                purpose="dkim",
            )
            for selector, token in zip(SELECTORS, tokens, strict=True)
        )
    )
