"""State and keys together in one archive, and back into an empty place.

The archive is a tar of `database.dump` (see `dump.py`) and `keys`, the key-encryption keys: without them
what is locked in the database could not be opened again. It is written beside its place and renamed, readable by its
owner alone.

Law: no database is restored without its keys, and a restore that was interrupted, at whatever moment, is done again.
The keys are there before the database, which lands whole or not at all, and says of itself what it was restored from
until it is brought up to date.
"""

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from domain.ports import NotReachable
from infra.db.dump import BackupFailed, is_dump, load_dump, mark_of, refuse_foreign, write_dump
from infra.db.engine import connect
from infra.db.link import Link
from infra.db.migrate import be_alone, upgrade
from infra.db.scratch import scratch
from infra.vault.key_file import read_keys, write_keys
from infra.vault.key_source import Source
from infra.vault.keys import KeyRing, WrongKeys

DUMP: Final = "database.dump"
KEYS: Final = "keys"

_HELD: Final = """
    SELECT coalesce(obj_description(to_regclass('public.alembic_version'), 'pg_class'), '')
    FROM pg_tables WHERE schemaname = 'public' LIMIT 1
"""


def backup(url: str, keys: Source | None, file: Path) -> None:
    """Write the database and the keys, where there are some, to `file`; workers may go on meanwhile."""
    with scratch(beside=file) as folder:
        dump, archive = folder / DUMP, folder / "archive"
        write_dump(url, dump)
        with tarfile.open(archive, "w") as tar:
            archive.chmod(0o600)
            tar.add(dump, DUMP)
            if keys is not None:
                _add_private(tar, KEYS, keys().text.encode())
        archive.replace(file)


def restore(url: str, keys: Source | None, own: Path, file: Path) -> None:
    """Read an archive into an empty database, then bring the database up to date.

    Its keys go into the file `own`, unless the installation has `keys`: these must hold them all. What pg_dump
    wrote by itself is taken as well: it has no keys, and the installation keeps its own.
    """
    own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with scratch(beside=own) as folder:
        dump, saved = _unpack(file, folder)
        refuse_foreign(dump)
        held = _held(url)
        if held is not None and held != mark_of(dump):
            raise BackupFailed("The database is not empty. Restore into a new one, or an empty SIGNET_STATE.")
        if saved is not None and keys is not None:
            _refuse_other_keys(saved, keys())
        with keys_in_place(own, saved if keys is None else None, url):
            if held is None:
                load_dump(url, dump)
    upgrade(url)


@contextmanager
def keys_in_place(own: Path, saved: KeyRing | None, url: str) -> Iterator[None]:
    """Put keys into their file for what follows; where that fails, take them away again.

    They stay where the database may have landed all the same: to be interrupted says nothing of what the server did.
    """
    if saved is None:
        yield
        return
    write_keys(own, saved)
    try:
        yield
    except BaseException:
        with suppress(NotReachable):
            if _held(url) is None:
                own.unlink()
        raise


def _unpack(file: Path, folder: Path) -> tuple[Path, KeyRing | None]:
    """Take out what an archive of ours holds: the dump and the keys, and nothing else. A dump by itself is none."""
    dump, keys = folder / DUMP, folder / KEYS
    try:
        if is_dump(file):
            return file, None
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                if member.name not in {DUMP, KEYS}:
                    raise BackupFailed(f"This is not a backup of Signet: it holds {member.name!r}.")
                _write_private(folder / member.name, _content(tar, member))
        saved = read_keys(keys, private=True) if keys.exists() else None
    except (tarfile.TarError, FileNotFoundError) as error:
        raise BackupFailed(f"{file} cannot be read as a backup of Signet: {error}") from error
    except WrongKeys as error:
        raise BackupFailed(f"{file} is not a backup of Signet: of its keys, {error}.") from None
    if not dump.exists():
        raise BackupFailed(f"{file} is not a backup of Signet: it holds no {DUMP}.")
    return dump, saved


def _add_private(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = tar.extractfile(member) if member.isreg() else None
    if source is None:
        raise BackupFailed(f"This is not a backup of Signet: {member.name!r} is no file.")
    return source.read()


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _held(url: str) -> str | None:
    """None where the database is empty; else what it says of itself (`mark_of`). Asked when nobody changes it."""
    engine = connect(url, role="restore", pool=1)
    try:
        with engine.begin() as connection:
            link = Link(connection)
            be_alone(link)
            row = link.first(_HELD)
    finally:
        engine.dispose()
    return None if row is None else str(row[0])


def _refuse_other_keys(saved: KeyRing, there: KeyRing) -> None:
    lacking = sorted(saved.ids - there.ids)
    if lacking:
        raise BackupFailed(
            f"The keys of this installation lack {lacking[0]}, which is in the backup; nothing was restored. Add it to "
            f"them, or take SIGNET_KEYS and the file {KEYS} in SIGNET_STATE away: then it is restored as well."
        )
