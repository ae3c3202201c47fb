"""A file of key-encryption keys: how it is read, and how it is made.

Law: it is never overwritten, and never there by half, whenever we are killed.
"""

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from infra.vault.keys import KeyRing, WrongKeys

LARGEST: Final = 65_536  # octets: a thousand keys, and no end to read of a device

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_keys(path: Path, *, private: bool) -> KeyRing:
    """Read the keys in a file; raise WrongKeys, or OSError. A `private` one must be closed to other users."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if private and mode & _OTHERS:
            raise WrongKeys(f"others may read it; close it: chmod 600 {path}")
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST or not content.isascii():
        raise WrongKeys("it is no file of keys")
    return KeyRing.parse(content.decode("ascii"))


def write_keys(path: Path, ring: KeyRing) -> bool:
    """Make a file of keys for ourselves alone; answer False, and change nothing, where there is one already.

    It appears whole, under a name that was free. A kill before that leaves a `.keys-…` beside it, which nobody reads.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(ring.text)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    _make_durable(path.parent)
    return True


def _make_durable(folder: Path) -> None:
    """The name of a new file outlives a power failure once its folder is written."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
