"""Whether Gmail would show a signature as valid: its published rules for hosted S/MIME.

Pure, and advice alone: nothing is refused for them. Google's own list of roots is not public data that we have; a chain
to an e-mail root of Mozilla's is taken for one.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Final

from domain.certificates import (
    ANY_USAGE,
    CertificateObservation,
    Chain,
    KeyKind,
    SeenCertificate,
    Strength,
)

RSA_BITS: Final = frozenset({2048, 3072, 4096})
EC_BITS: Final = frozenset({256, 384})
LONGEST_SERIAL: Final = 20  # octets (RFC 5280, section 4.1.2.2)
LONGEST_LIFE: Final = timedelta(days=825)  # 27 months


class GmailFault(StrEnum):
    """Why Gmail would not show it."""

    CHAIN = "chain"
    NO_INTERMEDIATE = "no_intermediate"
    KEY = "key"
    SERIAL = "serial"
    ANY_USAGE = "any_usage"
    TOO_LONG = "too_long"
    ADDRESS = "address"
    NO_POLICY = "no_policy"
    NO_CRL = "no_crl"


def faults_for_gmail(seen: CertificateObservation, certificate: SeenCertificate) -> tuple[GmailFault, ...]:
    """Why Gmail would not show a certificate that we take; empty where it would."""
    return tuple(fault for fault, is_so in _faults(seen, certificate) if is_so)


def _faults(seen: CertificateObservation, certificate: SeenCertificate) -> Iterator[tuple[GmailFault, bool]]:
    facts = certificate.facts
    yield GmailFault.CHAIN, seen.chain is not Chain.TRUSTED
    yield GmailFault.NO_INTERMEDIATE, not seen.authorities
    yield GmailFault.KEY, not _is_usual(certificate.strength)
    yield GmailFault.SERIAL, not 0 < certificate.serial_octets <= LONGEST_SERIAL
    yield GmailFault.ANY_USAGE, ANY_USAGE in (certificate.extended_usage or ())
    yield GmailFault.TOO_LONG, facts.not_after - facts.not_before > LONGEST_LIFE
    yield GmailFault.ADDRESS, not certificate.named_in_san
    yield GmailFault.NO_POLICY, not certificate.has_policy
    yield GmailFault.NO_CRL, not certificate.has_crl


def _is_usual(key: Strength) -> bool:
    return key.bits in (RSA_BITS if key.kind is KeyKind.RSA else EC_BITS)
