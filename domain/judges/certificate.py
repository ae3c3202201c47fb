"""What a certificate and its container mean for an address (product contract, section 1.4).

Pure. One fault is told, the one to mend first: a file that does not open hides all others, and a certificate of
another kind has no address that could be compared. The rules are those of the CA/Browser Forum's S/MIME Baseline
Requirements (sections 6.1.5, 6.3.2 and 7.1), of RFC 8550 and of RFC 8551.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.certificate_sentences import CODE_OF, Saying
from domain.certificates import (
    ANY_USAGE,
    EMAIL_PROTECTION,
    Authority,
    CertificateCode,
    CertificateFacts,
    CertificateObservation,
    Chain,
    ChainPolicy,
    KeyKind,
    Opening,
    Revocation,
    SeenCertificate,
)
from domain.diagnosis import shown
from domain.judges.gmail import GmailFault, faults_for_gmail
from domain.mail_address import MailAddress, parse_address
from domain.verdict import Outcome, Reason

SERVER_USAGES: Final = frozenset({"1.3.6.1.5.5.7.3.1"})  # id-kp-serverAuth (RFC 5280, section 4.2.1.12)
SHORTEST_RSA: Final = 2048  # bits (Baseline Requirements, 6.1.5)
OCTET: Final = 8
STRONG_HASHES: Final = frozenset(
    {"sha256", "sha384", "sha512", ""}
)  # empty: a signature that is made without one
MOST_SHOWN: Final = 3  # addresses of one certificate

_NOT_OPENED: Final[Mapping[Opening, Saying]] = {
    Opening.TOO_LARGE: Saying.TOO_LARGE,
    Opening.TOO_EXPENSIVE: Saying.TOO_EXPENSIVE,
    Opening.NOT_PKCS12: Saying.NOT_PKCS12,
    Opening.WITHOUT_CONTAINER: Saying.WITHOUT_CONTAINER,
    Opening.WRONG_PASSWORD: Saying.WRONG_PASSWORD,
    Opening.NO_KEY: Saying.NO_KEY,
    Opening.NO_CERTIFICATE: Saying.NO_CERTIFICATE,
    Opening.KEY_MISMATCH: Saying.KEY_MISMATCH,
    Opening.NO_TRIAL: Saying.NO_TRIAL,
}
_NEVER_TAKEN: Final[Mapping[Chain, Saying]] = {
    Chain.INCOMPLETE: Saying.CHAIN_INCOMPLETE,
    Chain.INVALID: Saying.CHAIN_INVALID,
}
_UNTRUSTED: Final[Mapping[Chain, Saying]] = {
    Chain.SELF_SIGNED: Saying.SELF_SIGNED,
    Chain.UNTRUSTED: Saying.CHAIN_UNTRUSTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateVerdict:
    """The judgement of one upload, or of one look at what is in use.

    `facts`: of the certificate, as soon as one could be read. `seen`: what the sentence names, safe to show.
    `gmail`: why Gmail would not show it; empty where it would. Only a certificate that passed has any.
    """

    outcome: Outcome
    saying: Saying
    facts: CertificateFacts | None = None
    seen: str = ""
    revocation: Revocation = Revocation.UNASKED
    gmail: tuple[GmailFault, ...] = ()

    @property
    def code(self) -> CertificateCode | None:
        """What programs read; None where it passed."""
        return CODE_OF[self.saying]

    @property
    def reason(self) -> Reason | None:
        """The same as it is kept; None where it passed."""
        return Reason(code=self.code, detail=self.saying) if self.code else None


def judge(
    seen: CertificateObservation,
    address: MailAddress,
    now: datetime,
    policy: ChainPolicy = ChainPolicy.TRUSTED,
) -> CertificateVerdict:
    """Judge one upload for an address."""
    certificate = seen.certificate
    if certificate is None:
        return CertificateVerdict(outcome=Outcome.REFUSED, saying=_NOT_OPENED[seen.opening])
    fault = _fault(seen, certificate, address, now) or _chain_fault(seen, policy)
    saying = fault or Saying.PASSED
    return CertificateVerdict(
        outcome=Outcome.REFUSED if fault else Outcome.PASSED,
        saying=saying,
        facts=certificate.facts,
        seen=_named(saying, seen, certificate, now),
        revocation=seen.revocation,
        gmail=() if fault else faults_for_gmail(seen, certificate),
    )


def looked_at_again(facts: CertificateFacts, revocation: Revocation, now: datetime) -> CertificateVerdict:
    """Judge a certificate in use: over, revoked, or good as before. What could not be seen changes nothing."""
    saying = Saying.PASSED
    if now >= facts.not_after:
        saying = Saying.EXPIRED
    elif revocation is Revocation.REVOKED:
        saying = Saying.REVOKED
    outcome = Outcome.PASSED if saying is Saying.PASSED else Outcome.REFUSED
    return CertificateVerdict(outcome=outcome, saying=saying, facts=facts, revocation=revocation)


def _fault(
    seen: CertificateObservation, certificate: SeenCertificate, address: MailAddress, now: datetime
) -> Saying | None:
    """What is wrong with the certificate itself and with those above it, whoever may trust them."""
    return (
        _usage_fault(certificate)
        or _moment_fault(certificate.facts, now)
        or _address_fault(certificate, address)
        or _strength_fault(seen, certificate)
        or _NOT_OPENED.get(seen.opening)
        or (Saying.CHAIN_EXPIRED if _out_of_date(seen, now) else None)
    )


def _usage_fault(certificate: SeenCertificate) -> Saying | None:
    """Whether it is for signing mail (Baseline Requirements, 7.1.2.3: and for no server, nor for anything)."""
    extended = certificate.extended_usage or frozenset()
    if certificate.is_authority:
        return Saying.OF_AUTHORITY
    if extended & SERVER_USAGES:
        return Saying.FOR_SERVERS
    if EMAIL_PROTECTION not in extended or ANY_USAGE in extended:
        return Saying.NOT_FOR_MAIL
    if "digitalSignature" not in (certificate.key_usage or ()):
        return Saying.NO_DIGITAL_SIGNATURE
    return None


def _moment_fault(facts: CertificateFacts, now: datetime) -> Saying | None:
    if now >= facts.not_after:
        return Saying.EXPIRED
    return Saying.NOT_YET_VALID if now < facts.not_before else None


def _address_fault(certificate: SeenCertificate, address: MailAddress) -> Saying | None:
    """Whether the address is in it; as everywhere, two that differ only in ASCII case are one."""
    if not certificate.addresses:
        return Saying.NO_ADDRESS
    keys = {found.key for text in certificate.addresses if (found := parse_address(text))}
    return None if address.key in keys else Saying.OTHER_ADDRESS


def _strength_fault(seen: CertificateObservation, certificate: SeenCertificate) -> Saying | None:
    key = certificate.strength
    if key.kind is KeyKind.OTHER:
        return Saying.UNUSABLE_KEY
    if key.kind is KeyKind.RSA and (key.bits < SHORTEST_RSA or key.bits % OCTET):
        return Saying.SHORT_KEY
    if _weak_authority(seen):
        return Saying.WEAK_AUTHORITY
    return Saying.WEAK_HASH if _weak_hash(seen, certificate) else None


def _chain_fault(seen: CertificateObservation, policy: ChainPolicy) -> Saying | None:
    """Whether the chain is one that we take. What could not be asked about a revocation counts for nothing."""
    if seen.chain in _NEVER_TAKEN:
        return _NEVER_TAKEN[seen.chain]
    if policy is ChainPolicy.TRUSTED and seen.chain in _UNTRUSTED:
        return _UNTRUSTED[seen.chain]
    return Saying.REVOKED if seen.revocation is Revocation.REVOKED else None


def _weak_authority(seen: CertificateObservation) -> Authority | None:
    keys = ((one, one.strength) for one in seen.authorities)
    return next((one for one, key in keys if key.kind is KeyKind.RSA and key.bits < SHORTEST_RSA), None)


def _weak_hash(seen: CertificateObservation, certificate: SeenCertificate) -> str:
    """The first hash that can be forged, of the leaf and upwards; the root's own signature proves nothing."""
    hashes = (certificate.strength.hash, *(one.strength.hash for one in seen.authorities))
    return next((one for one in hashes if one not in STRONG_HASHES), "")


def _out_of_date(seen: CertificateObservation, now: datetime) -> Authority | None:
    return next((one for one in seen.authorities if not one.not_before <= now < one.not_after), None)


def _named(saying: Saying, seen: CertificateObservation, certificate: SeenCertificate, now: datetime) -> str:
    """What the sentence names, safe to show."""
    weak, expired = _weak_authority(seen), _out_of_date(seen, now)
    named = {
        Saying.OTHER_ADDRESS: ", ".join(map(shown, certificate.addresses[:MOST_SHOWN])),
        Saying.SHORT_KEY: f"RSA, {certificate.strength.bits} bits",
        Saying.WEAK_AUTHORITY: weak.name if weak else "",
        Saying.WEAK_HASH: _weak_hash(seen, certificate).upper(),
        Saying.CHAIN_EXPIRED: expired.name if expired else "",
        Saying.CHAIN_INCOMPLETE: seen.end,
        Saying.CHAIN_UNTRUSTED: seen.end,
        Saying.CHAIN_INVALID: seen.end,
    }
    return named.get(saying, "")
