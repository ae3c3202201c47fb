"""A restore that was interrupted is simply done again: no database is there without its keys."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from domain.secrets import SecretPlace
from infra.db.backup import backup, keys_in_place, restore
from infra.db.dump import BackupFailed, load_dump, write_dump
from infra.db.engine import connect
from infra.db.link import Link
from infra.db.migrate import is_current
from infra.db.scratch import PREFIX
from infra.db.unit_of_work import units
from infra.vault.key_file import read_keys
from infra.vault.vault import Vault
from tests.conformance.building import RING, VAULT, Units, register
from tests.conformance.test_secrets import SECRET, a_place, opened, put
from tests.journeys import command
from tests.journeys.command import SIGNET, Streams
from tests.servers.postgres import Postgres
from tests.servers.waiting import wait_until

NAME = "half_way"
# What psql, or `signet migrate`, does there waits for whoever holds the lock 7.
SLOW = """
    CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('application_name') = '{program}' THEN
            PERFORM pg_advisory_xact_lock_shared(7);
        END IF;
    END $$;
    CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'COMMENT') EXECUTE FUNCTION slow();
"""
WAITS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted"
# More than a pipe holds: what is killed meanwhile has not sent it all.
MANY = "INSERT INTO counters SELECT 'filler ' || number, number FROM generate_series(1, 20000) AS number"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is restored, and a way to keep it half-way."""

    postgres: Postgres
    environment: Mapping[str, str]

    @property
    def keys(self) -> Path:
        """The file for the keys."""
        return Path(self.environment["SIGNET_STATE"]) / "keys"

    @contextmanager
    def held_up(self, program: str) -> Iterator[Callable[[], bool]]:
        """Hold up what a program does to the database; gives what says whether it has come so far."""
        self.postgres.run(SLOW.format(program=program), NAME)
        address = f"host=127.0.0.1 port={self.postgres.port} user=postgres dbname={NAME}"
        with psycopg.connect(address) as holder:
            holder.execute("SELECT pg_advisory_lock(7)")
            yield lambda: bool(self.postgres.run(WAITS, NAME))

    def check(self, secret: SecretPlace) -> None:
        """The database is there, whole and up to date, and opens with the keys that are there."""
        engine = connect(self.environment["SIGNET_DATABASE_URL"], role="test")
        assert opened(units(engine, Vault(lambda: read_keys(self.keys, private=True))), secret) == SECRET
        assert is_current(engine)
        engine.dispose()


@pytest.fixture
def place(postgres: Postgres, tmp_path: Path) -> Place:
    """An empty database, and no keys."""
    postgres.run(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    postgres.run(f"CREATE DATABASE {NAME} TEMPLATE template0")
    state = {"SIGNET_DATABASE_URL": postgres.url_of(NAME), "SIGNET_STATE": str(tmp_path / "state")}
    return Place(postgres, state | {"PATH": os.environ["PATH"]})


@pytest.fixture
def secret(engine: Engine) -> SecretPlace:
    """Where a secret is kept in what is restored, among much else."""
    place = a_place()
    put(units(engine, VAULT), (place, SECRET))
    with engine.begin() as connection:
        Link(connection).run(MANY)
    return place


@pytest.fixture
def archive(database_url: str, secret: SecretPlace, tmp_path: Path) -> Path:
    """What is restored."""
    backup(database_url, lambda: RING, tmp_path / "backup")
    return tmp_path / "backup"


@pytest.mark.parametrize("program", ["psql", "signet-migrate"])
def test_a_restore_that_was_killed_is_done_again(
    place: Place, secret: SecretPlace, archive: Path, program: str
) -> None:
    """Before the database had landed, or after; the keys are those of the archive already."""
    streams = Streams(stdout=archive.parent / "out", stderr=archive.parent / "err")
    with place.held_up(program) as waits:
        first = command.start(["restore", str(archive)], place.environment, streams)
        wait_until(waits, what="it is half-way", within=60)
        left = read_keys(place.keys, private=True)
        first.kill()
    assert (left, first.wait(0)) == (RING, -signal.SIGKILL)
    assert bool(unpacked(place)) is (program == "psql")  # what migrates has read it all

    second = command.run(["restore", str(archive)], place.environment)

    assert second.returncode == 0, second.stderr
    assert not unpacked(place)
    place.check(secret)


def unpacked(place: Place) -> list[Path]:
    """Folders of archives that are being read."""
    return list(place.keys.parent.glob(f"{PREFIX}*"))


def test_what_a_killed_restore_has_left_takes_no_other_archive(
    place: Place, database_url: str, unit: Units, tmp_path: Path
) -> None:
    """And the same only until it is in use: nothing is ever overwritten."""
    url, dump, other = place.environment["SIGNET_DATABASE_URL"], tmp_path / "dump", tmp_path / "other"
    write_dump(database_url, dump)
    load_dump(url, dump)
    register(unit)
    write_dump(database_url, other)

    with pytest.raises(BackupFailed, match="not empty"):
        restore(url, None, place.keys, other)
    restore(url, None, place.keys, dump)
    with pytest.raises(BackupFailed, match="not empty"):
        restore(url, None, place.keys, dump)


@pytest.mark.long
def test_ctrl_c_takes_the_keys_away_again(place: Place, secret: SecretPlace, archive: Path) -> None:
    """A terminal sends it to every program started from it; then there is neither, as before, and room for both."""
    with place.held_up("psql") as waits:
        first = subprocess.Popen(
            ["env", "--default-signal=INT", SIGNET, "restore", archive],
            env={**place.environment, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        wait_until(waits, what="the database is being restored", within=60)
        there = place.keys.exists()
        os.killpg(first.pid, signal.SIGINT)
        _, said = first.communicate(timeout=60)
    assert (first.returncode, there, list(place.keys.parent.iterdir())) == (130, True, []), said

    second = command.run(["restore", str(archive)], place.environment)

    assert second.returncode == 0, second.stderr
    place.check(secret)


@pytest.mark.parametrize("there", ["whole", "unknown"])
def test_keys_stay_where_the_database_may_have_landed(
    database_url: str, postgres: Postgres, tmp_path: Path, there: str
) -> None:
    """An interruption that comes as it does: without them nothing that is locked in it would open."""
    url = database_url if there == "whole" else postgres.url_of("nowhere")

    with pytest.raises(KeyboardInterrupt), keys_in_place(tmp_path / "keys", RING, url):
        raise KeyboardInterrupt

    assert read_keys(tmp_path / "keys", private=True) == RING
