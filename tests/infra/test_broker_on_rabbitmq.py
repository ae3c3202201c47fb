"""What only a real RabbitMQ can show of the broker of tickets."""

import threading
from collections.abc import Callable
from datetime import timedelta

import dramatiq
import pika
import pytest
import structlog

from domain.ports import NotReachable, Ticket, Work
from infra.amqp.link import Broker
from infra.broker import TicketBroker, dead_queue
from infra.broker_log import hush
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import wait_until
from workers.actors import send
from workers.crew import Crew, Post
from workers.routes import Route

ROUTE = Route(
    work=Work.DNS, queue="signet.dns", lease=timedelta(seconds=5), size=10, deep=4, threads=2, poll=0.05
)
TICKET = Ticket(id="one", attempt=1, token="t1")
QUORUM = {
    "x-queue-type": "quorum",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "signet.dns.dead",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
    "x-delivery-limit": 20,
}
CLASSIC = {
    "x-queue-type": "classic",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "signet.dns.dead",
}


def a_broker(url: str, queue_type: str = "quorum") -> TicketBroker:
    hush()
    broker = TicketBroker(Broker(url=url, queue_type=queue_type))
    broker.declare_queue(ROUTE.queue)
    return broker


def on_channel(url: str, act: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        act(connection.channel())


def at_work(broker: TicketBroker) -> tuple[Crew, list[str]]:
    """A crew that has done its first ticket, and the ids of all that it does."""
    arrived: list[str] = []
    crew = Crew(broker, [Post(ROUTE, lambda tickets: arrived.append(tickets[0].id))])
    crew.start()
    send(broker, ROUTE, [TICKET])
    wait_until(lambda: arrived == ["one"], what="the first ticket is done")
    return crew, arrived


@pytest.mark.parametrize(("queue_type", "arguments"), [("quorum", QUORUM), ("classic", CLASSIC)])
def test_queues_are_declared_with_their_type_and_none_for_delays(
    rabbitmq: RabbitMQ, vhost_url: str, queue_type: str, arguments: dict[str, object]
) -> None:
    """A broker whose default differs would else decide for us."""
    broker = a_broker(vhost_url, queue_type)

    broker.declare_all()

    dead: dict[str, object] = {"x-queue-type": queue_type, "x-max-length": 10_000}
    if queue_type == "quorum":
        dead["x-delivery-limit"] = 1_000_000  # RabbitMQ 4 counts every look
    on_channel(
        vhost_url, lambda channel: channel.queue_declare("signet.dns", durable=True, arguments=arguments)
    )
    on_channel(
        vhost_url, lambda channel: channel.queue_declare("signet.dns.dead", durable=True, arguments=dead)
    )
    assert set(rabbitmq.queues(vhost_url)) == {"signet.dns", "signet.dns.dead"}
    broker.close()


def test_a_queue_declared_differently_is_named_in_a_sentence(vhost_url: str) -> None:
    """The operator reads which queue, and what to do."""
    on_channel(vhost_url, lambda channel: channel.queue_declare(ROUTE.queue, durable=True))
    broker = a_broker(vhost_url)

    with pytest.raises(match=r"The queue signet\.dns, .*Delete it"):
        broker.declare_all()
    broker.close()


def test_a_broker_that_is_away_is_not_reachable() -> None:
    """Our own fault, told apart from every other."""
    broker = a_broker(f"amqp://guest:guest@127.0.0.1:{free_port()}/")

    with pytest.raises(NotReachable):
        send(broker, ROUTE, [TICKET])
    with pytest.raises(NotReachable):
        broker.depth(ROUTE.queue)
    with pytest.raises(NotReachable):
        broker.declare_all()


def test_a_ticket_that_the_broker_does_not_confirm_is_a_fault(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """Nothing is taken for sent that was refused."""
    broker = a_broker(vhost_url)
    broker.declare_all()
    vhost = vhost_url.rpartition("/")[2]
    rabbitmq.ctl("set_policy", "-p", vhost, "full", "signet.dns", '{"max-length": 1}', "--apply-to", "queues")

    def send_until_refused() -> bool:
        try:
            send(broker, ROUTE, [TICKET])
        except NotReachable:
            return True
        return False

    assert wait_until(send_until_refused, what="the queue is full")
    broker.close()


def test_a_deleted_queue_is_declared_again_by_the_next_ticket(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """A returned ticket goes again, once its queue is back."""
    broker = a_broker(vhost_url)
    send(broker, ROUTE, [TICKET])
    rabbitmq.delete_queue(vhost_url, ROUTE.queue)

    send(broker, ROUTE, [TICKET])

    assert rabbitmq.depth(vhost_url, ROUTE.queue) == 1
    rabbitmq.delete_queue(vhost_url, ROUTE.queue)
    assert broker.depth(ROUTE.queue) == 0
    broker.close()


def test_a_connection_that_broke_unnoticed_is_made_anew(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """A dispatcher that was idle for long sends as if nothing had happened."""
    broker = a_broker(vhost_url)
    send(broker, ROUTE, [TICKET])
    rabbitmq.close_connections()

    send(broker, ROUTE, [TICKET])

    assert rabbitmq.depth(vhost_url, ROUTE.queue) == 2
    broker.close()


def test_a_worker_outlives_its_queue_and_its_connection(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """Work goes on by itself after the queue was deleted and every connection broken."""
    broker = a_broker(vhost_url)
    crew, arrived = at_work(broker)

    rabbitmq.delete_queue(vhost_url, ROUTE.queue)
    rabbitmq.close_connections()
    send(broker, ROUTE, [Ticket(id="two", attempt=1, token="t2")])

    wait_until(lambda: arrived == ["one", "two"], what="the second ticket is done", within=20)
    assert crew.faults() == ()
    crew.stop(10)
    broker.close()


def test_a_worker_that_the_broker_forgot_consumes_anew(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """A queue that was deleted and declared under load may leave a consumer that is never told, and gets nothing."""
    broker = a_broker(vhost_url)
    crew, arrived = at_work(broker)

    rabbitmq.deafen(vhost_url, ROUTE.queue)
    with structlog.testing.capture_logs() as lines:
        send(broker, ROUTE, [Ticket(id="two", attempt=1, token="t2")])
        wait_until(lambda: arrived == ["one", "two"], what="the second ticket is done", within=20)
        crew.stop(10)

    assert {"event": "tickets.unheard", "queue": ROUTE.queue, "log_level": "warning"} in lines
    broker.close()


def test_a_worker_with_its_hands_full_is_not_deaf(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """Tickets that wait for it are no sign."""
    broker = a_broker(vhost_url)
    broker.declare_all()
    consumer = broker.consume(ROUTE.queue, prefetch=1, timeout=300)
    for _ in range(2):
        send(broker, ROUTE, [TICKET])
    held = wait_until(lambda: next(consumer), what="a ticket")

    with structlog.testing.capture_logs() as lines:
        assert [next(consumer) for _ in range(12)] == [None] * 12
    assert lines == []
    consumer.ack(held)
    assert wait_until(lambda: next(consumer), what="the other") is not None
    consumer.close()
    broker.close()


@pytest.mark.parametrize(
    "body", [b"canary, not a message", dramatiq.Message("signet.dns", "canary", (), {}, {}).encode()]
)
def test_what_no_actor_can_read_goes_to_the_dead_letters(
    rabbitmq: RabbitMQ, vhost_url: str, body: bytes
) -> None:
    """It is kept for somebody to look at, and its content is not said in a log line."""
    broker = a_broker(vhost_url)
    crew = Crew(broker, [Post(ROUTE, lambda tickets: None)])
    with structlog.testing.capture_logs() as lines:
        crew.start()
        broker.declare_all()
        on_channel(vhost_url, lambda channel: channel.basic_publish("", ROUTE.queue, body))
        wait_until(
            lambda: rabbitmq.depth(vhost_url, dead_queue(ROUTE.queue)) == 1, what="it is a dead letter"
        )
        crew.stop(10)

    assert any(line["event"] == "broker.said" for line in lines)
    assert "canary" not in repr(lines)
    broker.close()


def test_a_worker_takes_no_more_than_it_works_on(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """What lies in one worker's memory is not there for another that is idle."""
    broker = a_broker(vhost_url)
    go_on = threading.Event()

    def wait_to_go_on(_: object) -> None:
        assert go_on.wait(20)

    crew = Crew(broker, [Post(ROUTE, wait_to_go_on)])
    crew.start()

    for _ in range(5):
        send(broker, ROUTE, [TICKET])

    wait_until(lambda: rabbitmq.depth(vhost_url, ROUTE.queue) == 3, what="two are taken and three wait")
    go_on.set()
    wait_until(lambda: rabbitmq.depth(vhost_url, ROUTE.queue) == 0, what="all are done")
    crew.stop(10)
    broker.close()
