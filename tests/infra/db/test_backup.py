"""State and keys leave together, and come back together."""

import io
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.secrets import SecretPlace
from infra.db import embedded
from infra.db.backup import backup, restore
from infra.db.cluster import Folder
from infra.db.dump import BackupFailed, load_dump, write_dump
from infra.db.engine import connect
from infra.db.installation import vault_of
from infra.db.link import Link
from infra.db.migrate import is_current, upgrade
from infra.db.unit_of_work import units
from infra.operations import back_up, restore_from
from infra.settings import Settings
from infra.vault.key_file import read_keys, write_keys
from infra.vault.keys import KeyRing, generate
from infra.vault.vault import Vault
from tests.conformance.building import RING, Units, register, stored
from tests.conformance.test_secrets import SECRET, a_place, opened, put
from tests.servers.postgres import Postgres

PICKY = """
    CREATE FUNCTION picky() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF to_regclass('public.identities') IS NOT NULL THEN
            ALTER TABLE public.identities ADD CHECK (subject !~ 'hush-hush');
            DROP EVENT TRIGGER picky;
        END IF;
    END $$;
    CREATE EVENT TRIGGER picky ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION picky();
"""


def keys() -> KeyRing:
    """The keys of the installation that is saved."""
    return RING


@pytest.fixture
def secret(engine: Engine) -> SecretPlace:
    """Where a secret is kept, under the newest of these keys."""
    place = a_place()
    put(units(engine, Vault(keys)), (place, SECRET))
    return place


@pytest.fixture
def empty(postgres: Postgres) -> Callable[[str], str]:
    """Makes databases without anything in them."""

    def make(name: str) -> str:
        postgres.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        postgres.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return postgres.url_of(name)

    return make


def test_a_backup_goes_into_a_fresh_place_as_it_was(
    database_url: str, unit: Units, secret: SecretPlace, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """Every identity, and every key, readable by us alone; what was secret opens."""
    identity = register(unit)
    archive, fresh, url = tmp_path / "backup", tmp_path / "fresh", empty("restored")

    backup(database_url, keys, archive)
    restore(url, None, fresh, archive)

    engine = connect(url, role="test")
    restored = read_keys(fresh, private=True)
    assert stored(units(engine), identity.id) == identity
    assert opened(units(engine, Vault(lambda: restored)), secret) == SECRET
    assert is_current(engine)
    engine.dispose()
    assert restored == RING
    assert {stat.S_IMODE(path.stat().st_mode) for path in (archive, fresh)} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "fresh"]


@pytest.mark.parametrize("kept", ["setting", "state"])
def test_an_installation_is_restored_into_another_with_its_keys(
    database_url: str, secret: SecretPlace, tmp_path: Path, empty: Callable[[str], str], kept: str
) -> None:
    """Wherever the one that was saved had them; the other needs no setting for them."""
    saved = {"SIGNET_DATABASE_URL": database_url, "SIGNET_STATE": str(tmp_path / "saved")}
    if kept == "setting":
        saved["SIGNET_KEYS"] = RING.text
    else:
        write_keys(tmp_path / "saved" / "keys", RING)
    url = empty(f"moved_{kept}")
    fresh = {"SIGNET_DATABASE_URL": url, "SIGNET_STATE": str(tmp_path / "fresh")}

    back_up(Settings.load(saved), tmp_path / "backup")
    restore_from(Settings.load(fresh), tmp_path / "backup")

    engine = connect(url, role="test")
    vault = vault_of(Settings.load(fresh))
    assert opened(units(engine, vault), secret) == SECRET
    engine.dispose()


