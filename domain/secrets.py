"""What must never be seen, and the ports to the vault that keeps it.

Law: a secret does not show itself. It is kept for one field of one identity, and opens for no other.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.identity import Kind


class NoVault(Exception):  # noqa: N818 - it names what is missing; the text says what to do
    """This installation has no key-encryption key: it keeps no secret."""


class Unopenable(Exception):  # noqa: N818 - the same
    """What the vault holds does not open: its key is missing, or it is not what was put there."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Octets that nobody may see: not in a log, an error or an event."""

    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """Where a secret belongs: a field of one identity.

    `generation` counts what was handed in for it: new credentials lie beside the old until they have passed.
    """

    identity_id: str
    account: str
    kind: Kind
    field: str
    generation: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKey:
    """What others seal secrets with (X25519, 32 octets): until `not_after`, by the key that is newest then."""

    id: str
    public_key: bytes
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a sealed field was sealed for (product contract, 2.4): it opens for nothing else."""

    info: bytes
    aad: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedOctets:
    """A secret as it was sealed for us: `enc`, ciphertext and tag in one, and the id of the sealing key."""

    key: str
    octets: bytes


class SealFault(StrEnum):
    """Why a sealed field stays closed: of what sealed it."""

    UNKNOWN_KEY = "secret.unknown_key"
    CANNOT_OPEN = "secret.cannot_open"


class Secrets(Protocol):
    """The secrets of identities, at rest under a key that is not in the database.

    Without any such key `put` and `open` raise NoVault; where the right one is missing, `open` raises Unopenable.
    """

    def put(self, place: SecretPlace, secret: Secret) -> None:
        """Keep a secret; what was kept in this place before is gone."""

    def open(self, place: SecretPlace) -> Secret | None:
        """The secret that was put in this place; None where there is none."""

    def drop(self, place: SecretPlace) -> None:
        """Forget what is kept in this place."""

    def drop_all(self, identity_id: str) -> int:
        """Forget everything of an identity; answer how many secrets it had."""


class Seals(Protocol):
    """The keys with which others seal secrets for us.

    Without a key-encryption key there is none: `present` and `replace` raise NoVault, and `open` knows no key.
    """

    def present(self) -> SealingKey:
        """The key to seal with now; made where there is none, or where the last one comes to its end."""

    def replace(self) -> SealingKey:
        """Make a new key; the one before still opens for 30 days."""

    def open(self, sealed: SealedOctets, purpose: Purpose) -> Secret | SealFault:
        """What was sealed, if it was sealed for just this purpose. Raises Unopenable for a fault of ours."""
