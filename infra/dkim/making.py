"""Makes DKIM keys: RSA of 2048 bits, which every verifier takes (RFC 8301, section 3.2), and Ed25519 (RFC 8463).

OpenSSL lets other threads run meanwhile; an RSA key takes some 60 ms of one core.
"""

import base64
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from domain.dkim_keys import Algorithm
from domain.dkim_ports import MadeKey
from domain.secrets import Secret

BITS: Final = 2048
EXPONENT: Final = 65_537


class NotAKey(Exception):  # noqa: N818 - it names what is the case, and nothing of what was read
    """What the vault holds is no DKIM key."""


Private: TypeAlias = RSAPrivateKey | Ed25519PrivateKey


def make_key(algorithm: Algorithm = Algorithm.RSA) -> MadeKey:
    """A key that was never there before."""
    is_rsa = algorithm is Algorithm.RSA
    key = generate_private_key(EXPONENT, BITS) if is_rsa else Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return MadeKey(private=Secret(private), public=public_of(key))


def public_of(key: Private) -> str:
    """The public half as `p=` has it: SubjectPublicKeyInfo (RFC 6376, section 3.6.1), of Ed25519 its 32 octets."""
    if isinstance(key, Ed25519PrivateKey):
        return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode("ascii")


def read_key(secret: Secret) -> Private:
    """The key in PKCS#8, checked arithmetically; raise NotAKey."""
    try:
        key = load_der_private_key(secret.octets, password=None)
    except (ValueError, TypeError):
        raise NotAKey from None
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size == BITS):
        return key
    raise NotAKey
