"""Confirmed publishing, many in flight: one connection on a thread of its own.

Law: every message sent is answered once, and only by the broker's word. What was in flight when a connection
broke is published again on the next one, so a message may go out twice, and never less than once.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from queue import Empty, SimpleQueue
from typing import Any, Final

import pika
import structlog
from pika.channel import Channel
from pika.exceptions import AMQPError
from pika.frame import Method
from pika.spec import Basic

from domain.ports import NotReachable
from infra.amqp.gathering import GatheringConnection
from infra.amqp.link import Broker, BrokerRefuses, parameters
from infra.amqp.topology import prepare

WINDOW: Final = 500
BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
AGAIN_AFTER_REFUSAL: Final = 0.2

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message. `key` comes back in its answer; the body may hold what no log may show."""

    key: object
    exchange: str
    routing_key: str
    body: bytes = field(repr=False)
    properties: pika.BasicProperties = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The broker has it. `unroutable`: it was returned, since nobody listens."""

    key: object
    unroutable: bool


class Publisher:
    """Publishes in the order of `send`, at most `WINDOW` unconfirmed, and connects again by itself."""

    def __init__(self, broker: Broker, name: str, *, ready: Callable[[Broker], None] = prepare) -> None:
        self._broker = broker
        self._name = name
        self._ready = ready
        self._waiting: deque[Outgoing] = deque()
        self._answers: SimpleQueue[list[Answer]] = SimpleQueue()
        self._flight = _Flight()
        self._connection: GatheringConnection | None = None
        self._channel: Channel | None = None
        self.connections = 0
        self._stop = threading.Event()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether a channel with confirms is open now."""
        return self._open.is_set()

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Hand messages over; never blocks."""
        if messages:
            self._waiting.extend(messages)
            self._wake(self._pump)

    def answers(self, wait: float) -> list[Answer]:
        """What was confirmed since; waits for the first one at most so many seconds."""
        found: list[Answer] = []
        try:
            found.extend(self._answers.get(block=wait > 0, timeout=wait))
            while True:
                found.extend(self._answers.get_nowait())
        except Empty:
            return found

    def close(self) -> None:
        """End the connection. What was not confirmed by now stays unanswered."""
        self._stop.set()
        self._wake(self._hang_up)
        self._thread.join(timeout=10)

    # From here on: the publisher's own thread.

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                self._ready(self._broker)
                self._serve()
                failures = 0 if self._flight.opened else failures + 1
            except (NotReachable, BrokerRefuses) as error:
                log.warning("broker.unreachable", who=self._name, why=str(error))
                failures += 1
            except Exception as error:  # noqa: BLE001 - the thread's outermost loop
                log.warning("broker.unreachable", who=self._name, why=type(error).__name__)
                failures += 1
            if failures:
                self._stop.wait(BACKOFF[min(failures, len(BACKOFF)) - 1])

    def _serve(self) -> None:
        """One connection, from its opening to its end."""
        self._flight = _Flight()
        connection = GatheringConnection(
            parameters(self._broker, self._name),
            on_open_callback=lambda link: link.channel(on_open_callback=self._opened),
            on_open_error_callback=lambda link, _: link.ioloop.stop(),
            on_close_callback=lambda link, _: link.ioloop.stop(),
        )
        self._connection = connection
        try:
            connection.ioloop.start()
        finally:
            self._open.clear()
            self._channel = self._connection = None
            connection.ioloop.close()
            self._waiting.extendleft(reversed(self._flight.left()))

    def _opened(self, channel: Channel) -> None:
        if self._stop.is_set():
            self._hang_up()
            return
        channel.add_on_return_callback(self._returned)
        channel.add_on_close_callback(lambda *_: self._hang_up())
        channel.confirm_delivery(self._confirmed, callback=lambda _: self._confirming(channel))

    def _confirming(self, channel: Channel) -> None:
        self._channel = channel
        self._flight.opened = True
        self.connections += 1
        self._open.set()
        self._pump()

    def _hang_up(self) -> None:
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def _pump(self) -> None:
        channel, connection = self._channel, self._connection
        if connection is None or channel is None or not channel.is_open:
            return
        with connection.together():
            while self._waiting and len(self._flight) < WINDOW:
                message = self._waiting.popleft()
                self._flight.add(message)
                channel.basic_publish(
                    message.exchange, message.routing_key, message.body, message.properties, mandatory=True
                )

    def _returned(self, _channel: Channel, method: Basic.Return, _properties: object, body: bytes) -> None:
        self._flight.returned(method.routing_key or "", body)

    def _confirmed(self, frame: Method[Any]) -> None:
        answer = frame.method
        settled = self._flight.settle(answer.delivery_tag, multiple=answer.multiple)
        if isinstance(answer, Basic.Ack):
            self._answers.put(
                [Answer(key=message.key, unroutable=unroutable) for message, unroutable in settled]
            )
        elif settled:
            log.warning("publish.refused", who=self._name, messages=len(settled))
            self._waiting.extend(message for message, _ in settled)
            if self._connection is not None:
                self._connection.ioloop.call_later(AGAIN_AFTER_REFUSAL, self._pump)
            return
        self._pump()

    def _wake(self, call: Callable[[], None]) -> None:
        """Run something on the publisher's thread soon; without a connection its opening does it."""
        connection = self._connection
        if connection is None:
            return
        try:
            connection.ioloop.add_callback_threadsafe(call)
        except (AMQPError, OSError, AttributeError):
            log.debug("publisher.reconnecting", who=self._name)


class _Flight:
    """What is published on one channel and not yet confirmed, by delivery tag (from 1, in order)."""

    def __init__(self) -> None:
        self.opened = False
        self._last = 0
        self._by_tag: dict[int, Outgoing] = {}
        self._unroutable: set[int] = set()

    def __len__(self) -> int:
        return len(self._by_tag)

    def add(self, message: Outgoing) -> None:
        """Note one more as published."""
        self._last += 1
        self._by_tag[self._last] = message

    def returned(self, routing_key: str, body: bytes) -> None:
        """Note a return: it comes before the confirm of the same message, in the order of publishing."""
        for tag, message in self._by_tag.items():
            if tag not in self._unroutable and message.routing_key == routing_key and message.body == body:
                self._unroutable.add(tag)
                return

    def settle(self, tag: int, *, multiple: bool) -> list[tuple[Outgoing, bool]]:
        """Take out what one confirm or refusal speaks of, each with whether it was returned."""
        tags = list(takewhile(lambda one: one <= tag, self._by_tag)) if multiple else [tag]
        settled = [(self._by_tag.pop(one), one in self._unroutable) for one in tags if one in self._by_tag]
        self._unroutable.difference_update(tags)
        return settled

    def left(self) -> list[Outgoing]:
        """What never was answered, in order."""
        return list(self._by_tag.values())
