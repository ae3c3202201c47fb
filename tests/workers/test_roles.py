"""The roles of a process, and the loops and threads that they are made of."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
import structlog

from domain.identity import State
from domain.ports import NotReachable
from infra.db.engine import connect
from infra.db.turn import UPKEEP, in_turn
from infra.db.unit_of_work import SqlUnitOfWork
from infra.dns.resolver import Resolver
from infra.settings import Settings
from tests.servers.dnsdist import dnsdist_server
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until
from tests.workers.lab import lab_settings, laboratory, publish, register
from workers import roles
from workers.hands import Hands
from workers.rounds import keep, patiently
from workers.upkeep import EVERY, keep_house

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """One name server for all tests of this file."""
    with knot_server() as server:
        yield server


@pytest.fixture
def settings(knot: Knot, tmp_path: Path, database_url: str) -> Settings:
    """Without a broker: tickets stay in this process."""
    return lab_settings(knot, tmp_path, database_url=database_url)


def ask(unit: Units, question: str) -> int:
    with unit() as work:
        return int(work.outbox._link.one(question)[0])


def test_all_in_one_process_a_domain_is_verified_told_and_mailed(
    settings: Settings, unit: Units, knot: Knot
) -> None:
    """The same actors without RabbitMQ: looked at, published into the feed, mailed; and a clean end."""
    [shop] = register(settings, unit, "embedded.example")
    publish(knot, shop)
    stop = Event()
    running = Thread(target=roles.embedded, args=(settings, stop), daemon=True)
    running.start()

    wait_until(
        lambda: ask(unit, "SELECT count(*) FROM outbox WHERE published_at IS NOT NULL") == 2,
        what="both are told",
    )
    wait_until(
        lambda: ask(unit, "SELECT count(*) FROM notices WHERE state = 'sent'") == 1, what="it is mailed"
    )

    stop.set()
    running.join(30)
    assert not running.is_alive()
    with unit() as work:
        assert work.directory.find([shop.id])[0].identity.state is State.VERIFIED


def test_routine_work_never_delays_the_person_who_waits(settings: Settings, unit: Units, knot: Knot) -> None:
    """Every routine thread waits for dead name servers; who asks now is looked at now."""
    dead = [f"dead{number}.example" for number in range(300)]
    register(settings, unit, *dead)
    with unit() as work:
        work.outbox._link.run("UPDATE schedule SET work = 'dns'")
        work.commit()
    with dnsdist_server((knot.address, knot.port), dead=dead) as slow:
        behind = settings.model_copy(update={"resolvers": (Resolver(slow.address, slow.port),)})
        with laboratory(behind, unit):
            leased = "SELECT count(*) FROM schedule WHERE work = 'dns' AND lease_token IS NOT NULL"
            wait_until(lambda: ask(unit, leased) >= 200, what="all routine threads are busy")
            knot.serve("person.example")
            register(settings, unit, "person.example")

            wait_until(
                lambda: (
                    ask(unit, "SELECT count(*) FROM schedule WHERE work = 'dns.fresh' AND attempt = 2") == 1
                ),
                what="the person's domain is looked at",
                within=3,
            )
            assert ask(unit, "SELECT count(*) FROM schedule WHERE work = 'dns' AND attempt > 1") == 0


def test_a_worker_waits_for_a_broker_that_is_not_there_yet(settings: Settings) -> None:
    """Processes start in any order; and one that waits still ends when told."""
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}/"
    waiting = settings.model_copy(update={"broker_url": nowhere})
    stop = Event()
    with structlog.testing.capture_logs() as lines:
        running = Thread(target=roles.worker, args=(waiting, stop), daemon=True)
        running.start()
        wait_until(
            lambda: any(line["event"] == "broker.away" for line in lines), what="it waits, and says so"
        )
        stop.set()
        running.join(15)

    assert not running.is_alive()
    assert "guest:guest" not in repr(lines)


def test_a_loop_goes_on_after_a_fault_of_ours() -> None:
    """One bad round is one log line with the class of the error, and nothing else of it."""
    stop, rounds = Event(), []

    def once() -> float:
        rounds.append(1)
        if len(rounds) == 1:
            raise ValueError("canary")
        stop.set()
        return 0.0

    with structlog.testing.capture_logs() as lines:
        keep("test", once, stop)

    assert len(rounds) == 2
    assert [(line["event"], line["error"]) for line in lines] == [("round.failed", "ValueError")]
    assert "canary" not in repr(lines)


def test_waiting_for_the_database_ends_when_there_is_hurry() -> None:
    """A drain is not held up by a database that is away."""
    hurry = Event()
    tried: list[int] = []

    def attempt() -> None:
        tried.append(1)
        if len(tried) == 3:
            hurry.set()
        raise NotReachable("the database")

    with pytest.raises(NotReachable):
        patiently(attempt, seconds=60, hurry=hurry)

    assert len(tried) == 3


def test_waiting_for_the_database_ends_when_it_is_back() -> None:
    """The answer is that of the try that worked."""
    tried: list[int] = []

    def attempt() -> str:
        tried.append(1)
        if len(tried) < 3:
            raise NotReachable("the database")
        return "written"

    assert patiently(attempt, seconds=60, hurry=Event()) == "written"


def _until_told(stop: Event) -> None:
    stop.wait(30)


def test_a_loop_that_died_is_named() -> None:
    """Readiness says which."""
    hands = Hands({"lives": _until_told, "dies": lambda stop: None})
    hands.start()

    assert wait_until(hands.faults, what="the dead loop is seen") == ("dies",)

    hands.stop(10)
    assert set(hands.faults()) == {"dies", "lives"}


def test_upkeep_is_done_by_one_process_at_a_time(database_url: str) -> None:
    """Two dispatchers do not sweep at once."""
    engine = connect(database_url, role="test")
    inside, go_on = Event(), Event()

    def sweep() -> None:
        inside.set()
        assert go_on.wait(20)

    first = threading.Thread(target=in_turn, args=(engine, UPKEEP, sweep), daemon=True)
    first.start()
    assert inside.wait(10)

    assert in_turn(engine, UPKEEP, lambda: "swept") is None

    go_on.set()
    first.join(10)
    assert in_turn(engine, UPKEEP, lambda: "swept") == "swept"
    engine.dispose()


def test_upkeep_says_what_it_let_go_of() -> None:
    """And where another process is at it, nothing."""
    with structlog.testing.capture_logs() as lines:
        assert keep_house(lambda: {"inbox": 3, "feed": 0}) == EVERY
        assert keep_house(lambda: None) == EVERY

    assert lines == [{"event": "upkeep.done", "log_level": "info", "inbox": 3}]
