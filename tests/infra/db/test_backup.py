"""State and keys leave together, and come back together."""

import io
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from infra.db import embedded
from infra.db.backup import BackupFailed, backup, restore
from infra.db.cluster import Folder
from infra.db.engine import connect
from infra.db.migrate import is_current, upgrade
from infra.db.unit_of_work import units
from tests.conformance.building import Units, register, stored
from tests.servers.postgres import Postgres


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with two keys."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "one").write_bytes(b"\x00first")
    (folder / "two").write_bytes(b"second")
    return folder


@pytest.fixture
def empty(postgres: Postgres) -> Callable[[str], str]:
    """Makes databases without anything in them."""

    def make(name: str) -> str:
        postgres.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        postgres.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return postgres.url_of(name)

    return make


def test_a_backup_goes_into_a_fresh_place_as_it_was(
    database_url: str, unit: Units, keys: Path, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """Every identity, and every key, readable by us alone."""
    identity = register(unit)
    archive, fresh, url = tmp_path / "backup", tmp_path / "fresh", empty("restored")

    backup(database_url, keys, archive)
    restore(url, fresh, archive)

    engine = connect(url, role="test")
    assert stored(units(engine), identity.id) == identity
    assert is_current(engine)
    engine.dispose()
    assert {key.name: key.read_bytes() for key in fresh.iterdir()} == {"one": b"\x00first", "two": b"second"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (archive, *fresh.iterdir())} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "fresh", "keys"]


def test_the_way_out_of_another_major_version_works_as_it_is_said(state: Path) -> None:
    """Backup, move away, restore: what the refusal tells its reader to do."""
    archive = state.parent / "backup"
    folder = Folder(state=state)
    with embedded.start(state) as running:
        upgrade(running.url)
        engine = connect(running.url, role="test")
        identity = register(units(engine))
        engine.dispose()
        backup(embedded.url(state), state / "keys", archive)
    (folder.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.OtherVersion):
        embedded.start(state)

    folder.root.rename(f"{folder.root}.17")
    with embedded.start(state) as running:
        restore(running.url, state / "keys", archive)
        engine = connect(running.url, role="test")
        assert stored(units(engine), identity.id) == identity
        engine.dispose()


def test_a_database_in_use_is_not_restored_into(
    database_url: str, engine: Engine, keys: Path, tmp_path: Path
) -> None:
    """Nothing is ever overwritten."""
    backup(database_url, keys, tmp_path / "backup")

    with pytest.raises(BackupFailed, match="not empty"):
        restore(database_url, tmp_path / "fresh", tmp_path / "backup")

    assert not (tmp_path / "fresh").exists()


def test_another_key_of_the_same_name_is_not_overwritten(
    database_url: str, keys: Path, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """Who lost a key has lost what it sealed."""
    backup(database_url, keys, tmp_path / "backup")
    (keys / "two").write_bytes(b"another")

    with pytest.raises(BackupFailed, match="another key"):
        restore(empty("keyed"), keys, tmp_path / "backup")

    assert (keys / "two").read_bytes() == b"another"


@pytest.mark.parametrize("name", ["../evil", "keys/../evil", "keys/..", "/etc/evil", "keys/a/b", "other"])
def test_an_archive_with_anything_else_in_it_is_refused(
    tmp_path: Path, empty: Callable[[str], str], name: str
) -> None:
    """Nothing is written outside its place."""
    with tarfile.open(tmp_path / "backup", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))

    with pytest.raises(BackupFailed, match="not a backup"):
        restore(empty("untouched"), tmp_path / "keys", tmp_path / "backup")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup"]


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"\x00" * 2048])
def test_what_is_no_archive_is_refused(
    tmp_path: Path, empty: Callable[[str], str], content: bytes | None
) -> None:
    """Missing, empty, cut off, something else."""
    if content is not None:
        (tmp_path / "backup").write_bytes(content)

    with pytest.raises(BackupFailed, match="backup"):
        restore(empty("untouched"), tmp_path / "keys", tmp_path / "backup")


def test_a_damaged_dump_changes_nothing(
    database_url: str, unit: Units, keys: Path, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """It lands whole or not at all; the keys wait for it."""
    register(unit)
    with tarfile.open(tmp_path / "backup", "w") as tar:
        member = tarfile.TarInfo("database.dump")
        member.size = 9
        tar.addfile(member, io.BytesIO(b"PGDMPhalf"))

    with pytest.raises(BackupFailed, match="pg_restore failed"):
        restore(empty("untouched"), tmp_path / "fresh", tmp_path / "backup")

    assert not (tmp_path / "fresh").exists()


def test_a_failed_backup_leaves_the_one_before(tmp_path: Path, keys: Path, postgres: Postgres) -> None:
    """And says nothing of passwords."""
    archive = tmp_path / "backup"
    archive.write_bytes(b"the one before")
    nowhere = postgres.url_of("nowhere").replace("postgres@", "postgres:hush-hush@")

    with pytest.raises(BackupFailed) as failed:
        backup(nowhere, keys, archive)

    assert archive.read_bytes() == b"the one before"
    assert "hush-hush" not in str(failed.value)