def test_an_installation_without_keys_is_saved_without(
    database_url: str, unit: Units, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """And restored beside keys that are there already."""
    identity = register(unit)
    url = empty("keyless")

    backup(database_url, None, tmp_path / "backup")
    restore(url, keys, tmp_path / "fresh", tmp_path / "backup")

    engine = connect(url, role="test")
    assert stored(units(engine), identity.id) == identity
    engine.dispose()
    assert not (tmp_path / "fresh").exists()


def test_keys_that_are_there_serve_if_they_hold_those_of_the_backup(
    database_url: str, secret: SecretPlace, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """More may be there; nothing is written then."""
    url, more = empty("served"), KeyRing((*RING.keys, generate()))
    backup(database_url, keys, tmp_path / "backup")

    restore(url, lambda: more, tmp_path / "fresh", tmp_path / "backup")

    engine = connect(url, role="test")
    assert opened(units(engine, Vault(lambda: more)), secret) == SECRET
    engine.dispose()
    assert not (tmp_path / "fresh").exists()


def test_the_way_out_of_another_major_version_works_as_it_is_said(state: Path) -> None:
    """Backup, move away, restore: what the refusal tells its reader to do."""
    archive = state.parent / "backup"
    folder = Folder(state=state)
    with embedded.start(state) as running:
        upgrade(running.url)
        engine = connect(running.url, role="test")
        identity = register(units(engine))
        engine.dispose()
        backup(embedded.url(state), None, archive)
    (folder.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.OtherVersion):
        embedded.start(state)

    folder.root.rename(f"{folder.root}.17")
    with embedded.start(state) as running:
        restore(running.url, None, state / "keys", archive)
        engine = connect(running.url, role="test")
        assert stored(units(engine), identity.id) == identity
        engine.dispose()


def test_a_database_in_use_is_not_restored_into(database_url: str, engine: Engine, tmp_path: Path) -> None:
    """Nothing is ever overwritten."""
    backup(database_url, keys, tmp_path / "backup")

    with pytest.raises(BackupFailed, match="not empty"):
        restore(database_url, None, tmp_path / "fresh", tmp_path / "backup")

    assert not (tmp_path / "fresh").exists()


def test_beside_other_keys_nothing_is_restored(
    database_url: str, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """What was secret could not be opened; the sentence names the key, and not what it is."""
    backup(database_url, keys, tmp_path / "backup")
    url, others = empty("keyed"), KeyRing((RING.keys[0], generate()))

    with pytest.raises(BackupFailed, match=f"lack {RING.newest.id}, .* nothing was restored"):
        restore(url, lambda: others, tmp_path / "fresh", tmp_path / "backup")

    engine = connect(url, role="test")
    assert not is_current(engine)
    engine.dispose()


@pytest.mark.parametrize("name", ["../evil", "keys/../evil", "keys/..", "/etc/evil", "keys/a", "other"])
def test_an_archive_with_anything_else_in_it_is_refused(
    tmp_path: Path, empty: Callable[[str], str], name: str
) -> None:
    """Nothing is written outside its place."""
    with tarfile.open(tmp_path / "backup", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))

    with pytest.raises(BackupFailed, match="not a backup"):
        restore(empty("untouched"), None, tmp_path / "keys", tmp_path / "backup")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup"]


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"\x00" * 2048])
def test_what_is_no_archive_is_refused(
    tmp_path: Path, empty: Callable[[str], str], content: bytes | None
) -> None:
    """Missing, empty, cut off, something else."""
    if content is not None:
        (tmp_path / "backup").write_bytes(content)

    with pytest.raises(BackupFailed, match="backup"):
        restore(empty("untouched"), None, tmp_path / "keys", tmp_path / "backup")


@pytest.mark.parametrize("share", [0.001, 0.9])
def test_a_damaged_dump_changes_nothing(
    database_url: str, engine: Engine, tmp_path: Path, empty: Callable[[str], str], share: float
) -> None:
    """It lands whole or not at all; neither are the keys there then, also where it is damaged behind its contents."""
    with engine.begin() as connection:
        Link(connection).run("INSERT INTO counters SELECT md5(n::text), n FROM generate_series(1, 9000) AS n")
    write_dump(database_url, tmp_path / "dump")
    whole = (tmp_path / "dump").read_bytes()
    pack(tmp_path / "backup", whole[: int(len(whole) * share)])
    url = empty("untouched")

    with pytest.raises(BackupFailed, match="pg_restore failed"):
        restore(url, None, tmp_path / "fresh", tmp_path / "backup")

    assert tables(url) == []
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "alone"])
@pytest.mark.parametrize("table", ["customers", "alembic_version", '"TABLE public identities"'])
def test_a_database_of_somebody_else_is_refused(
    tmp_path: Path, postgres: Postgres, empty: Callable[[str], str], table: str, *, packed: bool
) -> None:
    """Before anything is changed; others have Alembic too, and names of any kind."""
    postgres.run(f"CREATE TABLE {table} (name text)", (theirs := empty("theirs")).rpartition("/")[2])
    write_dump(theirs, tmp_path / "saved")
    if packed:
        pack(tmp_path / "saved", (tmp_path / "saved").read_bytes())
    url = empty("untouched")

    with pytest.raises(
        BackupFailed, match=r"of another program: it has no table '\w+'\. Nothing was restored"
    ):
        restore(url, None, tmp_path / "fresh", tmp_path / "saved")

    assert tables(url) == []
    assert not (tmp_path / "fresh").exists()


