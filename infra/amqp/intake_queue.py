"""The queue `signet.intake`, read by one consumer at a time: batches out, acknowledgements and dead letters back.

Law: a delivery is acknowledged only after its effect is committed, or its dead letter is confirmed by the broker.
Whatever is neither goes back to the queue, in order, by closing the connection.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Final

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic

from domain.ports import NotReachable
from events.delivery import DeadLetter, Delivery
from infra.amqp.deafness import Deafness
from infra.amqp.letter import buried, delivered
from infra.amqp.link import Broker, connect, translated
from infra.amqp.publisher import Publisher
from infra.amqp.topology import DEAD, INTAKE, declare
from infra.amqp.wire import shield

PREFETCH: Final = 1_000
BURIAL_TIMEOUT: Final = 30.0
# Who only stands by gets nothing either while another works off a long line: such a one connects anew for nothing.
DEAF_AFTER: Final = 30.0  # seconds


class IntakeQueue:
    """Holds the connection. Every method may raise NotReachable; after that, `close` and `open` again."""

    def __init__(self, broker: Broker, *, prefetch: int = PREFETCH, deaf_after: float = DEAF_AFTER) -> None:
        """Hold at most `prefetch` deliveries; take a consumer for deaf after `deaf_after` seconds."""
        self._broker = broker
        self._ourselves = broker.user
        self._deaf_after = deaf_after
        self._deafness = Deafness(deaf_after)
        self._prefetch = prefetch
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None
        self._burials: Publisher | None = None
        self._came: list[Delivery] = []
        self._cancelled = False

    def open(self) -> None:
        """Connect, declare what is missing, and begin to receive, or stand by behind the active consumer."""
        shield()
        self._came, self._cancelled, self._deafness = [], False, Deafness(self._deaf_after)
        self._connection = connect(self._broker, "signet intake")
        with translated(self._broker):
            declare(self._connection.channel(), self._broker.queue_type)
            self._channel = self._connection.channel()
            self._channel.basic_qos(prefetch_count=self._prefetch)
            self._channel.add_on_cancel_callback(self._on_cancel)
            self._channel.basic_consume(INTAKE, self._on_delivery)

    def receive(self, *, most: int, linger: float, patience: float) -> list[Delivery]:
        """Hand over, in order, what comes within `linger` of the first; nothing, if none comes in `patience`."""
        self._await(patience)
        if self._came:
            self._deafness.heard()
        elif self._deafness.is_deaf(self._ready):
            raise NotReachable(f"{INTAKE} has events ready, and hands none over; it is consumed anew.")
        until = monotonic() + linger
        while self._came and len(self._came) < most and (left := until - monotonic()) > 0:
            self._await(left)
        batch, self._came = self._came[:most], self._came[most:]
        return batch

    def accept(self, last: Delivery) -> None:
        """Acknowledge this delivery and all before it."""
        if self._channel is not None:
            with translated(self._broker):
                self._channel.basic_ack(last.tag, multiple=True)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Put copies into the dead queue; on return the broker has confirmed each. Acknowledges nothing."""
        if self._burials is None:
            self._burials = Publisher(self._broker, "signet intake burials")
        self._burials.send([buried(letter) for letter in letters])
        missing = {letter.delivery.tag for letter in letters}
        until = monotonic() + BURIAL_TIMEOUT
        while missing:
            for answer in self._burials.answers(0.1):
                if answer.unroutable:
                    raise NotReachable(f"{DEAD} is gone; it is declared again.")
                missing.discard(answer.key)
            self.breathe()
            if monotonic() > until:
                raise NotReachable(f"{DEAD} takes nothing: it is full, or the broker is blocked.")

    def breathe(self) -> None:
        """Answer the broker's heartbeat without taking anything up."""
        if self._connection is not None:
            with translated(self._broker):
                self._connection.process_data_events(0)

    def close(self) -> None:
        """Give back what was not acknowledged, and end the connection."""
        if self._burials is not None:
            self._burials.close()
        connection, self._connection, self._channel, self._burials = self._connection, None, None, None
        self._came = []
        if connection is not None and connection.is_open:
            try:
                with translated(self._broker):
                    connection.close()
            except NotReachable:
                return  # It is gone, which is what was wanted.

    def _await(self, seconds: float) -> None:
        if self._connection is None or self._cancelled:
            raise NotReachable(f"{INTAKE} is gone; it is declared again.")
        if self._came and seconds <= 0:
            return
        with translated(self._broker):
            self._connection.process_data_events(seconds)

    def _ready(self) -> int:
        if self._channel is None:
            return 0
        with translated(self._broker):
            return int(self._channel.queue_declare(INTAKE, passive=True).method.message_count)

    def _on_delivery(
        self, _channel: BlockingChannel, method: Basic.Deliver, properties: pika.BasicProperties, body: bytes
    ) -> None:
        self._came.append(delivered(method, properties, body, self._ourselves))

    def _on_cancel(self, _frame: object) -> None:
        self._cancelled = True
