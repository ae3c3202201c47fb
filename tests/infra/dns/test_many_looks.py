"""The engine with many looks at once: each ends once, some pass others, and the pace is kept."""

import threading
import time
from collections.abc import Iterator, Sequence

import dns.message
import pytest

from domain.challenge import Challenge, dkim_challenge
from domain.observation import Asked, Observation, Question, Seen
from domain.questions import Manner
from infra.dns.engine import Engine
from infra.dns.resolver import Resolver
from tests.infra.dns.ground import engine, engine_on
from tests.infra.dns.liar import liar, reply
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

ROUTINE = Manner(probe=False)
PROVEN = Manner(probe=False, thorough=False)
GOOD = dkim_challenge("good.example", ("a", "b"), "dkim.example")


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """An authority with one domain that has it all."""
    zone = "sg1-a._domainkey CNAME sg1-a.dkim.example.\nsg2-b._domainkey CNAME sg2-b.dkim.example."
    with knot_server({"good.example": zone}) as server:
        yield server


def domain(number: int) -> Challenge:
    """The records of one of many domains."""
    return dkim_challenge(f"d{number}.example", ("a", "b"), "dkim.example")


def seen_by(running: Engine, looks: int) -> list[Observation]:
    """What so many looks at as many domains see."""
    seen: list[Observation] = []
    ended = threading.Semaphore(0)

    def done(_: int, observation: Observation) -> None:
        seen.append(observation)
        ended.release()

    running.look(((key, domain(key), ROUTINE) for key in range(looks)), done)
    assert all(ended.acquire(timeout=60) for _ in range(looks))
    return seen


def test_thousands_of_looks_end_exactly_once_each(knot: Knot) -> None:
    """Whatever the number in flight, no answer is lost and none comes twice."""
    seen: dict[int, Observation] = {}
    times: list[int] = []
    ended = threading.Event()

    def done(key: int, observation: Observation) -> None:
        times.append(key)
        seen[key] = observation
        if len(times) == 5000:
            ended.set()

    with engine_on(knot, window=1000, server_qps=1e6) as running:
        running.look(((key, GOOD, PROVEN) for key in range(5000)), done)
        assert ended.wait(60)

    assert sorted(times) == list(range(5000))
    assert all(
        sight.telling.seen is Seen.RECORDS for observation in seen.values() for sight in observation.values()
    )


def test_what_somebody_waits_for_passes_all_others() -> None:
    """Behind a window full of silent names and a long line, a look that goes first is answered at once."""
    told = threading.Event()

    def say(query: dns.message.Message) -> Sequence[bytes]:
        fresh = query.question[0].name.to_text().startswith("fresh.")
        return [reply(query, rcode=5)] if fresh else []

    challenge = dkim_challenge("fresh.example", ("a", "b"), "dkim.example")
    with liar(say) as half_dead, engine(half_dead.resolver, window=10, patience=60.0) as running:
        running.look(((key, domain(key), ROUTINE) for key in range(2_000)), lambda *_: None)
        wait_until(lambda: running.in_flight == 10, what="the window is full")
        running.look([(0, challenge, ROUTINE)], lambda *_: told.set(), first=True)

        assert told.wait(10)
        assert not running.has_room()


def test_before_one_name_server_a_look_that_has_begun_ends_before_others_begin(knot: Knot) -> None:
    """Else all would be half done at all times, and none would end before its lease."""
    asked_at_end: list[int] = []
    ended = threading.Semaphore(0)

    with engine_on(knot) as running:

        def done(*_: object) -> None:
            asked_at_end.append(running.counters["queries"])
            ended.release()

        running.look(((key, GOOD, ROUTINE) for key in range(500)), done)
        assert ended.acquire(timeout=30)

    assert asked_at_end[0] < len(GOOD.records) * 500


def test_the_pace_bounds_the_queries_of_a_second(knot: Knot) -> None:
    """SIGNET_DNS_QPS: with 50 a second, 100 queries take more than half a second."""
    left = threading.Semaphore(0)

    with engine_on(knot, qps=50) as running:
        began = time.monotonic()
        running.look(((key, GOOD, PROVEN) for key in range(50)), lambda *_: left.release())
        assert all(left.acquire(timeout=10) for _ in range(50))
        took = time.monotonic() - began

    assert took > 0.5


def test_one_name_server_is_asked_so_much_in_a_second_and_no_more(knot: Knot) -> None:
    """Its own bucket: 150 queries beyond what may leave at once, at 100 a second, take more than a second."""
    left = threading.Semaphore(0)

    with engine_on(knot, server_qps=100) as running:
        began = time.monotonic()
        running.look(((key, GOOD, PROVEN) for key in range(125)), lambda *_: left.release())
        assert all(left.acquire(timeout=30) for _ in range(125))
        took = time.monotonic() - began

    assert took > 1.0


def test_looks_that_nobody_can_answer_end_at_once_however_many() -> None:
    """Once the only resolver is known to be silent, thousands of looks are told so without asking."""
    with engine(Resolver("127.0.0.1", free_port("127.0.0.1")), patience=0.2) as running:
        while not running.counters["silent"]:
            running.observe(GOOD, ROUTINE)
        queries = running.counters["queries"]
        seen = seen_by(running, 5000)

        assert running.counters["queries"] < queries + 20  # now and then, whether anybody is there
    blind = {sight.telling.seen for observation in seen for sight in observation.values()}
    assert blind == {Seen.TIMEOUT}


def test_a_caller_that_fails_harms_no_other_look(knot: Knot, caplog: pytest.LogCaptureFixture) -> None:
    """What `done` raises is logged; the other looks of the batch, and the next batch, end as always."""
    ended = threading.Semaphore(0)

    def done(key: int, _: Observation) -> None:
        if key == 0:
            raise ZeroDivisionError
        ended.release()

    with engine_on(knot) as running:
        running.look([(key, Challenge(), ROUTINE) for key in range(3)], done)
        running.look([(key, GOOD, ROUTINE) for key in range(3)], done)
        arrived = [ended.acquire(timeout=10) for _ in range(4)]

    assert arrived == [True] * 4
    assert caplog.text.count("raise ZeroDivisionError") == 2


def test_looks_at_one_zone_find_its_servers_once(knot: Knot) -> None:
    """However many begin at the same moment: who is asked the same, waits for the same answer."""
    left = threading.Semaphore(0)

    with engine_on(knot) as running:
        running.look(((key, GOOD, PROVEN) for key in range(100)), lambda *_: left.release())
        assert all(left.acquire(timeout=30) for _ in range(100))
        asked = running.consult([Asked(Question("good.example", "NS"))])
        queries = running.counters["queries"]

    assert asked[Asked(Question("good.example", "NS"))].telling.values == ("ns.good.example",)
    assert queries == 200 + 4  # NS, A and AAAA of the one server; and the last question
