"""What is out of reach is one error, a lost race is tried again, and everything else is as it was."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from domain.ports import NotReachable, StaleWrite, Work
from infra.db.engine import TRIES, connect, in_transaction
from infra.db.link import Link
from tests.conformance.building import LEASE, Units, register
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.waiting import wait_until


@pytest.fixture
def private() -> Iterator[Postgres]:
    """A server that a test may kill."""
    with postgres_server(durable=True) as server:
        yield server


def test_a_server_that_is_not_there_is_not_reachable() -> None:
    """And what is said of it holds no password."""
    engine = connect(f"postgresql://signet:hush-hush@127.0.0.1:{free_port()}/signet", role="test")

    with pytest.raises(NotReachable) as caught, engine.connect():
        pass

    assert "hush-hush" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_database_that_lacks_tables_is_said_to_need_migrating(engine: Engine) -> None:
    """A newer program waits for `signet migrate`; it counts nothing against anybody meanwhile."""
    with engine.connect() as connection, pytest.raises(NotReachable, match="signet migrate"):
        Link(connection).one("SELECT 1 FROM no_such_table")


def test_a_server_that_dies_in_a_transaction_is_not_reachable_and_is_found_again(private: Postgres) -> None:
    """Nothing of the transaction holds, and the same engine goes on once the server is back."""
    engine = connect(private.url, role="test")
    with engine.connect() as connection:
        Link(connection).run("CREATE TABLE half_done (x int)")
        private.kill9()
        with pytest.raises(NotReachable):
            Link(connection).run("INSERT INTO half_done VALUES (1)")

    with pytest.raises(NotReachable), engine.connect():
        pass
    private.start()

    with engine.connect() as connection:
        assert Link(connection).one("SELECT to_regclass('half_done')")[0] is None
    engine.dispose()


def test_connections_that_stood_idle_through_a_restart_cost_nobody_an_error(private: Postgres) -> None:
    """The pool notices that they are gone, and makes new ones."""
    engine = connect(private.url, role="test")
    with engine.connect() as connection:
        Link(connection).one("SELECT 1")
    private.stop()
    private.start()

    with engine.connect() as connection:
        assert Link(connection).one("SELECT 1")[0] == 1
    engine.dispose()


def test_a_commit_that_is_lost_is_not_reachable(private: Postgres) -> None:
    """Nobody knows whether it holds, so the caller must not believe that it does."""
    engine = connect(private.url, role="test")
    with engine.connect() as connection:
        Link(connection).run("CREATE TABLE half_done (x int)")
        private.kill9()
        with pytest.raises(NotReachable):
            connection.commit()
    engine.dispose()


def test_a_wait_for_a_lock_has_an_end(engine: Engine, unit: Units) -> None:
    """Our own fault: wait, and try again."""
    register(unit)
    with engine.begin() as holder:
        Link(holder).run("LOCK TABLE schedule")
        with engine.begin() as waiter:
            Link(waiter).run("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(NotReachable):
                Link(waiter).run("DELETE FROM schedule")


def test_what_is_wrong_with_a_statement_is_not_a_matter_of_reach(engine: Engine) -> None:
    """A bug must not look like a database that is away."""
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        Link(connection).run("SELECT nonsense")

    assert not isinstance(caught.value, OperationalError)


def test_sessions_are_in_utc_with_limits_and_a_name(engine: Engine) -> None:
    """The operator sees who it is, and nothing can hang for ever."""
    names = ("TimeZone", "statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    with engine.connect() as connection:
        shown = [Link(connection).one(f"SHOW {name}")[0] for name in names]
        [name] = Link(connection).one("SHOW application_name")

    assert shown == ["UTC", "30s", "1min", "10s"]
    assert name == "signet-test"


def test_of_two_in_a_deadlock_both_land(unit: Units, engine: Engine) -> None:
    """One is thrown out by the database, and runs again."""
    one, two = register(unit, subject="a.example"), register(unit, subject="b.example")
    meet = threading.Barrier(2)
    tries: list[str] = []

    def touch(first: str, second: str, failures: list[BaseException]) -> None:
        def attempt() -> None:
            tries.append(first)
            with engine.begin() as connection:
                link = Link(connection)
                link.run("UPDATE identities SET plan = plan || '+' WHERE id = %(id)s", {"id": first})
                if len(tries) <= 2:
                    meet.wait(timeout=10)
                link.run("UPDATE identities SET plan = plan || '+' WHERE id = %(id)s", {"id": second})

        try:
            in_transaction(attempt)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failures.append(error)

    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=touch, args=(*order, failures))
        for order in ((one.id, two.id), (two.id, one.id))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert failures == []
    assert len(tries) >= 3
    with unit() as work:
        plans = {standing.identity.plan for standing in work.directory.find([one.id, two.id])}
    assert plans == {"BUSINESS++"}


def test_a_race_that_is_lost_every_time_is_given_up() -> None:
    """After some tries the caller hears of it."""
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        raise StaleWrite("another writer came first")

    with pytest.raises(StaleWrite):
        in_transaction(attempt)
    assert len(tries) == TRIES


def test_an_error_that_is_no_race_is_not_tried_again(engine: Engine) -> None:
    """A bug stays a bug."""
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        with engine.begin() as connection:
            Link(connection).run("SELECT nonsense")

    with pytest.raises(DBAPIError):
        in_transaction(attempt)
    assert len(tries) == 1


def test_two_claimers_at_once_never_get_the_same(unit: Units) -> None:
    """However many there are, each thing is leased once."""
    for number in range(40):
        register(unit, subject=f"d{number}.example")
    got: list[str] = []

    def claim_some() -> None:
        while True:
            with unit() as work:
                tickets = work.schedule.claim(Work.DNS_FRESH, limit=3, lease=LEASE)
                work.commit()
            if not tickets:
                return
            got.extend(ticket.id for ticket in tickets)

    threads = [threading.Thread(target=claim_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(got) == len(set(got)) == 40
    wait_until(lambda: not any(thread.is_alive() for thread in threads), what="the claimers end", within=5)
