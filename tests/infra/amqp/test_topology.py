"""What Signet declares on the broker, and what it says where somebody was there before."""

import pytest

from domain.ports import NotReachable
from infra.amqp.link import Broker, BrokerRefuses, connect
from infra.amqp.topology import DEAD, INTAKE, prepare
from tests.infra.amqp.wire import channel_to
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitMQ


@pytest.mark.parametrize("queue_type", ["quorum", "classic"])
def test_everything_may_be_declared_again_and_again(vhost_url: str, queue_type: str) -> None:
    """Each start declares all; the second finds what the first made."""
    broker = Broker(url=vhost_url, queue_type=queue_type)

    prepare(broker)
    prepare(broker)

    with channel_to(vhost_url) as channel:
        assert channel.queue_declare(INTAKE, passive=True).method.message_count == 0
        assert channel.queue_declare(DEAD, passive=True).method.message_count == 0


def test_the_exchanges_may_be_declared_by_anybody_beforehand(vhost_url: str) -> None:
    """They have no arguments, so an upstream service that starts first declares the same."""
    with channel_to(vhost_url) as channel:
        channel.exchange_declare("signet.inbound", exchange_type="topic", durable=True)
        channel.exchange_declare("signet.outbound", exchange_type="topic", durable=True)

    prepare(Broker(url=vhost_url))

    with channel_to(vhost_url) as channel:
        channel.exchange_declare("signet.inbound", exchange_type="topic", durable=True)
        channel.basic_publish("signet.inbound", "any.key", b"{}", mandatory=True)


def test_a_queue_that_somebody_declared_differently_is_named_in_a_sentence(vhost_url: str) -> None:
    """The operator reads which queue it is, and the way out."""
    with channel_to(vhost_url) as channel:
        channel.queue_declare(INTAKE, durable=True)

    with pytest.raises(BrokerRefuses) as refused:
        prepare(Broker(url=vhost_url))

    assert INTAKE in str(refused.value)
    assert "SIGNET_QUEUE_TYPE" in str(refused.value)


def test_crashes_of_intake_never_reach_the_delivery_limit(vhost_url: str, rabbitmq: RabbitMQ) -> None:
    """RabbitMQ 4 would set 20 by itself; the arguments that the broker holds say a million, and one consumer."""
    prepare(Broker(url=vhost_url))

    held = rabbitmq.node.evaluate(
        'io:format("~p", [[rabbit_amqqueue:info(Q, [arguments]) || Q <- rabbit_amqqueue:list(<<"'
        + vhost_url.rpartition("/")[2]
        + '">>)]])'
    )

    assert "1000000" in held
    assert "x-single-active-consumer" in held
    assert "at-least-once" in held


def test_a_broker_that_is_away_is_named_without_its_password() -> None:
    """The message says where, and nothing that could log in."""
    broker = Broker(url=f"amqp://signet:hunter2@127.0.0.1:{free_port()}/%2F")

    with pytest.raises(NotReachable) as away:
        connect(broker, "test")

    assert "127.0.0.1" in str(away.value)
    assert "hunter2" not in str(away.value) + repr(broker)


def test_a_wrong_password_is_told_apart_from_a_broker_that_is_away(vhost_url: str) -> None:
    """Waiting does not help, so it is an error of its own."""
    wrong = vhost_url.replace("guest:guest", "guest:hunter2")

    with pytest.raises(BrokerRefuses) as refused:
        connect(Broker(url=wrong), "test")

    assert "hunter2" not in str(refused.value)
