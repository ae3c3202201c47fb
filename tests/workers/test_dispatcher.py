"""What is due is sent to where it is done, and no more than is soon done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import dramatiq
import pytest

from domain.lifecycle import Step
from domain.ports import NotReachable, Ticket, Work
from infra.amqp.link import Broker
from infra.broker import MemoryBroker, TicketBroker
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from tests.conformance.building import a_registration, register
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import wait_until
from workers.actors import Line
from workers.dispatcher import Due, dispatch
from workers.rounds import keep
from workers.routes import FRESH, Route

Units = Callable[[], SqlUnitOfWork]

ROUTE = replace(FRESH, size=10, deep=3, poll=0.01, lease=timedelta(seconds=60))


def a_line() -> MemoryBroker:
    line = MemoryBroker()
    line.declare_queue(ROUTE.queue)
    return line


def register_many(unit: Units, count: int) -> list[str]:
    """Store domains that are due now; their ids, in the order in which they are due."""
    with unit() as work:
        made = [a_registration(work.now, subject=f"shop{number}.example") for number in range(count)]
        work.identities.add(made)
        work.schedule.put(
            [
                Step(identity=one, due_at=work.now - timedelta(seconds=count - number))
                for number, one in enumerate(made)
            ]
        )
        work.commit()
    return [one.id for one in made]


def messages_in(line: MemoryBroker) -> list[list[Ticket]]:
    queue = line.queues[ROUTE.queue]
    decoded = [dramatiq.Message.decode(queue.get_nowait()) for _ in range(queue.qsize())]
    return [[Ticket(id=t[0], attempt=t[1], token=t[2]) for t in message.args[0]] for message in decoded]


def once(route: Route, line: Line, unit: Units) -> float:
    """A round of a dispatcher that knows nothing yet."""
    return dispatch(route, line, unit, Due(unit))


def test_what_is_due_is_sent_in_batches_in_the_order_of_due_times(unit: Units) -> None:
    """Twenty-three due domains are three messages."""
    ids = register_many(unit, 23)
    line = a_line()

    assert once(ROUTE, line, unit) == ROUTE.poll

    sent = messages_in(line)
    assert [len(tickets) for tickets in sent] == [10, 10, 3]
    assert {ticket.id for ticket in sent[0]} == set(ids[:10])
    assert {ticket.id for tickets in sent for ticket in tickets} == set(ids)
    assert {ticket.attempt for tickets in sent for ticket in tickets} == {1}


def test_all_routes_share_one_look_at_what_is_due(unit: Units) -> None:
    """What one of them learned is good enough for the others, for as long as each of them says."""
    now = 0.0
    asked: list[float] = []

    def counted() -> SqlUnitOfWork:
        asked.append(now)
        return unit()

    due = Due(counted, clock=lambda: now)
    nothing = [due.has(kind, younger=0.1) for kind in Work]
    register(unit)
    still_nothing = due.has(Work.DNS_FRESH, younger=0.1)
    now = 0.1
    found = [kind for kind in Work if due.has(kind, younger=0.1)]

    assert (nothing, still_nothing, found) == ([False] * len(Work), False, [Work.DNS_FRESH])
    assert asked == [0.0, 0.1]


def test_the_broker_is_asked_also_where_nothing_is_due(unit: Units) -> None:
    """A connection that nobody uses for a while is closed by the broker; and that it is away is known at once."""
    away = TicketBroker(Broker(url=f"amqp://guest:guest@127.0.0.1:{free_port()}/"))

    with pytest.raises(NotReachable):
        once(ROUTE, away, unit)


def test_where_nothing_is_due_nothing_is_claimed(unit: Units) -> None:
    """An empty round costs one small question, which all routes share."""
    begun: list[bool] = []

    def counted() -> SqlUnitOfWork:
        begun.append(True)
        return unit()

    line, due = a_line(), Due(unit)

    assert [dispatch(ROUTE, line, counted, due) for _ in range(3)] == [ROUTE.poll] * 3
    assert not begun


def test_nothing_is_claimed_while_the_line_is_deep(unit: Units) -> None:
    """What would only wait in line keeps its place in the database, so no lease runs out there."""
    register_many(unit, 50)
    line = a_line()
    once(ROUTE, line, unit)

    once(ROUTE, line, unit)

    assert line.depth(ROUTE.queue) == 3
    with unit() as work:
        assert work.schedule.pending(Work.DNS_FRESH) == 20


def test_what_is_leased_is_not_sent_twice_by_two_dispatchers(unit: Units) -> None:
    """Two that run at once share the work."""
    ids = register_many(unit, 60)
    lines = [a_line(), a_line()]
    threads = [Thread(target=once, args=(ROUTE, line, unit)) for line in lines]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    sent = [ticket.id for line in lines for tickets in messages_in(line) for ticket in tickets]
    assert sorted(sent) == sorted(ids)


def test_a_ticket_that_was_lost_is_sent_again_when_its_lease_ends(unit: Units) -> None:
    """A dispatcher that dies between claiming and sending loses nothing; the attempt is the same."""
    identity = register(unit)
    short = replace(ROUTE, lease=timedelta(milliseconds=200))
    with unit() as work:
        [lost] = work.schedule.claim(Work.DNS_FRESH, limit=10, lease=short.lease)
        work.commit()
    line = a_line()

    def sent_again() -> list[list[Ticket]]:
        once(short, line, unit)
        return messages_in(line)

    [[again]] = wait_until(sent_again, what="the lease ends")

    assert (again.id, again.attempt) == (identity.id, 1)
    assert again.token != lost.token


def test_nothing_is_claimed_while_the_broker_is_away(unit: Units) -> None:
    """The line is looked at first: what cannot be sent is not leased."""
    register_many(unit, 5)
    away = TicketBroker(Broker(url=f"amqp://guest:guest@127.0.0.1:{free_port()}/"))

    with pytest.raises(NotReachable):
        once(ROUTE, away, unit)

    with unit() as work:
        assert work.schedule.pending(Work.DNS_FRESH) == 5


def test_the_loop_goes_on_when_database_and_broker_come_back(
    unit: Units, rabbitmq: RabbitMQ, vhost_url: str
) -> None:
    """Being away ends a round, never the loop."""
    line = TicketBroker(Broker(url=vhost_url))
    line.declare_queue(ROUTE.queue)
    line.declare_all()
    nowhere = connect(f"postgresql://nobody@127.0.0.1:{free_port()}/none", role="test")
    tried: list[bool] = []
    stop = Event()

    def next_round() -> float:
        """The first two rounds meet a database that is away."""
        tried.append(True)
        return once(ROUTE, line, units(nowhere) if len(tried) < 3 else unit)

    register(unit)
    loop = Thread(target=keep, args=("dispatch", next_round, stop), daemon=True)
    loop.start()

    wait_until(lambda: rabbitmq.depth(vhost_url, ROUTE.queue) == 1, what="the ticket is sent")
    stop.set()
    loop.join(10)
    assert not loop.is_alive()
    assert len(tried) >= 3
    nowhere.dispose()
    line.close()
