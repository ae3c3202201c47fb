"""A delivery as it came, and the dead letter that is made of it."""

import hashlib
from typing import Any, Final, cast

import pika
from pika.spec import Basic

from events.delivery import DeadLetter, Delivery
from infra.amqp.publisher import Outgoing
from infra.amqp.topology import DEAD
from infra.amqp.wire import named, repeatable, text_of

REPLAYED: Final = "x-signet-replayed"
PUBLISHER: Final = "x-signet-publisher"
CODE: Final = "x-signet-code"
REASON: Final = "x-signet-reason"
LENGTH: Final = "x-signet-length"


def delivered(
    method: Basic.Deliver, properties: pika.BasicProperties, body: bytes, ourselves: str | None
) -> Delivery:
    """What pika hands over, as the house names it. A replay by `ourselves` is still its publisher's event."""
    headers, user = named(properties.headers), text_of(properties.user_id) or ""
    if user and user == ourselves and REPLAYED in headers:
        user = str(headers.get(PUBLISHER) or "")
    return Delivery(
        tag=method.delivery_tag or 0,
        redelivered=bool(method.redelivered),
        publisher=user,
        content_type=text_of(properties.content_type),
        headers=headers,
        body=body,
        original=properties,
    )


def buried(letter: DeadLetter) -> Outgoing:
    """The message for the dead queue: as it came, with the reason beside it."""
    delivery = letter.delivery
    headers = {**repeatable(delivery.headers), CODE: letter.code, REASON: letter.reason}
    if delivery.publisher:
        headers[PUBLISHER] = delivery.publisher
    body = delivery.body
    if letter.withheld:
        headers |= {LENGTH: len(body), "x-signet-sha256": hashlib.sha256(body).hexdigest()}
        body = b""
    return Outgoing(
        key=delivery.tag,
        exchange="",
        routing_key=DEAD,
        body=body,
        properties=kept(cast("pika.BasicProperties", delivery.original), headers),
    )


def kept(original: pika.BasicProperties, headers: dict[str, Any]) -> pika.BasicProperties:
    """The original properties, but for those on which the broker would act again."""
    # RabbitMQ refuses a user_id that is not ours (406), and an expiration would let the letter vanish.
    return pika.BasicProperties(
        content_type=original.content_type,
        content_encoding=original.content_encoding,
        headers=headers,
        delivery_mode=pika.DeliveryMode.Persistent.value,
        priority=original.priority,
        correlation_id=original.correlation_id,
        reply_to=original.reply_to,
        message_id=original.message_id,
        timestamp=original.timestamp,
        type=original.type,
        app_id=original.app_id,
    )
