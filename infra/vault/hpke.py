"""Hybrid public key encryption (RFC 9180), single-shot, in base mode, for the one suite that Signet takes.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The primitives are those of `cryptography`, whose own HPKE does
not take associated data. What is sealed is `enc`, ciphertext and tag in one.
"""

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from domain.secrets import Purpose, SealedOctets, SealingKey, Secret

ENC: Final = 32

_KEM: Final = b"KEM" + b"\x00\x20"  # section 4.1
_SUITE: Final = b"HPKE" + b"\x00\x20" + b"\x00\x01" + b"\x00\x02"  # section 5.1
_BASE: Final = b"\x00"
_SECRET: Final = 32
_KEY: Final = 32
_NONCE: Final = 12


class CannotOpen(Exception):  # noqa: N818 - it says what is the case, and nothing of why
    """Not sealed for this key and purpose, or changed since."""


def seal(public_key: bytes, purpose: Purpose, secret: Secret, ephemeral: X25519PrivateKey) -> bytes:
    """Seal for the holder of a key (section 6.1). `ephemeral` is a fresh key pair, used this once."""
    enc = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
    key, nonce = _schedule(_kem_secret(shared, enc + public_key), purpose.info)
    return enc + AESGCM(key).encrypt(nonce, secret.octets, purpose.aad)


def sealing_with(key: SealingKey) -> Callable[[Secret, Purpose], SealedOctets]:
    """What seals with a sealing key, each time anew."""
    return lambda secret, purpose: SealedOctets(
        key=key.id, octets=seal(key.public_key, purpose, secret, X25519PrivateKey.generate())
    )


def open_sealed(private_key: X25519PrivateKey, purpose: Purpose, sealed: bytes) -> Secret:
    """Open what was sealed for us (section 6.1); raise CannotOpen."""
    enc, ciphertext = sealed[:ENC], sealed[ENC:]
    try:
        shared = private_key.exchange(X25519PublicKey.from_public_bytes(enc))
        public_key = private_key.public_key().public_bytes_raw()
        key, nonce = _schedule(_kem_secret(shared, enc + public_key), purpose.info)
        return Secret(AESGCM(key).decrypt(nonce, ciphertext, purpose.aad))
    except (InvalidTag, ValueError):  # ValueError: too short, or a point of low order (section 7.1.4)
        raise CannotOpen from None


def _kem_secret(shared: bytes, context: bytes) -> bytes:
    """`ExtractAndExpand` of section 4.1."""
    return _expand(_extract(b"", b"eae_prk", shared, _KEM), b"shared_secret", context, _SECRET, _KEM)


def _schedule(kem_secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    """`KeySchedule` of section 5.1 in base mode: the key, and the nonce of the first message."""
    psk_id = _extract(b"", b"psk_id_hash", b"", _SUITE)
    context = _BASE + psk_id + _extract(b"", b"info_hash", info, _SUITE)
    secret = _extract(kem_secret, b"secret", b"", _SUITE)
    key = _expand(secret, b"key", context, _KEY, _SUITE)
    return key, _expand(secret, b"base_nonce", context, _NONCE, _SUITE)


def _extract(salt: bytes, label: bytes, material: bytes, suite: bytes) -> bytes:
    """`LabeledExtract` of section 4."""
    return HKDF.extract(SHA256(), salt, b"HPKE-v1" + suite + label + material)


def _expand(secret: bytes, label: bytes, context: bytes, length: int, suite: bytes) -> bytes:
    """`LabeledExpand` of section 4."""
    told = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
    return HKDFExpand(SHA256(), length, told).derive(secret)
