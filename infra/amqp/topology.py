"""Exchanges and queues of Signet's events, declared at every start.

Law: the exchanges have no arguments, so anybody may declare them beforehand; the queues' arguments are
Signet's own and are accepted by RabbitMQ 3.10 and 4.0 alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from infra.amqp.link import PRECONDITION_FAILED, Broker, BrokerRefuses, connect, translated

INBOUND: Final = "signet.inbound"
OUTBOUND: Final = "signet.outbound"
INTAKE: Final = "signet.intake"
DEAD: Final = "signet.intake.dead"

# RabbitMQ 4 sets 20 by itself, and every crash counts for everything prefetched: never to be reached.
DELIVERY_LIMIT: Final = 1_000_000
DEAD_MOST: Final = 1_000_000
DEAD_MOST_OCTETS: Final = 4 * 1024**3


def queue_arguments(queue_type: str) -> dict[str, dict[str, Any]]:
    """The arguments of each queue. Nothing is dropped when full: the publisher is refused, and knows."""
    dead = {
        "x-queue-type": queue_type,
        "x-max-length": DEAD_MOST,
        "x-max-length-bytes": DEAD_MOST_OCTETS,
        "x-overflow": "reject-publish",
    }
    intake = {
        "x-queue-type": queue_type,
        "x-single-active-consumer": True,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": DEAD,
        "x-overflow": "reject-publish",
    }
    if queue_type == "quorum":
        # Looking at dead letters gives them back, and that is counted too.
        dead |= {"x-delivery-limit": DELIVERY_LIMIT}
        intake |= {"x-delivery-limit": DELIVERY_LIMIT, "x-dead-letter-strategy": "at-least-once"}
    return {DEAD: dead, INTAKE: intake}


def declare(channel: BlockingChannel, queue_type: str) -> None:
    """Declare everything; what is there already, and is the same, stays."""
    for exchange in (INBOUND, OUTBOUND):
        with _said_differently(exchange):
            channel.exchange_declare(exchange, exchange_type="topic", durable=True)
    for queue, arguments in queue_arguments(queue_type).items():
        with _said_differently(queue):
            channel.queue_declare(queue, durable=True, arguments=arguments)
    channel.queue_bind(INTAKE, INBOUND, routing_key="#")


def prepare(broker: Broker) -> None:
    """Declare everything over a connection of its own."""
    connection = connect(broker, "signet topology")
    with translated(broker):
        declare(connection.channel(), broker.queue_type)
        connection.close()


@contextmanager
def _said_differently(name: str) -> Iterator[None]:
    """Turn 406 into a sentence that says what to do."""
    try:
        yield
    except ChannelClosedByBroker as error:
        if error.reply_code != PRECONDITION_FAILED:
            raise
        raise BrokerRefuses(
            f"{name} exists on the broker, but was declared differently ({error.reply_text}). "
            "Delete it there once it is empty, or set SIGNET_QUEUE_TYPE to what it is; Signet declares it."
        ) from None
