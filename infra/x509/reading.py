"""Reads the facts of a certificate, in the form in which they leave the child process (JSON). It judges nothing."""

from contextlib import suppress
from typing import Any, Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

SMTP_UTF8_MAILBOX: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")  # RFC 9598, section 3
UTF8_STRING: Final = 0x0C
SHORT_FORM: Final = 0x80  # lengths from here on take more than one octet
LONGEST_NAME: Final = 1000  # characters of a subject or issuer
CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
USAGES: Final = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}

Json = dict[str, Any]
Extension = TypeVar("Extension", bound=x509.ExtensionType)


def readable(certificate: x509.Certificate) -> Json | None:
    """All that a judge wants to know of a leaf; None where it cannot be read."""
    try:
        return _facts(certificate)
    except ValueError:
        return None


def authority_of(certificate: x509.Certificate) -> Json:
    """What a judge wants to know of an intermediate."""
    return {"name": called(certificate.subject), **moments_and_strength(certificate)}


def moments_and_strength(certificate: x509.Certificate) -> Json:
    """When it is valid, its key, and the hash that was signed."""
    kind, bits = _key(certificate)
    return {
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "kind": kind,
        "bits": bits,
        "hash": _hash(certificate),
    }


def name_of(name: x509.Name) -> str:
    """A name as RFC 4514 writes it, cut off where it is endless."""
    return name.rfc4514_string()[:LONGEST_NAME]


def called(name: x509.Name) -> str:
    """How people call whom a name names: the common name, else the organisation, else all of it."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for part in name.get_attributes_for_oid(kind):
            if isinstance(part.value, str) and part.value:
                return part.value[:LONGEST_NAME]
    return name_of(name)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may issue others (RFC 5280, section 4.2.1.9)."""
    constraints = extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """The value of an extension; None where it is missing."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _facts(certificate: x509.Certificate) -> Json:
    serial = certificate.serial_number
    extended = extension(certificate, x509.ExtendedKeyUsage)
    in_san = _san_addresses(certificate)
    return {
        "subject": name_of(certificate.subject),
        "issuer": name_of(certificate.issuer),
        "serial": f"{serial:x}" if serial >= 0 else f"-{-serial:x}",
        "serial_octets": serial.bit_length() // 8 + 1 if serial > 0 else 0,
        "fingerprint": certificate.fingerprint(hashes.SHA256()).hex(),
        "addresses": in_san or _subject_addresses(certificate),
        "named_in_san": bool(in_san),
        "key_usage": _key_usage(certificate),
        "extended_usage": None if extended is None else [one.dotted_string for one in extended],
        "is_authority": is_authority(certificate),
        "has_policy": extension(certificate, x509.CertificatePolicies) is not None,
        "has_crl": extension(certificate, x509.CRLDistributionPoints) is not None,
        **moments_and_strength(certificate),
    }


def _san_addresses(certificate: x509.Certificate) -> list[str]:
    names = extension(certificate, x509.SubjectAlternativeName)
    if names is None:
        return []
    others = names.get_values_for_type(x509.OtherName)
    mailboxes = [_utf8(one.value) for one in others if one.type_id == SMTP_UTF8_MAILBOX]
    return [*names.get_values_for_type(x509.RFC822Name), *(text for text in mailboxes if text)]


def _subject_addresses(certificate: x509.Certificate) -> list[str]:
    found = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    return [one.value for one in found if isinstance(one.value, str)]


def _utf8(der: bytes) -> str:
    """The text of a short UTF8String; an address is never longer than the first two forms of a length can tell."""
    if len(der) < 2 or der[0] != UTF8_STRING:  # noqa: PLR2004 - identifier and length
        return ""
    begin = 2 if der[1] < SHORT_FORM else 3
    return der[begin:].decode("utf-8", "replace")


def _key_usage(certificate: x509.Certificate) -> list[str] | None:
    usage = extension(certificate, x509.KeyUsage)
    return None if usage is None else [name for one, name in USAGES.items() if getattr(usage, one)]


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    with suppress(ValueError, UnsupportedAlgorithm):
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            return "rsa", key.key_size
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
            return "ec", key.key_size
    return "other", 0


def _hash(certificate: x509.Certificate) -> str:
    with suppress(ValueError, UnsupportedAlgorithm):
        found = certificate.signature_hash_algorithm
        return found.name if found else ""
    return "unknown"