def pack(archive: Path, dump: bytes) -> None:
    """Make an archive of a dump and keys."""
    with tarfile.open(archive, "w") as tar:
        for name, content in (("database.dump", dump), ("keys", RING.text.encode())):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def test_what_pg_dump_wrote_is_taken_beside_the_keys_that_are_there(
    database_url: str, unit: Units, secret: SecretPlace, tmp_path: Path, empty: Callable[[str], str]
) -> None:
    """It has none of its own: those of the installation open what is locked in it."""
    identity = register(unit)
    url = empty("dumped")
    write_dump(database_url, tmp_path / "dump")

    restore(url, keys, tmp_path / "fresh", tmp_path / "dump")

    engine = connect(url, role="test")
    assert stored(units(engine), identity.id) == identity
    assert opened(units(engine, Vault(keys)), secret) == SECRET
    engine.dispose()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump"]


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_dump_that_is_cut_off_changes_nothing(
    database_url: str, unit: Units, tmp_path: Path, empty: Callable[[str], str], share: float
) -> None:
    """Wherever that is: what came before is rolled back."""
    for number in range(50):
        register(unit, subject=f"shop{number}.example.org")
    write_dump(database_url, tmp_path / "dump")
    whole = (tmp_path / "dump").read_bytes()
    (tmp_path / "dump").write_bytes(whole[: int(len(whole) * share)])
    url = empty("cut_off")

    with pytest.raises(BackupFailed, match="pg_restore failed"):
        load_dump(url, tmp_path / "dump")

    assert tables(url) == []


def test_what_the_server_refuses_is_said_and_changes_nothing(
    database_url: str, tmp_path: Path, postgres: Postgres, empty: Callable[[str], str]
) -> None:
    """With its own words; what it had taken by then is rolled back."""
    write_dump(database_url, tmp_path / "dump")
    url = empty("refused")
    postgres.run("CREATE SEQUENCE schedule", "refused")

    with pytest.raises(BackupFailed, match=r'psql failed: .*"schedule" already exists'):
        load_dump(url, tmp_path / "dump")

    assert tables(url) == []


def test_a_row_that_the_server_refuses_is_not_shown(
    database_url: str, unit: Units, tmp_path: Path, postgres: Postgres, empty: Callable[[str], str]
) -> None:
    """Terminals and logs are no place for what is stored."""
    register(unit, subject="hush-hush.example.org")
    write_dump(database_url, tmp_path / "dump")
    url = empty("picky")
    postgres.run(PICKY, "picky")

    with pytest.raises(BackupFailed, match=r'new row for relation "identities" violates') as failed:
        load_dump(url, tmp_path / "dump")

    assert "hush-hush" not in str(failed.value)
    assert tables(url) == []


def tables(url: str) -> list[str]:
    """What was begun of a database."""
    engine = connect(url, role="test")
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).all()
    engine.dispose()
    return [row[0] for row in found]


def test_a_failed_backup_leaves_the_one_before(tmp_path: Path, postgres: Postgres) -> None:
    """And says nothing of passwords."""
    archive = tmp_path / "backup"
    archive.write_bytes(b"the one before")
    nowhere = postgres.url_of("nowhere").replace("postgres@", "postgres:hush-hush@")

    with pytest.raises(BackupFailed) as failed:
        backup(nowhere, keys, archive)

    assert archive.read_bytes() == b"the one before"
    assert "hush-hush" not in str(failed.value)
