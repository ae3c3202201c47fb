"""What an older PostgreSQL holds comes along: in our archive, and by each way out that a refusal names."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from domain.identity import Identity
from domain.secrets import SecretPlace
from infra.db import embedded
from infra.db.backup import backup, restore
from infra.db.cluster import Folder
from infra.db.engine import connect
from infra.db.migrate import is_current, upgrade
from infra.db.unit_of_work import units
from infra.vault.key_file import read_keys, write_keys
from infra.vault.vault import Vault
from tests.conformance.building import RING, VAULT, register, stored
from tests.conformance.test_secrets import SECRET, a_place, opened, put
from tests.journeys import command
from tests.servers.daemon import NOBODY, Daemon
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres, Programs, debian_15, debian_17, postgres_server
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.long


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored, to be found again."""

    identity: Identity
    place: SecretPlace

    def check(self, url: str, keys: Path) -> None:
        """It is all there, the secret opens with the keys of this file, and the database is of this Signet."""
        engine = connect(url, role="test")
        assert is_current(engine)
        unit = units(engine, Vault(lambda: read_keys(keys, private=True)))
        assert stored(unit, self.identity.id) == self.identity
        assert opened(unit, self.place) == SECRET
        engine.dispose()


def keep(url: str) -> Kept:
    """Migrate a database, and store a row and a secret."""
    upgrade(url)
    engine = connect(url, role="test")
    unit = units(engine, VAULT)
    kept = Kept(register(unit), a_place())
    put(unit, (kept.place, SECRET))
    engine.dispose()
    return kept


@pytest.fixture(params=[debian_15, debian_17])
def older(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A server of an older release that we promise to work with."""
    with postgres_server(programs=request.param()) as server:
        yield server


def test_a_backup_of_an_older_server_goes_into_the_one_that_we_bring(
    older: Postgres, state: Path, tmp_path: Path
) -> None:
    """Rows, and a locked secret."""
    url = older.fresh_database()
    kept = keep(url)

    backup(url, lambda: RING, tmp_path / "backup")

    with embedded.start(state) as running:
        restore(running.url, None, state / "keys", tmp_path / "backup")
        kept.check(running.url, state / "keys")


def test_a_backup_of_an_older_server_goes_back_into_it(older: Postgres, tmp_path: Path) -> None:
    """Where PostgreSQL is the operator's own."""
    url, again = older.fresh_database(), older.fresh_database()
    kept = keep(url)

    backup(url, lambda: RING, tmp_path / "backup")
    restore(again, None, tmp_path / "keys", tmp_path / "backup")

    kept.check(again, tmp_path / "keys")


def test_what_this_release_adds_by_itself_is_there_to_be_left_out(older: Postgres) -> None:
    """Otherwise the tests above show nothing: 17 numbers its columns, and 15 knows no limit of transactions."""
    keep(url := older.fresh_database())
    database = url.rpartition("/")[2]

    numbered = older.run("SELECT FROM pg_attribute WHERE attoptions::text LIKE '%pg_attver=%'", database)
    limits = older.run("SELECT FROM pg_settings WHERE name = 'transaction_timeout'", database)

    assert bool(numbered) == bool(limits)


@dataclass(frozen=True, slots=True)
class OldFolder:
    """A state folder as a Signet with PostgreSQL 17 has left it."""

    folder: Folder
    programs: Programs
    port: int
    daemon: Daemon

    @property
    def url(self) -> str:
        """The address of its database while it runs."""
        password = self.folder.password.read_text()
        return f"postgresql+psycopg://{embedded.USER}:{password}@127.0.0.1:{self.port}/{embedded.DATABASE}"

    def start(self) -> None:
        """Start its server."""
        self.daemon.start()
        wait_until(self._answers, what="PostgreSQL 17 answers", within=30)

    def _answers(self) -> bool:
        self.daemon.check_alive()
        address = make_url(self.url).set(drivername="postgresql", database="postgres")
        try:
            psycopg.connect(address.render_as_string(hide_password=False)).close()
        except psycopg.OperationalError:
            return False
        return True

    def shell(self, line: str) -> None:
        """Do what a line says; pg_dump is that of PostgreSQL 17."""
        words = shlex.split(line)
        if words[0] == "pg_dump":
            inside = [word.replace(str(self.programs.root), "") for word in words]
            subprocess.run(self.programs.command(*inside), check=True, env=os.environ | self._login())
            return
        ran = command.shell(line, {"SIGNET_STATE": str(self.folder.state), "PATH": os.environ["PATH"]})
        assert ran.returncode == 0, ran.stderr

    def _login(self) -> dict[str, str]:
        return {"PGPORT": str(self.port), "PGPASSWORD": self.folder.password.read_text()}


@pytest.fixture
def old() -> Iterator[OldFolder]:
    """One whose server runs."""
    programs = debian_17()
    with tempfile.TemporaryDirectory(dir=programs.scratch, ignore_cleanup_errors=True) as name:
        folder = Folder(state=Path(name) / "state")
        folder.root.mkdir(parents=True)
        folder.password.write_text("hush-hush")
        for path in (Path(name), folder.state, folder.root, folder.password):
            os.chown(path, NOBODY, NOBODY)
        login = [f"--username={embedded.USER}", f"--pwfile={programs.inside(folder.password)}"]
        made = programs.command(
            "initdb", "-D", programs.inside(folder.cluster), *login, "--auth=scram-sha-256"
        )
        subprocess.run(made, check=True, capture_output=True)
        port = free_port()
        served = programs.command(
            "postgres", "-D", programs.inside(folder.cluster), f"-p{port}", "-k", programs.inside(folder.root)
        )
        one = OldFolder(folder, programs, port, Daemon(command=served, log=Path(name) / "log"))
        try:
            one.start()
            yield one
        finally:
            one.daemon.stop()


Way = Callable[[list[str]], tuple[str, str, str]]


@pytest.mark.parametrize(
    "way",
    [lambda said: (said[0], *said[2:]), lambda said: tuple(said[1:])],
    ids=["signet backup", "pg_dump"],
)
def test_each_way_out_of_another_release_works_as_it_is_said(old: OldFolder, way: Way) -> None:
    """Every command of the refusal, word for word, but for the name of the file."""
    embedded._ensure_database(old.url)
    kept = keep(old.url)
    write_keys(old.folder.state / "keys", RING)
    old.daemon.stop()
    with pytest.raises(embedded.OtherVersion) as refused:
        embedded.start(old.folder.state)
    file = old.folder.state.parent / "saved"
    commands = [said.replace("FILE", str(file)) for said in re.findall(r"`([^`]+)`", str(refused.value))]
    save, move_away, read_back = way(commands)

    old.start()
    old.shell(save)
    old.daemon.stop()
    old.shell(move_away)
    old.shell(read_back)

    with embedded.start(old.folder.state) as running:
        kept.check(running.url, old.folder.state / "keys")
    shutil.rmtree(old.folder.state)
