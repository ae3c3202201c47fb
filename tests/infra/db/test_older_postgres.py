"""What an older PostgreSQL holds comes along in our archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.identity import Identity
from domain.secrets import SecretPlace
from infra.db import embedded
from infra.db.backup import backup, restore
from infra.db.engine import connect
from infra.db.migrate import is_current, upgrade
from infra.db.unit_of_work import units
from infra.vault.key_file import read_keys
from infra.vault.vault import Vault
from tests.conformance.building import RING, VAULT, register, stored
from tests.conformance.test_secrets import SECRET, a_place, opened, put
from tests.servers.postgres import Postgres, debian_15, debian_17, postgres_server

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
