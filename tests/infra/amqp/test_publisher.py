"""Confirmed publishing with many in flight, against a real broker."""

from collections.abc import Iterator

import pika
import pytest

from infra.amqp.link import Broker
from infra.amqp.publisher import Answer, Outgoing, Publisher
from infra.amqp.topology import prepare
from tests.infra.amqp.wire import await_written_down, channel_to, drain
from tests.servers.rabbitmq import RabbitMQ, rabbitmq_server
from tests.servers.waiting import wait_until


@pytest.fixture
def publisher(vhost_url: str) -> Iterator[Publisher]:
    """A publisher to a fresh virtual host."""
    one = Publisher(Broker(url=vhost_url), "test")
    yield one
    one.close()


def messages(count: int, queue: str, *, start: int = 0) -> list[Outgoing]:
    """Persistent messages to one queue, numbered."""
    properties = pika.BasicProperties(delivery_mode=2)
    return [
        Outgoing(key=n, exchange="", routing_key=queue, body=b"%d" % n, properties=properties)
        for n in range(start, start + count)
    ]


def answered(publisher: Publisher, count: int, within: float = 30) -> list[Answer]:
    """Wait for so many answers."""
    found: list[Answer] = []
    wait_until(
        lambda: found.extend(publisher.answers(0.1)) or len(found) >= count, what="answers", within=within
    )
    return found


def declare_queue(url: str, queue: str) -> None:
    """A durable queue of one's own."""
    with channel_to(url) as channel:
        channel.queue_declare(queue, durable=True)


def test_each_message_is_confirmed_once_and_all_arrive_in_order(publisher: Publisher, vhost_url: str) -> None:
    """More than the window, so that it has to move on."""
    declare_queue(vhost_url, "out")

    publisher.send(messages(1_700, "out"))
    answers = answered(publisher, 1_700)

    assert sorted(answer.key for answer in answers) == list(range(1_700))
    assert not any(answer.unroutable for answer in answers)
    assert [letter.body for letter in drain(vhost_url, "out")] == [b"%d" % n for n in range(1_700)]


def test_messages_to_nobody_are_told_apart_from_those_that_arrive(
    publisher: Publisher, vhost_url: str
) -> None:
    """Returned ones are confirmed too, and marked, each on its own."""
    declare_queue(vhost_url, "out")
    mixed = [
        one
        for pair in zip(messages(50, "out"), messages(50, "nobody", start=50), strict=True)
        for one in pair
    ]

    publisher.send(mixed)
    answers = answered(publisher, 100)

    assert {answer.key for answer in answers if answer.unroutable} == set(range(50, 100))
    assert len(drain(vhost_url, "out")) == 50


def test_refused_messages_go_again_until_there_is_room(publisher: Publisher, vhost_url: str) -> None:
    """A full queue that rejects is a nack: the message waits its turn and is not lost."""
    with channel_to(vhost_url) as channel:
        channel.queue_declare(
            "small", durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}
        )

    publisher.send(messages(5, "small"))
    taken: list[bytes] = []
    wait_until(
        lambda: taken.extend(one.body for one in drain(vhost_url, "small")) or len(set(taken)) == 5,
        what="all five came through",
        within=20,
    )

    assert {answer.key for answer in answered(publisher, 5)} == set(range(5))


def test_a_deleted_exchange_is_declared_again_and_nothing_is_lost(vhost_url: str) -> None:
    """Publishing to what is gone closes the channel; the next connection declares it and publishes again."""
    publisher = Publisher(Broker(url=vhost_url), "test")
    wait_until(lambda: publisher.connected, what="publisher connected")
    with channel_to(vhost_url) as channel:
        channel.exchange_delete("signet.outbound")
    properties = pika.BasicProperties(delivery_mode=2)

    publisher.send(
        [Outgoing(key=1, exchange="signet.outbound", routing_key="x", body=b"", properties=properties)]
    )

    assert answered(publisher, 1) == [Answer(key=1, unroutable=True)]
    publisher.close()


def test_connections_that_break_under_load_lose_nothing(
    publisher: Publisher, vhost_url: str, rabbitmq: RabbitMQ
) -> None:
    """What was in flight is published again; at least once, so none is missing."""
    declare_queue(vhost_url, "out")
    publisher.send(messages(20_000, "out"))
    early = answered(publisher, 1)

    rabbitmq.close_connections()
    wait_until(lambda: not publisher.connected or publisher.connections > 1, what="the connection broke")
    answers = early + answered(publisher, 20_000 - len(early))

    assert publisher.connections > 1
    assert {answer.key for answer in answers} == set(range(20_000))
    assert len(answers) == 20_000
    with channel_to(vhost_url) as channel:
        assert channel.queue_declare("out", passive=True).method.message_count >= 20_000


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_broker_killed_under_load_loses_nothing_confirmed() -> None:
    """After kill -9 and a start on the same folder, everything confirmed is there."""
    with rabbitmq_server() as broker:
        prepare(Broker(url=broker.url))
        with channel_to(broker.url) as channel:
            channel.queue_declare("out", durable=True, arguments={"x-queue-type": "quorum"})
        await_written_down(broker, "_out")
        publisher = Publisher(Broker(url=broker.url), "test")
        publisher.send(messages(5_000, "out"))
        early = answered(publisher, 500)

        broker.kill9()
        assert len(early) < 5_000, "the broker was killed too late to prove anything"
        broker.start()
        answers = early + answered(publisher, 5_000 - len(early), within=60)

        publisher.close()
        assert {answer.key for answer in answers} == set(range(5_000))
        assert {letter.body for letter in drain(broker.url, "out")} == {b"%d" % n for n in range(5_000)}
