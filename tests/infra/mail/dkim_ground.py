"""What tests of our signature stand on: keys in files, and receivers that verify."""

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.mail.dkim import Dkim
from infra.mail.dkim_key import DkimKey

DOMAIN, SELECTOR = "signet.example.com", "s1"


@cache
def rsa_pem(bits: int = 2048) -> bytes:
    """An RSA key as OpenSSL writes it."""
    return generate_private_key(65537, bits).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )


@cache
def ed25519_pem() -> bytes:
    """An Ed25519 key as OpenSSL writes it."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


PEMS: dict[str, Callable[[], bytes]] = {"rsa": rsa_pem, "ed25519": ed25519_pem}


def signer(folder: Path, kind: str = "rsa") -> Dkim:
    """What signs with a key of that kind, read from a file."""
    file = folder / f"{kind}.pem"
    file.write_bytes(PEMS[kind]())
    return Dkim(domain=DOMAIN, selector=SELECTOR, key=DkimKey.read(file))


def verifies(message: bytes, record: str, name: str = f"{SELECTOR}._domainkey.{DOMAIN}.") -> bool:
    """Whether dkimpy finds the signature good, where `record` is published at `name`."""

    def published(asked: bytes, timeout: float = 5) -> bytes | None:
        return record.encode() if asked == name.encode() else None

    quiet = logging.getLogger("dkimpy")
    quiet.setLevel(logging.CRITICAL)
    try:
        return bool(dkim.verify(message, logger=quiet, dnsfunc=published, minkey=2048))
    except dkim.DKIMException:
        return False


def zone_lines(ours: Dkim, record: str | None = None) -> str:
    """The record as it stands in the zone of our domain, in strings of at most 255 octets."""
    text = record or ours.key.record
    strings = " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250))
    return f"{ours.selector}._domainkey TXT {strings}"
