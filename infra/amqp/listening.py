"""Consuming tickets, and noticing when one no longer hears."""

from typing import Any, Final

import pika.exceptions
import structlog
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.errors import ConnectionClosed

from infra.amqp.deafness import Deafness

DEAF_AFTER: Final = 2.0  # seconds

log = structlog.get_logger()


class Listening(Consumer):
    """A consumer that says when it has become deaf; dramatiq then consumes anew."""

    def __init__(self, consumer: Any, queue: str, prefetch: int) -> None:  # noqa: ANN401 - dramatiq's is private
        """Speak for dramatiq's consumer of `queue`, which holds at most `prefetch` messages."""
        self._consumer = consumer
        self._queue = queue
        self._prefetch = prefetch
        self._deafness = Deafness(DEAF_AFTER)

    def __next__(self) -> MessageProxy | None:
        """The next message, or None where none came in time; raises ConnectionClosed."""
        message: MessageProxy | None = next(self._consumer)
        if message is not None or len(self._consumer.known_tags) >= self._prefetch:
            self._deafness.heard()
        elif self._deafness.is_deaf(self._ready):
            log.warning("tickets.unheard", queue=self._queue)
            raise ConnectionClosed(self._queue)  # type: ignore[no-untyped-call]
        return message

    def ack(self, message: MessageProxy) -> None:
        """Done."""
        self._consumer.ack(message)

    def nack(self, message: MessageProxy) -> None:
        """Not to be done."""
        self._consumer.nack(message)

    def close(self) -> None:
        """End the connection; what is in hand goes back."""
        self._consumer.close()

    def _ready(self) -> int:
        try:
            return int(self._consumer.channel.queue_declare(self._queue, passive=True).method.message_count)
        except pika.exceptions.AMQPError as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]
