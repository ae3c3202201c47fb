"""The certificates that the sandbox's owners upload, from one that is good to a file that is made to cost.

Their authority is made anew each time, and trusted by the sandbox alone.
"""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSWORD: Final = secrets.token_urlsafe(12)
# No clock is read in this project; an authority of the sandbox is good for longer than it.
START: Final = datetime(2020, 1, 1, tzinfo=UTC)
END: Final = START + timedelta(days=40 * 365)
DAY: Final = timedelta(days=1)

SEQUENCE: Final = 0x30
DATA: Final = bytes.fromhex("06092a864886f70d010701")  # the object identifier of PKCS#7 data
SHA256: Final = bytes.fromhex("0609608648016503040201")


class Signatures:
    """Issues certificates; `authority` is the file of those who are to be trusted."""

    def __init__(self, folder: Path) -> None:
        """Write the authority into `folder`."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.authority = folder / "sandbox-mail-authority.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._root = _root(self._key)
        self.authority.write_bytes(self._root.public_bytes(serialization.Encoding.PEM))

    def file(self, address: str, starts_at: datetime, ends_at: datetime) -> bytes:
        """A PKCS#12 under PASSWORD, with a certificate for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(address, key)
            .issuer_name(self._root.subject)
            .not_valid_before(starts_at)
            .not_valid_after(ends_at)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        protection = serialization.BestAvailableEncryption(PASSWORD.encode())
        return pkcs12.serialize_key_and_certificates(None, key, certificate, [self._root], protection)


def good(signatures: Signatures, address: str, now: datetime) -> bytes:
    """Good for a year."""
    return signatures.file(address, now - DAY, now + 365 * DAY)


def ended(signatures: Signatures, address: str, now: datetime) -> bytes:
    """It ended yesterday."""
    return signatures.file(address, now - 365 * DAY, now - DAY)


def of_another(signatures: Signatures, address: str, now: datetime) -> bytes:
    """Good, but for another mailbox at the domain."""
    return signatures.file(f"somebody.else@{address.rpartition('@')[2]}", now - DAY, now + 365 * DAY)


def made_to_cost(_signatures: Signatures, _address: str, _now: datetime) -> bytes:
    """The one that costs."""
    return COSTLY


def _der(tag: int, *contents: bytes) -> bytes:
    """A short element (X.690, section 8.1.3.4)."""
    octets = b"".join(contents)
    return bytes([tag, len(octets)]) + octets


def _costly() -> bytes:
    """A container (RFC 7292, section 4) whose check is a password hashed two thousand million times."""
    content = _der(SEQUENCE, DATA, _der(0xA0, _der(0x04, _der(SEQUENCE))))
    digest = _der(SEQUENCE, _der(SEQUENCE, SHA256, _der(0x05)), _der(0x04, bytes(32)))
    check = _der(SEQUENCE, digest, _der(0x04, bytes(8)), _der(0x02, bytes.fromhex("7fffffff")))
    return _der(SEQUENCE, _der(0x02, b"\x03"), content, check)


COSTLY: Final = _costly()


def _root(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    builder = _builder("Signet sandbox mail authority", key)
    return (
        builder.issuer_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Signet sandbox mail authority")])
        )
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number())


def _usage(*allowed: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{one: one in allowed for one in every})
