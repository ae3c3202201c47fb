"""State and keys together in one archive, and back into an empty place.

The archive is a tar of `database.dump` (pg_dump's custom format) and the key files under `keys/`: without
the keys what is sealed in the database could not be opened again. It is written beside its place and
renamed, readable by its owner alone.
"""

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import make_url

from infra.db.cluster import program
from infra.db.engine import connect
from infra.db.link import Link
from infra.db.migrate import upgrade

DUMP: Final = "database.dump"
KEYS: Final = "keys"

_IN_USE: Final = "SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1"


class BackupFailed(Exception):  # noqa: N818 - it names what is the case
    """The archive could not be written, or could not be read back; nothing was changed."""


def backup(url: str, keys: Path, file: Path) -> None:
    """Write the database and the key files (a flat folder, or none) to `file`; workers may go on meanwhile."""
    with tempfile.TemporaryDirectory(prefix=".signet-backup-", dir=file.absolute().parent) as scratch:
        dump, archive = Path(scratch) / DUMP, Path(scratch) / "archive"
        _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"])
        with tarfile.open(archive, "w") as tar:
            archive.chmod(0o600)
            tar.add(dump, DUMP)
            for key in sorted(keys.iterdir()) if keys.is_dir() else []:
                tar.add(key, f"{KEYS}/{key.name}", recursive=False)
        archive.replace(file)


def restore(url: str, keys: Path, file: Path) -> None:
    """Read an archive into an empty database and the key folder, then bring the database up to date."""
    _refuse_in_use(url)
    with tempfile.TemporaryDirectory(prefix=".signet-restore-", dir=keys.absolute().parent) as scratch:
        dump, saved = _unpack(file, Path(scratch))
        _refuse_other_keys(saved, keys)
        options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        _run("pg_restore", url, [*options, f"--dbname={make_url(url).database}", str(dump)])
        for key in saved:
            keys.mkdir(mode=0o700, exist_ok=True)
            key.replace(keys / key.name)
    upgrade(url)


def _unpack(file: Path, folder: Path) -> tuple[Path, Sequence[Path]]:
    """Take out what an archive of ours holds: the dump and the keys, and nothing else."""
    dump, keys = folder / DUMP, folder / KEYS
    keys.mkdir()
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                _write_private(_place_of(member, dump, keys), _content(tar, member))
    except (tarfile.TarError, FileNotFoundError) as error:
        raise BackupFailed(f"{file} cannot be read as a backup of Signet: {error}") from error
    if not dump.exists():
        raise BackupFailed(f"{file} is not a backup of Signet: it holds no {DUMP}.")
    return dump, sorted(keys.iterdir())


def _place_of(member: tarfile.TarInfo, dump: Path, keys: Path) -> Path:
    parts = PurePosixPath(member.name).parts
    if parts == (DUMP,):
        return dump
    if len(parts) == 2 and parts[0] == KEYS and parts[1] != "..":  # noqa: PLR2004 - a flat folder
        return keys / parts[1]
    raise BackupFailed(f"This is not a backup of Signet: it holds {member.name!r}.")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = tar.extractfile(member) if member.isreg() else None
    if source is None:
        raise BackupFailed(f"This is not a backup of Signet: {member.name!r} is no file.")
    return source.read()


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _refuse_in_use(url: str) -> None:
    engine = connect(url, role="restore", pool=1)
    try:
        with engine.connect() as connection:
            if Link(connection).first(_IN_USE) is not None:
                raise BackupFailed(
                    "The database is not empty. Restore into a new one, or an empty SIGNET_STATE."
                )
    finally:
        engine.dispose()


def _refuse_other_keys(saved: Sequence[Path], keys: Path) -> None:
    for key in saved:
        there = keys / key.name
        if there.exists() and there.read_bytes() != key.read_bytes():
            raise BackupFailed(f"{there} is another key than the one in the backup; nothing was overwritten.")


def _run(name: str, url: str, options: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where others cannot list it."""
    address = make_url(url)
    login = {
        "PGHOST": address.host,
        "PGPORT": address.port,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    given = {variable: str(value) for variable, value in login.items() if value is not None}
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **given}
    done = subprocess.run(
        [str(program(name)), "--no-password", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(f"{name} failed: {done.stderr.strip()[-500:]}")
