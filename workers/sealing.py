"""How the sealing key is told to those who seal with it: the same over HTTP and by the command."""

import base64
from datetime import UTC
from typing import Final

from domain.secrets import SealingKey

# As IANA's registry "Hybrid Public Key Encryption (HPKE)" spells 0x0020, 0x0001 and 0x0002 (RFC 9180, section 7).
KEM: Final = "DHKEM(X25519, HKDF-SHA256)"
KDF: Final = "HKDF-SHA256"
AEAD: Final = "AES-256-GCM"


def told(key: SealingKey) -> dict[str, str]:
    """The key as a document. `public_key` is base64 (RFC 4648, section 4) of its 32 octets."""
    until = key.not_after.astimezone(UTC)
    return {
        "id": key.id,
        "kem": KEM,
        "kdf": KDF,
        "aead": AEAD,
        "public_key": base64.b64encode(key.public_key).decode(),
        "not_after": until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
