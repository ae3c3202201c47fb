"""The permissions of the contract, as RabbitMQ enforces them: what publishers and subscribers can and cannot do."""

from collections.abc import Iterator
from dataclasses import dataclass

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from domain.ports import NotReachable
from infra.amqp.intake_queue import IntakeQueue
from infra.amqp.link import Broker, BrokerRefuses
from infra.amqp.topology import DEAD, INBOUND, INTAKE, OUTBOUND, prepare
from infra.exchange import publish
from tests.infra.amqp.test_intake_queue import received
from tests.infra.amqp.wire import channel_to, drain
from tests.servers.rabbitmq import RabbitMQ

REFUSED = 403
PRECONDITION = 406


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """The addresses of a virtual host for its two kinds of users, and for Signet itself."""

    signet: str
    publisher: str
    subscriber: str


@pytest.fixture
def users(rabbitmq: RabbitMQ, vhost_url: str) -> Iterator[Users]:
    """A publisher `shop` and a subscriber `app`, with the permissions of the contract (section 2)."""
    vhost = vhost_url.rpartition("/")[2]
    prepare(Broker(url=vhost_url))
    granted = {
        "shop": ("^$", r"^signet\\.inbound$", "^$"),
        "app": (r"^app\\.", r"^app\\.", r"^(app\\.|signet\\.outbound$)"),
    }
    for user, (configure, write, read) in granted.items():
        rabbitmq.node.evaluate(
            f'rabbit_auth_backend_internal:add_user(<<"{user}">>, <<"secret">>, <<"test">>),'
            f'rabbit_auth_backend_internal:set_permissions(<<"{user}">>, <<"{vhost}">>,'
            f' <<"{configure}">>, <<"{write}">>, <<"{read}">>, <<"test">>)'
        )
    yield Users(
        signet=vhost_url,
        publisher=vhost_url.replace("guest:guest", "shop:secret"),
        subscriber=vhost_url.replace("guest:guest", "app:secret"),
    )
    for user in granted:
        rabbitmq.node.evaluate(f'rabbit_auth_backend_internal:delete_user(<<"{user}">>, <<"test">>)')


def test_a_publisher_publishes_and_is_vouched_for(users: Users) -> None:
    """`signet publish` works with a publisher's permissions, and the broker says who it was."""
    publish(Broker(url=users.publisher), [b"1", b"2"])

    queue = IntakeQueue(Broker(url=users.signet))
    queue.open()
    events = received(queue, 2)
    queue.close()
    assert [event.body for event in events] == [b"1", b"2"]
    assert {event.publisher for event in events} == {"shop"}
    assert {event.content_type for event in events} == {"application/cloudevents+json"}


def test_a_publisher_cannot_pass_for_another(users: Users) -> None:
    """RabbitMQ compares user_id with the connection's user."""
    with channel_to(users.publisher) as channel, pytest.raises(ChannelClosedByBroker) as refused:
        channel.basic_publish(INBOUND, "any", b"1", pika.BasicProperties(user_id="guest"), mandatory=True)

    assert refused.value.reply_code == PRECONDITION
    with channel_to(users.signet) as channel:
        assert channel.queue_declare(INTAKE, passive=True).method.message_count == 0


@pytest.mark.parametrize(
    ("exchange", "key"), [("", INTAKE), ("", DEAD), (OUTBOUND, "org.signet.domain.verified.v1")]
)
def test_a_publisher_writes_nowhere_else(users: Users, exchange: str, key: str) -> None:
    """Neither past the exchange into a queue, nor among our own events."""
    with channel_to(users.publisher) as channel, pytest.raises(ChannelClosedByBroker) as refused:
        channel.basic_publish(exchange, key, b"1", mandatory=True)

    assert refused.value.reply_code == REFUSED


@pytest.mark.parametrize("queue", [INTAKE, DEAD])
@pytest.mark.parametrize("who", ["publisher", "subscriber"])
def test_nobody_reads_empties_or_deletes_our_queues(users: Users, queue: str, who: str) -> None:
    """Other publishers' events are nobody's business."""
    url = getattr(users, who)
    attempts = (
        lambda channel: channel.basic_get(queue),
        lambda channel: channel.queue_purge(queue),
        lambda channel: channel.queue_delete(queue),
        lambda channel: channel.queue_bind(queue, OUTBOUND, "#"),
        lambda channel: channel.queue_declare(queue, durable=True),
    )
    for attempt in attempts:
        with channel_to(url) as channel, pytest.raises(ChannelClosedByBroker) as refused:
            attempt(channel)
        assert refused.value.reply_code == REFUSED


def test_a_subscriber_binds_a_queue_of_its_own_and_reads_what_is_published(users: Users) -> None:
    """By topic, with the full type as routing key."""
    with channel_to(users.subscriber) as channel:
        channel.queue_declare("app.domains", durable=True)
        channel.queue_bind("app.domains", OUTBOUND, "org.signet.domain.#")
    with channel_to(users.signet) as channel:
        channel.basic_publish(OUTBOUND, "org.signet.domain.verified.v1", b"yes", mandatory=True)
        channel.basic_publish(OUTBOUND, "org.signet.address.confirmed.v1", b"no")

    assert [letter.body for letter in drain(users.subscriber, "app.domains")] == [b"yes"]


def test_a_subscriber_publishes_neither_inbound_nor_outbound(users: Users) -> None:
    """It only listens."""
    for exchange in (INBOUND, OUTBOUND):
        with channel_to(users.subscriber) as channel, pytest.raises(ChannelClosedByBroker) as refused:
            channel.basic_publish(exchange, "any", b"1", mandatory=True)
        assert refused.value.reply_code == REFUSED


def test_a_missing_permission_is_said_in_a_sentence(users: Users) -> None:
    """It is not a broker that is away: somebody has to grant something."""
    with pytest.raises(BrokerRefuses, match="403"):
        publish(Broker(url=users.subscriber), [b"1"])


def test_publishing_to_nobody_is_an_error(users: Users) -> None:
    """Where Signet's queue was deleted the event is not lost in silence."""
    with channel_to(users.signet) as channel:
        channel.queue_delete(INTAKE)

    with pytest.raises(NotReachable, match="took nothing"):
        publish(Broker(url=users.publisher), [b"1"])
