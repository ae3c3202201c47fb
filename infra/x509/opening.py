"""Opens a PKCS#12 in the child process: its key, the certificate that belongs to it, and the others.

Whatever can be opened is: old containers (RC2, 3DES, a MAC by MD5 or none) protect nothing, but what they hold is good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

MOST_OTHERS: Final = 10  # certificates beside the leaf that anybody looks at
_NOT_OPENED: Final = "Invalid password"  # how the library begins where only the password may be wrong


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a container."""

    key: PrivateKeyTypes
    leaf: x509.Certificate
    others: tuple[x509.Certificate, ...]


def open_container(octets: bytes, passwords: Sequence[bytes | None]) -> Opened | str:
    """Open with the first password that does; else why not, a value of `domain.certificates.Opening`."""
    loaded = _load(octets, passwords)
    if isinstance(loaded, str):
        return loaded
    if loaded.key is None:
        return "no_key"
    entries = (loaded.cert, *loaded.additional_certs)
    certificates = [one.certificate for one in entries if one is not None]
    if not certificates:
        return "no_certificate"
    leaf = _latest(one for one in certificates if _belongs(one, loaded.key))
    if leaf is None:
        return "key_mismatch"
    return Opened(loaded.key, leaf, tuple(one for one in certificates if one != leaf)[:MOST_OTHERS])


def _load(octets: bytes, passwords: Sequence[bytes | None]) -> pkcs12.PKCS12KeyAndCertificates | str:
    for password in passwords:
        try:
            return pkcs12.load_pkcs12(octets, password)
        except ValueError as error:
            if not str(error).startswith(_NOT_OPENED):
                return "not_pkcs12"
        except (UnsupportedAlgorithm, TypeError):
            return "not_pkcs12"
    return "wrong_password"


def _belongs(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    try:
        return _public(certificate.public_key()) == _public(key.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return False


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _latest(certificates: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """The one that ends last: a renewed certificate may keep its key."""
    return max(certificates, key=lambda one: one.not_valid_after_utc, default=None)
