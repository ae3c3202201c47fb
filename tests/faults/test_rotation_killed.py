"""A change of key-encryption keys, killed with kill -9 half-way: nothing is lost, and the next goes on."""

import pytest

from infra.db.engine import connect
from infra.db.link import Link
from infra.db.rewrapping import BATCH, Rewrapped, rewrap
from infra.db.unit_of_work import units
from infra.vault.keys import KeyRing
from infra.vault.vault import Vault
from tests.conformance.building import RING, VAULT
from tests.conformance.test_secrets import SECRET, a_place, opened, put
from tests.faults.processes import kill9, rotation_process
from tests.servers.waiting import wait_until

HOLD = """
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT count(*) FROM secrets WHERE key_id = '{newest}') > {committed} THEN
            PERFORM pg_advisory_xact_lock(1);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER holds AFTER UPDATE ON secrets FOR EACH STATEMENT EXECUTE FUNCTION hold()
"""
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
COUNTS = "SELECT key_id, count(*) FROM secrets GROUP BY key_id"


@pytest.mark.timeout(120)
def test_a_rotation_killed_half_way_loses_nothing_and_goes_on(database_url: str) -> None:
    """The third transaction is held up by a lock, so the kill falls into it."""
    old, new = RING.keys
    engine = connect(database_url, role="test", pool=5)
    places = [a_place() for _ in range(5 * BATCH)]
    put(units(engine, Vault(lambda: KeyRing((old,)))), *((place, SECRET) for place in places))
    with engine.begin() as connection:
        Link(connection).run(HOLD.format(newest=new.id, committed=2 * BATCH))

    with engine.connect() as holder:
        holder.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        rotation = rotation_process(database_url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            wait_until(lambda: Link(watcher).one(HELD)[0], what="the third transaction waits", within=30)
        kill9(rotation)

    with engine.begin() as connection:
        link = Link(connection)
        assert dict(map(tuple, link.rows(COUNTS))) == {old.id: 3 * BATCH, new.id: 2 * BATCH}
        link.run("DROP TRIGGER holds ON secrets")
    assert {opened(units(engine, VAULT), place) for place in places} == {SECRET}

    assert rewrap(engine, VAULT) == Rewrapped(done=3 * BATCH)
    without_old = units(engine, Vault(lambda: KeyRing((new,))))
    assert {opened(without_old, place) for place in places} == {SECRET}
    engine.dispose()
