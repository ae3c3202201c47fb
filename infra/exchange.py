"""Events over RabbitMQ's exchanges: outbound ones for the relay, inbound ones for `signet publish`."""

from collections.abc import Sequence
from typing import Final

import pika

from domain.outbound import Unpublished
from events.delivery import Confirmed
from infra.amqp.link import Broker, connect, translated
from infra.amqp.publisher import Outgoing, Publisher
from infra.amqp.topology import INBOUND, OUTBOUND

CONTENT_TYPE: Final = "application/cloudevents+json"


class EventOutlet:
    """Publishes outbound events in order, hundreds in flight, and tells which are confirmed."""

    def __init__(self, broker: Broker, source: str) -> None:
        """Connect on a thread of its own; `source` is repeated in a header."""
        self._source = source
        self._publisher = Publisher(broker, "signet relay")

    def send(self, events: Sequence[Unpublished]) -> None:
        """Publish in this order; does not wait."""
        self._publisher.send([_outgoing(event, self._source) for event in events])

    def confirmed(self, wait: float) -> Sequence[Confirmed]:
        """Return what was confirmed since; wait for the first at most so many seconds."""
        return [
            Confirmed(number=answer.key, unroutable=answer.unroutable)
            for answer in self._publisher.answers(wait)
            if isinstance(answer.key, int)
        ]

    def close(self) -> None:
        """End the connection."""
        self._publisher.close()


def publish(broker: Broker, bodies: Sequence[bytes]) -> None:
    """Publish structured events to `signet.inbound`, each confirmed; raises NotReachable where one is not.

    Works with a publisher's permissions: nothing is declared here.
    """
    connection = connect(broker, "signet publish")
    properties = pika.BasicProperties(
        content_type=CONTENT_TYPE, delivery_mode=pika.DeliveryMode.Persistent.value, user_id=broker.user
    )
    try:
        with translated(broker):
            channel = connection.channel()
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish(INBOUND, "event", body, properties, mandatory=True)
    finally:
        if connection.is_open:
            connection.close()


def _outgoing(unpublished: Unpublished, source: str) -> Outgoing:
    event = unpublished.event
    properties = pika.BasicProperties(
        content_type=CONTENT_TYPE,
        delivery_mode=pika.DeliveryMode.Persistent.value,
        message_id=event.id,
        headers={"ce-type": event.type, "ce-id": event.id, "ce-source": source},
    )
    return Outgoing(
        key=unpublished.number,
        exchange=OUTBOUND,
        routing_key=event.type,
        body=event.body,
        properties=properties,
    )
