"""An authority that issues S/MIME certificates for tests, with one intermediate; and whatever may be wrong with one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
LEGACY = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC  # as Windows and old Java write it, with a MAC by SHA-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a certificate is to be. The defaults are those of a good one for info@example.com."""

    subject: str = "info@example.com"
    subject_address: str = ""
    san: Sequence[x509.GeneralName] = (x509.RFC822Name("info@example.com"),)
    extended_usage: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)
    usage: Sequence[str] | None = ("digital_signature",)
    ca: bool = False
    start: datetime = NOW - YEAR / 2
    end: datetime = NOW + YEAR
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    serial: int | None = None
    more: Sequence[x509.ExtensionType] = (
        x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.5.1.1"), None)]),
        x509.CRLDistributionPoints(
            [
                x509.DistributionPoint(
                    [x509.UniformResourceIdentifier("http://crl.example.com/1.crl")], None, None, None
                )
            ]
        ),
    )


AN_AUTHORITY = Wish(
    san=(),
    extended_usage=(),
    usage=("key_cert_sign", "crl_sign"),
    ca=True,
    start=NOW - 5 * YEAR,
    end=NOW + 5 * YEAR,
)
A_ROOT = replace(AN_AUTHORITY, subject="Signet test root")
AN_INTERMEDIATE = replace(
    AN_AUTHORITY,
    subject="Signet test intermediate",
    extended_usage=(ExtendedKeyUsageOID.EMAIL_PROTECTION,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any = field(repr=False)

    @property
    def der(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate alone, as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAuthority:
    """A root and an intermediate below it."""

    root: Holder
    intermediate: Holder

    def issue(self, wish: Wish | None = None, key: Any = None, by: Holder | None = None) -> Holder:
        """A certificate as wished, of the intermediate where nobody else is named."""
        return issued(wish or Wish(), key or new_key(), by or self.intermediate)

    def container(self, holder: Holder, password: str = "", *, legacy: bool = False) -> bytes:
        """A PKCS#12 with the whole chain but the root."""
        return packed(holder, [self.intermediate.certificate], password, legacy=legacy)

    def write_root(self, folder: Path) -> Path:
        """The root as a file of one's own authorities."""
        file = folder / "mail_root.pem"
        file.write_bytes(self.root.pem)
        return file


def mail_authority() -> MailAuthority:
    """A new authority."""
    root = issued(A_ROOT, new_key())
    return MailAuthority(root=root, intermediate=issued(AN_INTERMEDIATE, new_key(), root))


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key that costs nothing to make."""
    return ec.generate_private_key(ec.SECP256R1())


def packed(
    holder: Holder, others: Sequence[x509.Certificate], password: str, *, legacy: bool = False
) -> bytes:
    """A PKCS#12 of these."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        form = serialization.PrivateFormat.PKCS12.encryption_builder()
        form = form.key_cert_algorithm(LEGACY).hmac_hash(hashes.SHA1()) if legacy else form  # noqa: S303
        protection = form.kdf_rounds(2048).build(password.encode())
    return pkcs12.serialize_key_and_certificates(b"test", holder.key, holder.certificate, others, protection)


def issued(wish: Wish, key: Any, by: Holder | None = None) -> Holder:
    """A certificate as wished; by itself where no issuer is named."""
    subject = _name(wish)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(wish.serial or x509.random_serial_number())
        .not_valid_before(wish.start)
        .not_valid_after(wish.end)
        .add_extension(x509.BasicConstraints(ca=wish.ca, path_length=None), critical=True)
    )
    if wish.usage is not None:
        builder = builder.add_extension(_usage(wish.usage), critical=True)
    if wish.extended_usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wish.extended_usage), critical=False)
    if wish.san:
        builder = builder.add_extension(x509.SubjectAlternativeName(wish.san), critical=False)
    for one in () if wish.ca else wish.more:
        builder = builder.add_extension(one, critical=False)
    return Holder(certificate=builder.sign(by.key if by else key, wish.hash), key=key)  # type: ignore[arg-type]


def _name(wish: Wish) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, wish.subject)]
    if wish.subject_address:
        parts.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, wish.subject_address))
    return x509.Name(parts)


def _usage(names: Sequence[str]) -> x509.KeyUsage:
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
    return x509.KeyUsage(**{one: one in names for one in every})
