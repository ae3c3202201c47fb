"""Where the vault keeps what belongs to a certificate: the upload until it is opened, then key and chain."""

from typing import Final

from domain.certificates import SigningMaterial
from domain.identity import Kind
from domain.secrets import Secret, SecretPlace
from domain.signing_certificate import SigningCertificate

PKCS12: Final = "pkcs12"
PASSWORD: Final = "password"  # noqa: S105 - the name of a field
KEY: Final = "key"
CHAIN: Final = "chain"
_LENGTH: Final = 4  # octets


def place_of(certificate: SigningCertificate, field: str, number: int) -> SecretPlace:
    """Where the vault keeps a part of an upload."""
    return SecretPlace(
        identity_id=certificate.id,
        account=certificate.account,
        kind=Kind.CERTIFICATE,
        field=field,
        generation=number,
    )


def chain_to(material: SigningMaterial) -> Secret:
    """The certificate and its intermediates (DER) as one, each with its length before it."""
    parts = (material.certificate, *material.intermediates)
    return Secret(b"".join(len(part).to_bytes(_LENGTH) + part for part in parts))


def chain_from(secret: Secret) -> tuple[bytes, ...]:
    """The certificate and its intermediates, as they were put in."""
    parts: list[bytes] = []
    octets = secret.octets
    while octets:
        end = _LENGTH + int.from_bytes(octets[:_LENGTH])
        parts.append(octets[_LENGTH:end])
        octets = octets[end:]
    return tuple(parts)
