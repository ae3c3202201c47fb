"""The engine with many looks at once: each ends once, some pass others, and the pace is kept."""

import threading
import time
from collections.abc import Iterator, Sequence

import dns.message
import pytest

from domain.challenge import Challenge, ExpectedRecord, dkim_challenge
from domain.observation import Answer, Observation, Question, Seen
from infra.dns.engine import Engine
from infra.dns.resolver import Resolver
from tests.infra.dns.liar import liar, reply
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

RECORD = ExpectedRecord(type="CNAME", name="x._domainkey.example.org", value="x.dkim.example", purpose="dkim")
ONE = Challenge((RECORD,))
ASKED = Question(RECORD.name, "CNAME")


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """An authority with one domain that has it all."""
    zone = "sg1-a._domainkey CNAME sg1-a.dkim.example.\nsg2-b._domainkey CNAME sg2-b.dkim.example."
    with knot_server({"good.example": zone}) as server:
        yield server


def counted(engine: Engine, looks: int) -> list[Observation]:
    """What so many looks at once see."""
    seen: list[Observation] = []
    ended = threading.Semaphore(0)

    def done(_: int, observation: Observation) -> None:
        seen.append(observation)
        ended.release()

    engine.look(((key, ONE, False) for key in range(looks)), done)
    assert all(ended.acquire(timeout=30) for _ in range(looks))
    return seen


def test_thousands_of_looks_end_exactly_once_each(knot: Knot) -> None:
    """Whatever the number in flight, no answer is lost and none comes twice."""
    engine = Engine([Resolver(knot.address, knot.port)], window=1000)
    engine.start()
    challenge = dkim_challenge("good.example", ("a", "b"), "dkim.example")
    seen: dict[int, list[Answer]] = {}
    times: list[int] = []
    ended = threading.Event()

    def done(key: int, observation: Observation) -> None:
        times.append(key)
        seen[key] = list(observation.values())
        if len(times) == 5000:
            ended.set()

    engine.look(((key, challenge, False) for key in range(5000)), done)
    assert ended.wait(60)
    engine.close()

    assert sorted(times) == list(range(5000))
    assert all(answer.seen is Seen.RECORDS for answers in seen.values() for answer in answers)


def test_what_somebody_waits_for_passes_all_others() -> None:
    """Behind a window full of silent names and a long line, a look that goes first is answered at once."""
    fresh = ExpectedRecord(type="CNAME", name="y._domainkey.example.net", value="y.dkim.example", purpose="")
    told = threading.Event()

    def say(query: dns.message.Message) -> Sequence[bytes]:
        asked = query.question[0].name.to_text(omit_final_dot=True)
        return [reply(query, f"{fresh.name}. 60 CNAME {fresh.value}.")] if asked == fresh.name else []

    with liar(say) as half_dead:
        engine = Engine([half_dead.resolver], window=10, patience=60.0)
        engine.start()
        engine.look(((key, ONE, False) for key in range(2_000)), lambda *_: None)
        wait_until(lambda: engine.in_flight == 10, what="the window is full")
        engine.look([(0, Challenge((fresh,)), False)], lambda *_: told.set(), first=True)

        assert told.wait(10)
        assert not engine.has_room()
        engine.close()


def test_the_pace_bounds_the_queries_of_a_second(knot: Knot) -> None:
    """SIGNET_DNS_QPS: with 50 a second, 100 queries take more than half a second."""
    engine = Engine([Resolver(knot.address, knot.port)], qps=50)
    engine.start()
    challenge = dkim_challenge("good.example", ("a", "b"), "dkim.example")
    left = threading.Semaphore(0)
    began = time.monotonic()

    engine.look(((key, challenge, False) for key in range(50)), lambda *_: left.release())
    for _ in range(50):
        assert left.acquire(timeout=10)
    took = time.monotonic() - began
    engine.close()

    assert took > 0.5


def test_looks_that_nobody_can_answer_end_at_once_however_many() -> None:
    """Once the only resolver is known to be silent, thousands of looks are told so without asking."""
    engine = Engine([Resolver("127.0.0.1", free_port("127.0.0.1"))], patience=0.2)
    engine.start()
    while not engine.counters["silent"]:
        engine.observe(ONE, probe=False)
    queries = engine.counters["queries"]
    seen = counted(engine, 5000)
    engine.close()

    assert [observation[ASKED].seen for observation in seen] == [Seen.TIMEOUT] * 5000
    assert engine.counters["queries"] < queries + 20  # now and then, whether anybody is there


def test_a_caller_that_fails_harms_no_other_look(knot: Knot, caplog: pytest.LogCaptureFixture) -> None:
    """What `done` raises is logged; the other looks of the batch, and the next batch, end as always."""
    engine = Engine([Resolver(knot.address, knot.port)])
    engine.start()
    ended = threading.Semaphore(0)

    def done(key: int, _: Observation) -> None:
        if key == 0:
            raise ZeroDivisionError
        ended.release()

    engine.look([(key, Challenge(), False) for key in range(3)], done)
    engine.look([(key, ONE, False) for key in range(3)], done)
    arrived = [ended.acquire(timeout=10) for _ in range(4)]
    engine.close()

    assert arrived == [True] * 4
    assert caplog.text.count("raise ZeroDivisionError") == 2
