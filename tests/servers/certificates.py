"""A certificate authority for tests: real certificates, trusted by nobody but the test."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Fixed, long and past: tests read no clock for them.
START = datetime(2020, 1, 1, tzinfo=UTC)
YEARS_40 = timedelta(days=40 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFiles:
    """A certificate and its key, in files, as servers want them."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAuthority:
    """An authority in a folder; `bundle` is what a client has to trust."""

    folder: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def bundle(self) -> Path:
        """The authority's own certificate, PEM."""
        return self.folder / "authority.pem"

    def client_context(self) -> ssl.SSLContext:
        """The client's side of TLS, trusting this authority alone."""
        return ssl.create_default_context(cafile=self.bundle)

    def issue(
        self, names: Sequence[str], *, start: datetime = START, end: datetime = START + YEARS_40
    ) -> ServerFiles:
        """Issue a server certificate for DNS names and IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(names[0], self.certificate.subject, key.public_key(), start, end)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        certificate = builder.sign(self.key, hashes.SHA256())
        stem = f"{certificate.serial_number:x}"
        return ServerFiles(
            certificate=_write(self.folder / f"{stem}.pem", _pem(certificate)),
            key=_write(self.folder / f"{stem}.key", _key_pem(key)),
        )


def certificate_authority(folder: Path) -> CertificateAuthority:
    """Make an authority whose files lie in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Signet test authority")])
    builder = _builder("Signet test authority", name, key.public_key(), START, START + YEARS_40)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_signs_certificates(), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    _write(folder / "authority.pem", _pem(certificate))
    return CertificateAuthority(folder=folder, certificate=certificate, key=key)


def _builder(
    common_name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
