"""Where the key-encryption keys come from: SIGNET_KEYS, or the file `keys` in the state folder.

A file is read again when it changes, so keys come and go without a restart; while it cannot be used, those that were
read before hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from infra.settings import Settings
from infra.vault.key_file import read_keys
from infra.vault.keys import KeyRing, WrongKeys, are_spelled_out

log = structlog.get_logger()

FILE: Final = "keys"

Source = Callable[[], KeyRing]


class KeysRefused(Exception):  # noqa: N818 - it names what is the case, in one sentence with the way out
    """Signet does not work with these keys."""


def key_source(settings: Settings) -> Source | None:
    """What answers with the keys of an installation at any time, or raises KeysRefused; None where it has none."""
    own = settings.folder / FILE
    if settings.keys is None:
        return KeyFile(own, private=True).ring if own.exists() else None
    if are_spelled_out(settings.keys):
        ring = KeyRing.parse(settings.keys)
        return lambda: ring
    return KeyFile(Path(settings.keys).expanduser(), private=False).ring


@dataclass(frozen=True, slots=True)
class _Read:
    """The keys that hold, and the state of the file for which they do."""

    ring: KeyRing
    state: tuple[int, ...]


class KeyFile:
    """A file of keys. A `private` one is ours: nobody else may read it."""

    def __init__(self, path: Path, *, private: bool) -> None:
        self._path = path
        self._private = private
        self._last: _Read | None = None

    def ring(self) -> KeyRing:
        """The keys in it; raise KeysRefused where it could never be used."""
        state = _state(self._path)
        if self._last is None or self._last.state != state:
            self._last = _Read(self._read(), state)
        return self._last.ring

    def _read(self) -> KeyRing:
        try:
            return read_keys(self._path, private=self._private)
        except (OSError, WrongKeys) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            if self._last is None:
                raise KeysRefused(f"The keys in {self._path} cannot be used: {why}.") from None
            log.warning("keys.unusable", file=str(self._path), why=why)
            return self._last.ring


def _state(path: Path) -> tuple[int, ...]:
    """What changes whenever the file, or what others may do with it, does."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ctime_ns, found.st_size, found.st_ino
