"""The intake queue as its consumer sees it, against a real broker."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Self

import pytest

from domain.ports import NotReachable
from events.delivery import DeadLetter, Delivery
from infra.amqp.intake_queue import IntakeQueue
from infra.amqp.link import Broker
from infra.amqp.topology import DEAD, INBOUND, INTAKE
from tests.infra.amqp.wire import channel_to, drain, put
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import wait_until


@pytest.fixture
def queue(vhost_url: str) -> Iterator[IntakeQueue]:
    """An open intake queue in a fresh virtual host."""
    one = IntakeQueue(Broker(url=vhost_url))
    one.open()
    yield one
    one.close()


def received(queue: IntakeQueue, count: int) -> list[Delivery]:
    """Receive until so many have come."""
    found: list[Delivery] = []
    wait_until(
        lambda: found.extend(queue.receive(most=500, linger=0.02, patience=0.2)) or len(found) >= count,
        what=f"{count} deliveries",
    )
    return found


def letter(delivery: Delivery, *, withheld: bool = False) -> DeadLetter:
    """A dead letter of it."""
    return DeadLetter(delivery=delivery, code="event.malformed", reason="It is not JSON.", withheld=withheld)


def test_a_batch_comes_in_the_order_of_the_queue_and_no_larger_than_asked(
    queue: IntakeQueue, vhost_url: str
) -> None:
    """What did not fit is the beginning of the next batch."""
    put(vhost_url, INBOUND, "any", [b"%d" % n for n in range(12)])
    received_first = wait_until(lambda: queue.receive(most=5, linger=1.0, patience=5.0), what="a batch")

    rest = received(queue, 7)

    assert [one.body for one in received_first] == [b"0", b"1", b"2", b"3", b"4"]
    assert [one.body for one in rest] == [b"%d" % n for n in range(5, 12)]


def test_an_empty_queue_is_an_empty_batch(queue: IntakeQueue) -> None:
    """Nothing comes, and after the patience that is the answer."""
    assert queue.receive(most=5, linger=0.02, patience=0.01) == []


def test_what_was_accepted_is_gone_and_the_rest_comes_again_in_order(
    queue: IntakeQueue, vhost_url: str
) -> None:
    """Closing gives back exactly what was not accepted, marked as redelivered."""
    put(vhost_url, INBOUND, "any", [b"%d" % n for n in range(10)])
    first = received(queue, 10)
    queue.accept(first[3])
    queue.close()

    queue.open()
    again = received(queue, 6)

    assert [one.body for one in again] == [b"%d" % n for n in range(4, 10)]
    assert all(one.redelivered for one in again)
    assert not any(one.redelivered for one in first)


def test_a_queue_that_hands_over_no_more_is_consumed_anew(rabbitmq: RabbitMQ, vhost_url: str) -> None:
    """RabbitMQ may forget a consumer and tell nobody: events would wait for ever."""
    queue = IntakeQueue(Broker(url=vhost_url), deaf_after=0.5)
    queue.open()
    rabbitmq.deafen(vhost_url, INTAKE)
    put(vhost_url, INBOUND, "any", [b"unheard"])

    with pytest.raises(NotReachable, match="hands none over"):
        wait_until(lambda: queue.receive(most=5, linger=0.02, patience=0.2), what="an event")
    queue.close()
    queue.open()

    assert [one.body for one in received(queue, 1)] == [b"unheard"]
    queue.close()


def test_an_idle_queue_is_not_taken_for_deaf(vhost_url: str) -> None:
    """Where nothing is ready, nothing is missed, however long it lasts."""
    queue = IntakeQueue(Broker(url=vhost_url), deaf_after=0)
    queue.open()
    assert [queue.receive(most=5, linger=0.02, patience=0.6) for _ in range(4)] == [[], [], [], []]
    put(vhost_url, INBOUND, "any", [b"heard"])

    assert [one.body for one in received(queue, 1)] == [b"heard"]
    queue.close()


def test_a_second_consumer_stands_by_until_the_first_goes(queue: IntakeQueue, vhost_url: str) -> None:
    """One consumer at a time keeps the order; the next one takes over what was left."""
    standby = IntakeQueue(Broker(url=vhost_url))
    standby.open()
    put(vhost_url, INBOUND, "any", [b"1", b"2"])
    received(queue, 2)
    assert standby.receive(most=10, linger=0.01, patience=0.1) == []

    queue.close()

    assert [one.body for one in received(standby, 2)] == [b"1", b"2"]
    standby.close()


def test_a_dead_letter_keeps_body_and_properties_beside_the_reason(
    queue: IntakeQueue, vhost_url: str
) -> None:
    """Who looks into the dead queue finds what came, from whom, and why it is there."""
    put(
        vhost_url,
        INBOUND,
        "any",
        [b"{"],
        message_id="m-1",
        user_id="guest",
        headers={"a": 1},
        expiration="600000",
    )
    (delivery,) = received(queue, 1)

    queue.bury([letter(delivery)])
    queue.accept(delivery)

    (dead,) = drain(vhost_url, DEAD)
    assert dead.body == b"{"
    assert dead.properties.message_id == "m-1"
    assert dead.properties.delivery_mode == 2
    assert dead.properties.expiration is None
    assert {name: value for name, value in dead.headers.items() if name != "x-delivery-count"} == {
        "a": 1,
        "x-signet-code": "event.malformed",
        "x-signet-reason": "It is not JSON.",
        "x-signet-publisher": "guest",
    }


def test_a_withheld_body_leaves_only_its_length_and_digest(queue: IntakeQueue, vhost_url: str) -> None:
    """A secret in clear is not kept."""
    put(vhost_url, INBOUND, "any", [b'{"password": "hunter2"'])
    (delivery,) = received(queue, 1)

    queue.bury([letter(delivery, withheld=True)])

    (dead,) = drain(vhost_url, DEAD)
    assert dead.body == b""
    assert dead.headers["x-signet-length"] == 22
    assert len(dead.headers["x-signet-sha256"]) == 64
    assert "hunter2" not in repr(dead) + repr(delivery)


def test_headers_that_pika_cannot_read_do_not_stop_the_queue(queue: IntakeQueue, vhost_url: str) -> None:
    """A time stamp beyond the calendar would break the connection at each delivery, for ever."""
    put(vhost_url, INBOUND, "any", [b"poison"], headers={"when": _Beyond()})
    put(vhost_url, INBOUND, "any", [b"good"])

    poison, good = received(queue, 2)

    assert (poison.body, good.body) == (b"poison", b"good")
    assert poison.headers == {"x-signet-headers": "unreadable"}


def test_headers_that_would_route_copies_are_not_repeated(queue: IntakeQueue, vhost_url: str) -> None:
    """RabbitMQ delivers copies to what CC names: a dead letter would come back into the intake for ever."""
    put(vhost_url, INBOUND, "any", [b"{"], headers={"CC": [INTAKE]})
    deliveries = received(queue, 1)

    queue.bury([letter(deliveries[0])])
    queue.accept(deliveries[-1])

    assert len(drain(vhost_url, DEAD)) == 1
    assert queue.receive(most=10, linger=0.01, patience=0.2) == []


def test_headers_too_large_to_be_written_again_are_left_out(queue: IntakeQueue, vhost_url: str) -> None:
    """With our own beside them they would not fit into a frame, and break the connection of the dead letter."""
    put(vhost_url, INBOUND, "any", [b"{"], headers={"long": "x" * 120_000})
    (delivery,) = received(queue, 1)

    queue.bury([letter(delivery)])

    (dead,) = drain(vhost_url, DEAD)
    assert dead.headers["x-signet-headers"] == "left out: 120014 octets"


def test_a_deleted_intake_queue_is_noticed_and_declared_again(queue: IntakeQueue, vhost_url: str) -> None:
    """The broker cancels the consumer; opening again declares everything."""
    with channel_to(vhost_url) as channel:
        channel.queue_delete(INTAKE)

    with pytest.raises(NotReachable):
        wait_until(lambda: queue.receive(most=1, linger=0.01, patience=0.1), what="the cancellation")
    queue.close()
    queue.open()
    put(vhost_url, INBOUND, "any", [b"after"])

    assert [one.body for one in received(queue, 1)] == [b"after"]


def test_a_dead_queue_that_is_gone_takes_no_letter_for_buried(queue: IntakeQueue, vhost_url: str) -> None:
    """A letter that the broker returned is not safe: the delivery stays in the intake queue."""
    put(vhost_url, INBOUND, "any", [b"{", b"["])
    first, second = received(queue, 2)
    queue.bury([letter(first)])
    with channel_to(vhost_url) as channel:
        channel.queue_delete(DEAD)

    with pytest.raises(NotReachable):
        queue.bury([letter(second)])
    queue.close()
    queue.open()
    queue.bury([letter(one) for one in received(queue, 2)])

    assert [dead.body for dead in drain(vhost_url, DEAD)] == [b"{", b"["]


def test_a_broken_connection_is_out_of_reach_and_opens_again(
    queue: IntakeQueue, vhost_url: str, rabbitmq: RabbitMQ
) -> None:
    """The error is the house's own; after opening again everything is there."""
    put(vhost_url, INBOUND, "any", [b"1"])
    received(queue, 1)
    rabbitmq.close_connections()

    with pytest.raises(NotReachable):
        wait_until(lambda: queue.receive(most=1, linger=0.01, patience=0.1), what="the break")
    queue.close()
    queue.open()

    assert [one.body for one in received(queue, 1)] == [b"1"]


class _Beyond(datetime):
    """A time that AMQP can carry and Python's calendar cannot hold."""

    def __new__(cls) -> Self:
        """Any time; only `utctimetuple` is asked."""
        return super().__new__(cls, 2026, 1, 1, tzinfo=UTC)

    def utctimetuple(self) -> tuple[int, ...]:  # type: ignore[override]
        """About the year 284,000."""
        return (9_999, 1, 100_000_000, 0, 0, 0, 0, 1, 0)
