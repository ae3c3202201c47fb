"""How the sealing key is told to those who seal with it, and how what came in clear is sealed before anything else."""

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Final

from domain.secrets import SealingKey
from events.catalogue import INBOUND, FieldError
from events.envelope import Envelope
from events.sealed import secret_fields
from events.sealing import seal_clear
from workers.services import Services

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


def sealed(envelopes: Sequence[Envelope], services: Services) -> Sequence[Envelope | tuple[FieldError, ...]]:
    """Seal the secrets that stand in clear; or say what is wrong with an event's. Raises NoVault."""
    if not any(_has_secrets(envelope) for envelope in envelopes):
        return envelopes
    with services.reading() as reading:
        key = reading.seals.present()
        reading.commit()
    seal = services.sealing_with(key)
    return [
        seal_clear(INBOUND[envelope.type], envelope, seal) if _has_secrets(envelope) else envelope
        for envelope in envelopes
    ]


def _has_secrets(envelope: Envelope) -> bool:
    kind = INBOUND.get(envelope.type)
    return kind is not None and bool(secret_fields(kind))
