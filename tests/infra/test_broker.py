"""The broker of tickets: what it promises on RabbitMQ and in process alike."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import structlog

from domain.ports import Ticket, Work
from infra.amqp.link import Broker
from infra.broker import DelayRefused, MemoryBroker, TicketBroker
from infra.broker_log import hush
from tests.servers.waiting import wait_until
from workers.actors import declare, send
from workers.crew import Crew, Post
from workers.routes import Route

ROUTE = Route(
    work=Work.DNS, queue="signet.dns", lease=timedelta(seconds=5), size=10, deep=4, threads=2, poll=0.05
)
TICKETS = [Ticket(id="one", attempt=1, token="t1"), Ticket(id="two", attempt=7, token="t2")]


@pytest.fixture(params=["memory", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[MemoryBroker | TicketBroker]:
    """Each kind of broker, one after the other."""
    hush()
    kind = request.param
    made = (
        MemoryBroker() if kind == "memory" else TicketBroker(Broker(url=request.getfixturevalue("vhost_url")))
    )
    yield made
    made.close()


def test_tickets_arrive_as_they_were_sent(broker: MemoryBroker | TicketBroker) -> None:
    """What the dispatcher sends is what the handler gets."""
    arrived: list[list[Ticket]] = []
    done = threading.Event()

    def handle(tickets: Sequence[Ticket]) -> None:
        arrived.append(list(tickets))
        done.set()

    crew = Crew(broker, [Post(ROUTE, handle)])
    crew.start()

    send(broker, ROUTE, TICKETS)

    assert done.wait(10)
    crew.stop(10)
    assert arrived == [TICKETS]
    assert broker.depth(ROUTE.queue) == 0


def test_a_failure_is_not_tried_again_by_the_broker(broker: MemoryBroker | TicketBroker) -> None:
    """The lease brings it again, not the broker; and nothing of the ticket or the reason is said."""
    calls: list[str] = []

    def fail(tickets: object) -> None:
        calls.append("called")
        raise ValueError("canary-in-the-reason")

    crew = Crew(broker, [Post(ROUTE, fail)])
    with structlog.testing.capture_logs() as lines:
        crew.start()
        send(broker, ROUTE, [Ticket(id="canary-in-the-ticket", attempt=1, token="t")])
        wait_until(
            lambda: any(line["event"] == "ticket.failed" for line in lines), what="the failure is said"
        )
        wait_until(lambda: broker.depth(ROUTE.queue) == 0, what="the queue is empty")
        crew.stop(10)

    assert calls == ["called"]
    assert {line["error"] for line in lines if line["event"] == "ticket.failed"} == {"ValueError"}
    assert "canary" not in repr(lines)


def test_a_message_that_should_wait_is_refused(broker: MemoryBroker | TicketBroker) -> None:
    """Time lives in the database, never in a broker."""
    declare(broker, ROUTE, lambda tickets: None)

    with pytest.raises(DelayRefused):
        broker.get_actor("dns").send_with_options(args=([],), delay=1000)


def test_how_deep_a_line_is_can_be_asked(broker: MemoryBroker | TicketBroker) -> None:
    """The dispatcher stops claiming where the line is deep."""
    broker.declare_queue(ROUTE.queue)
    assert broker.depth(ROUTE.queue) == 0

    for _ in range(3):
        send(broker, ROUTE, TICKETS)

    assert wait_until(lambda: broker.depth(ROUTE.queue) == 3, what="three messages wait")


def test_work_in_hand_is_finished_before_stopping(broker: MemoryBroker | TicketBroker) -> None:
    """A drain waits for what was begun."""
    begun, go_on = threading.Event(), threading.Event()
    finished: list[bool] = []

    def slow(tickets: object) -> None:
        begun.set()
        finished.append(go_on.wait(10))

    crew = Crew(broker, [Post(ROUTE, slow)])
    crew.start()
    send(broker, ROUTE, TICKETS)
    assert begun.wait(10)

    stopping = threading.Thread(target=crew.stop, args=(20,), daemon=True)
    stopping.start()
    go_on.set()
    stopping.join(20)

    assert finished == [True]
    assert not stopping.is_alive()


def test_a_dead_thread_is_noticed(broker: MemoryBroker | TicketBroker) -> None:
    """Dramatiq would go on with one thread less for ever."""
    crew = Crew(broker, [Post(ROUTE, lambda tickets: None)])
    crew.start()
    assert crew.faults() == ()

    crew._workers[0].workers[0].stop()

    assert wait_until(crew.faults, what="the dead thread is seen") == (ROUTE.queue,)
    crew.stop(10)
