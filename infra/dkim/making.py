"""Makes DKIM keys: RSA of 2048 bits, which every verifier takes (RFC 8301, section 3.2).

OpenSSL lets other threads run meanwhile; a key takes some 60 ms of one core.
"""

import base64
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from domain.dkim_ports import MadeKey
from domain.secrets import Secret

BITS: Final = 2048
EXPONENT: Final = 65_537


class NotAKey(Exception):  # noqa: N818 - it names what is the case, and nothing of what was read
    """What the vault holds is no DKIM key."""


def make_key() -> MadeKey:
    """A key that was never there before."""
    key = generate_private_key(EXPONENT, BITS)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return MadeKey(private=Secret(private), public=public_of(key))


def public_of(key: RSAPrivateKey) -> str:
    """The public half as `p=` has it: SubjectPublicKeyInfo (RFC 6376, section 3.6.1)."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode("ascii")


def read_key(secret: Secret) -> RSAPrivateKey:
    """The key in PKCS#8, checked arithmetically; raise NotAKey."""
    try:
        key = load_der_private_key(secret.octets, password=None)
    except (ValueError, TypeError):
        raise NotAKey from None
    if not isinstance(key, RSAPrivateKey) or key.key_size != BITS:
        raise NotAKey
    return key
