"""The errors whose text is a sentence for the operator: it says what is the case, and what to do."""

from typing import Final

from domain.ports import NotReachable
from domain.secrets import NoVault, Unopenable
from infra.db.cluster import WouldNotStart
from infra.db.dump import BackupFailed
from infra.db.embedded import AlreadyRunning, OtherVersion
from infra.db.servant import NoServant
from infra.dns.resolver import NoResolver
from infra.vault.key_source import KeysRefused

SPOKEN: Final = (
    NotReachable,
    AlreadyRunning,
    OtherVersion,
    WouldNotStart,
    NoServant,
    NoResolver,
    BackupFailed,
    KeysRefused,
    NoVault,
    Unopenable,
)
# Those that a setting puts right.
WRONG: Final = (KeysRefused, NoVault)
