"""A folder for what is only needed for a while, and holds keys: whatever ends its process, the next one takes it away.

Law: a folder whose process lives is locked, and nobody else's to take.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = ".signet-scratch-"  # nobody else's folder is called so


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A new folder beside a file, for its owner alone. Those that killed processes left there are removed."""
    parent = beside.absolute().parent
    with _opened(parent) as gate:
        with suppress(OSError):  # where a file system knows no locks nothing is removed either
            fcntl.flock(gate, fcntl.LOCK_EX)
        for left in parent.glob(f"{PREFIX}*"):
            _remove_if_left(left)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def _remove_if_left(folder: Path) -> None:
    """Remove it, unless its process lives or it is somebody else's."""
    with suppress(OSError), _opened(folder) as open_:
        fcntl.flock(open_, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    open_ = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield open_
    finally:
        os.close(open_)
