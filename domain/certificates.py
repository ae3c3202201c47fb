"""What can be known of an S/MIME certificate and of the PKCS#12 container that it came in.

Facts only: what they mean is judged in `domain/judges/certificate.py`. Law: a key is a Secret; nothing here shows it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.secrets import Secret

LARGEST_PKCS12: Final = 65_536  # octets (product contract, section 1.4)
EMAIL_PROTECTION: Final = "1.3.6.1.5.5.7.3.4"  # id-kp-emailProtection (RFC 5280, section 4.2.1.12)
ANY_USAGE: Final = "2.5.29.37.0"  # anyExtendedKeyUsage


class CertificateCode(StrEnum):
    """Codes of an upload that is refused, and of a certificate that is good no more (product contract, 2.3).

    `certificate.unknown` is not among them: it answers a request about a certificate that does not exist.
    """

    WRONG_PASSWORD = "certificate.wrong_password"  # noqa: S105 - a code, and no password
    NOT_PKCS12 = "certificate.not_pkcs12"
    TOO_LARGE = "certificate.too_large"
    TOO_EXPENSIVE = "certificate.too_expensive"
    NO_KEY = "certificate.no_key"
    KEY_MISMATCH = "certificate.key_mismatch"
    EXPIRED = "certificate.expired"
    NOT_YET_VALID = "certificate.not_yet_valid"
    ADDRESS_MISMATCH = "certificate.address_mismatch"
    NO_EMAIL_PROTECTION = "certificate.no_email_protection"
    NO_DIGITAL_SIGNATURE = "certificate.no_digital_signature"
    WEAK_KEY = "certificate.weak_key"
    WEAK_HASH = "certificate.weak_hash"
    CHAIN_INCOMPLETE = "certificate.chain_incomplete"
    CHAIN_UNTRUSTED = "certificate.chain_untrusted"
    REVOKED = "certificate.revoked"


class Opening(StrEnum):
    """How a container came out."""

    OPENED = "opened"
    TOO_LARGE = "too_large"
    TOO_EXPENSIVE = "too_expensive"  # its key derivation asks for more than we give
    NOT_PKCS12 = "not_pkcs12"
    WITHOUT_CONTAINER = "without_container"  # a certificate alone, or a text (PEM): another kind of file
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - as above
    NO_KEY = "no_key"
    NO_CERTIFICATE = "no_certificate"  # a key alone
    KEY_MISMATCH = "key_mismatch"  # no certificate in it belongs to its key
    NO_TRIAL = "no_trial"  # what was signed with it on trial did not verify


class KeyKind(StrEnum):
    """The kinds of keys that are told apart. Only the first two can sign our mails (RFC 8551, section 2.2)."""

    RSA = "rsa"
    EC = "ec"  # P-256, P-384 or P-521
    OTHER = "other"


class Chain(StrEnum):
    """Where the certificates of a container lead."""

    TRUSTED = "trusted"  # to an e-mail root, and every one on the way may issue (RFC 5280, section 6)
    UNTRUSTED = "untrusted"  # to an authority that we do not trust for mail
    SELF_SIGNED = "self_signed"  # nowhere: it is its own issuer
    INCOMPLETE = "incomplete"  # the certificate of its issuer is missing
    INVALID = "invalid"  # to an e-mail root, but not as that may be


class Revocation(StrEnum):
    """What its issuer says of a certificate now."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # asked, and nothing believable came: never the owner's fault
    UNASKED = "unasked"  # there is nobody whom we may ask


class ChainPolicy(StrEnum):
    """Which chains are taken."""

    TRUSTED = "trusted"
    ANY_CHAIN = "any_chain"  # every complete one, as within a company


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What is told of a certificate. Names as RFC 4514 writes them, safe to show; moments in UTC.

    `serial`: hex. `fingerprint`: SHA-256 of the DER, hex.
    """

    subject: str
    issuer: str
    serial: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """How hard a certificate is to forge: its key, and the hash that its issuer signed (`sha256`, empty if none)."""

    kind: KeyKind
    bits: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate between the leaf and its root, as far as a judge must know it; its name as people say it."""

    name: str
    not_before: datetime
    not_after: datetime
    strength: Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCertificate:
    """What stands in a certificate.

    `addresses`: rfc822Name and SmtpUTF8Mailbox of the SAN; where it has neither, emailAddress of the subject.
    `key_usage` (names as in RFC 5280, `digitalSignature`) and `extended_usage` (OIDs): None where the extension is
    missing. `is_authority`: cA of its basic constraints. `serial_octets` is 0 for a serial that is not positive.
    `named_in_san`, `has_policy`, `has_crl`: whether the addresses stand in the SAN, and which extensions there are.
    """

    facts: CertificateFacts
    addresses: tuple[str, ...]
    key_usage: frozenset[str] | None
    extended_usage: frozenset[str] | None
    is_authority: bool
    strength: Strength
    serial_octets: int = 16
    named_in_san: bool = True
    has_policy: bool = True
    has_crl: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateObservation:
    """What was seen of a container; of one that was not opened only why.

    `authorities`: from the issuer of the leaf upwards, without the root. `end`: the name of the
    one that the chain ends in, or whose certificate is missing; safe to show.
    """

    opening: Opening
    certificate: SeenCertificate | None = None
    authorities: tuple[Authority, ...] = ()
    chain: Chain = Chain.INCOMPLETE
    end: str = ""
    revocation: Revocation = Revocation.UNASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningMaterial:
    """What mails are signed with: the key (PKCS#8 DER, a secret), its certificate and the intermediates (DER).

    The root is not among the intermediates. Their order is from the issuer of the certificate upwards.
    """

    key: Secret
    certificate: bytes
    intermediates: tuple[bytes, ...] = ()
