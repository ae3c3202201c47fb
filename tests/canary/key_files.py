"""Files of keys that canaries are, and of the zone that keys are published in."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.canary.installation import TO_32, Aviary

OWN: Final = "DKIM key of our own mails"


def own_settings(aviary: Aviary, place: Path) -> dict[str, str]:
    """Settings that sign our own mails: the number of the key is a canary."""
    return {
        "SIGNET_DKIM_DOMAIN": "example.net",
        "SIGNET_DKIM_SELECTOR": "s1",
        "SIGNET_DKIM_KEY": str(own_key(aviary.hatch(OWN, TO_32), place / "dkim.pem")),
    }


def own_key(canary: str, file: Path) -> Path:
    """An Ed25519 key whose number this is, in PEM."""
    key = Ed25519PrivateKey.from_private_bytes(canary.encode())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


def zone_settings(place: Path, name_server: str) -> dict[str, str]:
    """Settings of keys that are written into a file, which nobody serves: none of them ever signs."""
    file = place / "dkim.zone"
    file.write_text("@ SOA ns hostmaster 1 3600 600 86400 1\n@ NS ns\n")
    return {"SIGNET_DKIM_NAMESERVERS": name_server, "SIGNET_DKIM_ZONE_FILE": str(file)}
