"""Our own DKIM key: read from its file, and tried, before anything is signed with it.

Law: no octet of it stands in a representation, a refusal or a log.
"""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

SMALLEST: Final = 2048  # bits of RSA; RFC 8301, section 3.2, asks for 1024 at least and this much better
GREATEST: Final = 4096  # bits of RSA: nobody needs to verify longer ones (the same section)
LARGEST: Final = 32_768  # octets of the file: there is no end to read of a device

_Private: TypeAlias = RSAPrivateKey | Ed25519PrivateKey


class WrongDkimKey(ValueError):  # noqa: N818 - it names what is wrong, in one sentence for the operator
    """A file that holds no key to sign mails with; the text says why, and nothing of what is in it."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key for RSA (RFC 6376, section 3.3.2) or Ed25519 (RFC 8463) that has been tried."""

    _private: _Private = field(repr=False)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the key from a PEM file and sign something with it; WrongDkimKey says why it cannot be used."""
        try:
            with file.open("rb") as opened:
                content = opened.read(LARGEST + 1)
        except (OSError, ValueError):
            raise WrongDkimKey("it names no file that can be read") from None
        if len(content) > LARGEST:
            raise WrongDkimKey("the file is too large for a key")
        key = cls(_private_key(content))
        key.try_out()
        return key

    @property
    def algorithm(self) -> str:
        """How the signature says what made it (RFC 6376, section 3.5, `a=`)."""
        return f"{self.type}-sha256"

    @property
    def record(self) -> str:
        """The text of the TXT record with the public key (RFC 6376, section 3.6.1)."""
        return f"v=DKIM1; k={self.type}; p={self.public}"

    @property
    def public(self) -> str:
        """The public key as `p=` has it: of RSA the SubjectPublicKeyInfo, of Ed25519 its 32 octets (RFC 8463, 4)."""
        if isinstance(self._private, RSAPrivateKey):
            return self._published(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return self._published(Encoding.Raw, PublicFormat.Raw)

    def is_published_as(self, public: str) -> bool:
        """Whether `p=` holds this key; RSA may stand there without its SubjectPublicKeyInfo (RFC 6376, 3.6.1)."""
        forms = {self.public}
        if isinstance(self._private, RSAPrivateKey):
            forms.add(self._published(Encoding.DER, PublicFormat.PKCS1))
        return "".join(public.split()) in forms

    @property
    def type(self) -> str:
        """The kind of key as `k=` has it."""
        return "rsa" if isinstance(self._private, RSAPrivateKey) else "ed25519"

    def sign(self, octets: bytes) -> bytes:
        """The signature of some octets. Ed25519 signs their SHA-256 (RFC 8463, section 3)."""
        if isinstance(self._private, RSAPrivateKey):
            return self._private.sign(octets, PKCS1v15(), SHA256())
        return self._private.sign(_digest(octets))

    def try_out(self) -> None:
        """Sign something and verify it; WrongDkimKey where the parts of the key do not belong together."""
        trial = b"signet"
        try:
            signature = self.sign(trial)
            if isinstance(self._private, RSAPrivateKey):
                self._private.public_key().verify(signature, trial, PKCS1v15(), SHA256())
            else:
                self._private.public_key().verify(signature, _digest(trial))
        except (InvalidSignature, ValueError):
            raise WrongDkimKey("what the key signs cannot be verified: its parts do not fit") from None

    def _published(self, encoding: Encoding, form: PublicFormat) -> str:
        return base64.b64encode(self._private.public_key().public_bytes(encoding, form)).decode("ascii")


def _private_key(content: bytes) -> _Private:
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise WrongDkimKey("the key in the file is locked with a password, and has to be unlocked") from None
    except (ValueError, UnsupportedAlgorithm):
        raise WrongDkimKey(
            "the file holds no private key in PEM, such as `openssl genrsa 2048` prints"
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise WrongDkimKey("the key is neither RSA nor Ed25519")
    if not SMALLEST <= key.key_size <= GREATEST:
        raise WrongDkimKey(f"the key has {key.key_size} bits; RSA has {SMALLEST} to {GREATEST}")
    return key


def _digest(octets: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(octets)
    return digest.finalize()
