"""The migrations make what the models say, once, whoever asks for it."""

import subprocess
import threading
import uuid
from datetime import timedelta

from alembic import command
from alembic.util import CommandError
from sqlalchemy import Engine, make_url

from infra.db.cluster import program
from infra.db.engine import connect
from infra.db.link import Link
from infra.db.migrate import configuration, is_current, upgrade
from infra.db.schema import metadata
from tests.servers.postgres import Postgres

VERIFIED = """
    INSERT INTO identities (id, kind, account, subject, generation, state, version, sequence, plan, route, challenge,
        findings, reminded, looks_made, created_at, window_at, acted_at, deadline, last_look_at)
    VALUES (gen_random_uuid(), 'domain', 'acme', 'example.org', 1, 'verified', 1, 2, 'BUSINESS', 'cloud', '[]',
        '[]', FALSE, 4, now(), now(), now(), now(), now())
"""


def test_the_models_are_what_the_migrations_make(engine: Engine) -> None:
    """Alembic finds nothing to add."""
    with engine.begin() as connection:
        try:
            command.check(configuration(connection))
        except CommandError as error:
            raise AssertionError(str(error)) from error


def test_the_migrated_schema_is_that_of_the_models_to_the_letter(
    postgres: Postgres, database_url: str
) -> None:
    """Also where Alembic does not look: storage parameters, partitions, the conditions of indexes."""
    modelled = empty_database(postgres)
    engine = connect(modelled, role="test")
    metadata.create_all(engine)
    engine.dispose()

    assert set(described(database_url)) - set(described(modelled)) == set()
    assert set(described(modelled)) - set(described(database_url)) == set()


def test_only_a_migrated_database_is_current(postgres: Postgres) -> None:
    """So that `signet run` can say: `signet migrate`."""
    url = empty_database(postgres)
    engine = connect(url, role="test")

    assert not is_current(engine)
    upgrade(url)
    assert is_current(engine)
    engine.dispose()


def test_a_database_of_a_later_version_is_no_harm(engine: Engine) -> None:
    """Old workers may run while a new version has migrated."""
    with engine.begin() as connection:
        Link(connection).run("UPDATE alembic_version SET version_num = 'later'")

    assert is_current(engine)


def test_what_an_older_version_verified_is_looked_at_within_the_hour(postgres: Postgres) -> None:
    """It has no look due. What a worker of that version lets go of meanwhile, the next call finds."""
    url = empty_database(postgres)
    engine = connect(url, role="test")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        Link(connection).run(VERIFIED)

    due_in = "SELECT due_at - now() FROM schedule"
    found = []
    for _ in range(2):
        upgrade(url)
        with engine.begin() as connection:
            found += Link(connection).rows(due_in)
            Link(connection).run("DELETE FROM schedule")
    engine.dispose()

    assert len(found) == 2
    assert all(timedelta(minutes=-1) < row[0] <= timedelta(hours=1) for row in found)


def test_two_migrations_at_once_wait_for_each_other(postgres: Postgres) -> None:
    """Every role may call it at its start."""
    url = empty_database(postgres)
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            upgrade(url)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert failures == []
    assert postgres.run("SELECT count(*) FROM counters", url.rpartition("/")[2]) == [(2,)]


def empty_database(postgres: Postgres) -> str:
    """A database without anything in it."""
    name = f"empty_{uuid.uuid4().hex}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template0")
    return postgres.url_of(name)


def described(url: str) -> list[str]:
    """The schema as pg_dump writes it, statement by statement, without what comes and goes by itself."""
    address = make_url(url)
    where = ["-h", str(address.host), "-p", str(address.port), "-U", str(address.username)]
    left_out = ["--exclude-table=looks_past_*", "--exclude-table=alembic_version"]
    dump = subprocess.run(
        [
            str(program("pg_dump")),
            *where,
            "--schema-only",
            "--restrict-key=same",
            *left_out,
            str(address.database),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    # PostgreSQL 17.12 numbers each column by an option of its own, which only a pg_dump as new knows to leave out.
    lines = [line for line in dump.stdout.splitlines() if "(pg_attver=" not in line]
    return [statement.strip() for statement in "\n".join(lines).split(";\n\n")]
