"""The dead queues: look, replay, drop.

Law: looking never changes what lies there, or its order; a replay leaves the dead queue only when the broker has
confirmed it where it came from.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from events.delivery import Buried, Moved
from infra.amqp.letter import CODE, LENGTH, PUBLISHER, REASON, REPLAYED, kept
from infra.amqp.link import NOT_FOUND, Broker, connect, translated
from infra.amqp.wire import named, repeatable, shield, text_of

SUFFIX: Final = ".dead"

Settle = Callable[[BlockingChannel, Buried, pika.BasicProperties], bool]


class DeadQueues:
    """The dead queues of one broker. Each call has a connection of its own; what it does not settle goes back."""

    def __init__(self, broker: Broker) -> None:
        """Look at the queues of `broker`."""
        self._broker = broker

    def depth(self, queue: str) -> int:
        """How many letters lie there; none where there is no such queue."""
        with self._channel() as channel:
            return _depth(channel, queue)

    def look(self, queue: str, limit: int) -> Sequence[Buried]:
        """Return the oldest letters, at most `limit`; they go back as the channel closes."""
        with self._channel() as channel:
            return [letter for _, letter, _ in _letters(channel, queue, min(limit, _depth(channel, queue)))]

    def replay(self, queue: str, ids: Collection[str] | None) -> Moved:
        """Send letters back to where they came from, as their publishers'; one without its body stays."""
        return self._settle(queue, ids, self._resend)

    def drop(self, queue: str, ids: Collection[str] | None) -> Moved:
        """Forget letters for ever."""
        return self._settle(queue, ids, lambda _channel, _letter, _properties: True)

    def _settle(self, queue: str, ids: Collection[str] | None, settle: Settle) -> Moved:
        done, left = 0, []
        with self._channel() as channel:
            for tag, letter, properties in _letters(channel, queue, _depth(channel, queue)):
                if ids is not None and letter.id not in ids:
                    continue
                if settle(channel, letter, properties):
                    channel.basic_ack(tag)
                    done += 1
                else:
                    left.append(letter.id)
        return Moved(done=done, left=tuple(left))

    def _resend(self, channel: BlockingChannel, letter: Buried, properties: pika.BasicProperties) -> bool:
        if letter.withheld:
            return False
        headers = {**repeatable(letter.headers), REPLAYED: True}
        if letter.publisher:
            headers[PUBLISHER] = letter.publisher
        again = kept(properties, headers)
        again.user_id = self._broker.user
        channel.basic_publish("", letter.queue.removesuffix(SUFFIX), letter.body, again, mandatory=True)
        return True

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        shield()
        connection = connect(self._broker, "signet dead letters")
        try:
            with translated(self._broker):
                channel = connection.channel()
                channel.confirm_delivery()
                yield channel
        finally:
            if connection.is_open:
                connection.close()


def _depth(channel: BlockingChannel, queue: str) -> int:
    try:
        return int(channel.queue_declare(queue, passive=True).method.message_count)
    except ChannelClosedByBroker as error:
        if error.reply_code != NOT_FOUND:
            raise
        return 0


def _letters(
    channel: BlockingChannel, queue: str, most: int
) -> Iterator[tuple[int, Buried, pika.BasicProperties]]:
    """Fetch so many at most, one after the other; none is settled by that."""
    for _ in range(most):
        method, properties, body = channel.basic_get(queue)
        if method is None or properties is None:
            return
        yield method.delivery_tag or 0, _buried(queue, properties, body or b""), properties


def _buried(queue: str, properties: pika.BasicProperties, body: bytes) -> Buried:
    headers, message_id = named(properties.headers), text_of(properties.message_id)
    return Buried(
        id=_id(message_id, headers, body),
        queue=queue,
        code=str(headers.get(CODE) or ""),
        reason=str(headers.get(REASON) or headers.get("x-first-death-reason") or ""),
        publisher=_publisher(properties, headers),
        message_id=message_id,
        content_type=text_of(properties.content_type),
        headers=headers,
        withheld=LENGTH in headers,
        body=body,
    )


def _publisher(properties: pika.BasicProperties, headers: dict[str, Any]) -> str:
    """Who sent it. Where the broker buried it the headers are the sender's, and only the broker's word counts."""
    said = properties.user_id if "x-death" in headers else headers.get(PUBLISHER)
    return text_of(said) or ""


def _id(message_id: str | None, headers: dict[str, Any], body: bytes) -> str:
    own = sorted((name, repr(value)) for name, value in headers.items() if name != "x-delivery-count")
    digest = hashlib.sha256(repr((message_id, own)).encode("utf-8", "replace") + body)
    return digest.hexdigest()[:16]
