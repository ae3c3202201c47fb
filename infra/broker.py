"""The broker of tickets: dramatiq on RabbitMQ, or in this process.

Law: a ticket is only a hint. Leases and tokens in PostgreSQL absorb a lost, late or repeated one, so
this subclass repairs nothing but what they cannot: it confirms what it publishes, declares its queues
explicitly, keeps no message waiting in a worker's memory, and never says a reason in a message.
"""

from queue import Queue
from typing import Any, Final, TypeAlias

import pika
import pika.exceptions
from dramatiq import Message
from dramatiq.broker import Consumer
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Middleware, TimeLimit

from domain.ports import NotReachable
from infra.amqp.link import NOT_FOUND, PRECONDITION_FAILED, Broker, BrokerRefuses, parameters, translated
from infra.amqp.listening import Listening
from infra.broker_log import TicketLog

# A broker that takes nothing now must not hold up a drain.
BLOCKED_SECONDS: Final = 10
# A worker that dies counts one delivery for each ticket it held; what keeps killing workers must end somewhere.
DELIVERY_LIMIT: Final = 20
DEAD_LETTERS_KEPT: Final = 10_000
LOOKS_LIMIT: Final = 1_000_000

Arguments: TypeAlias = dict[str, Any]  # the types-pika stubs know no better


class DelayRefused(TypeError):  # noqa: N818 - it names what was done
    """Somebody asked the broker to wait: dramatiq would hold the message in a worker's memory."""


def dead_queue(queue: str) -> str:
    """Where what cannot be handled goes."""
    return f"{queue}.dead"


class TicketBroker(RabbitmqBroker):
    """RabbitMQ with confirmed, mandatory publishing, explicit queue types and no delayed messages."""

    def __init__(self, broker: Broker) -> None:
        """Speak to `broker`; nothing is connected before the first call that needs it."""
        super().__init__(confirm_delivery=True, middleware=_middleware())
        chosen = parameters(broker, "signet tickets")
        chosen.blocked_connection_timeout = BLOCKED_SECONDS
        self.parameters = [chosen]
        self._broker = broker

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        """Declare a queue without dramatiq's queue for delayed messages; on the server if `ensure`."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.queues_pending.add(queue_name)
            self.emit_after("declare_queue", queue_name)
        if ensure:
            self._ensure_queue(queue_name)  # type: ignore[no-untyped-call]

    def declare_all(self) -> None:
        """Declare every queue on the server now; raise BrokerRefuses where one stands with other arguments."""
        for queue in sorted(self.queues):
            try:
                with translated(self._broker):
                    self._declare_both(queue)
            except NotReachable:
                self._forget(queue)
                raise

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Consume a queue, declaring it anew: somebody may have deleted it since."""
        self.queues_pending.add(queue_name)
        return Listening(super().consume(queue_name, prefetch, timeout), queue_name, prefetch)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Publish and wait for the confirm. A returned message goes again once, after declaring its queue."""
        if delay is not None:
            raise DelayRefused(message.queue_name)
        self.emit_before("enqueue", message, delay)
        try:
            self._publish(message)
        except pika.exceptions.NackError as error:
            with translated(self._broker):
                raise error from None
        except pika.exceptions.AMQPError:
            self._forget(message.queue_name)
            self._publish_again(message)
        self.emit_after("enqueue", message, delay)
        return message

    def depth(self, queue: str) -> int:
        """How many messages are ready and wait for a worker; none where the queue was deleted."""
        try:
            return int(self.channel.queue_declare(queue=queue, passive=True).method.message_count)
        except pika.exceptions.AMQPError as error:
            self._forget(queue)
            if getattr(error, "reply_code", None) == NOT_FOUND:
                return 0
            with translated(self._broker):
                raise

    def _publish(self, message: Message[Any]) -> None:
        if message.queue_name in self.queues_pending:
            self._declare_both(message.queue_name)
        self.channel.basic_publish(
            exchange="",
            routing_key=message.queue_name,
            body=message.encode(),
            properties=pika.BasicProperties(delivery_mode=2, content_type="application/json"),
            mandatory=True,
        )

    def _publish_again(self, message: Message[Any]) -> None:
        """Try once more: an idle connection may have died unnoticed, a queue may have been deleted."""
        try:
            with translated(self._broker):
                self._publish(message)
        except NotReachable:
            self._forget(message.queue_name)
            raise

    def _declare_both(self, queue: str) -> None:
        try:
            self._declare_queue(queue)
            self._declare_xq_queue(queue)
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code == PRECONDITION_FAILED:
                raise BrokerRefuses(_differs(queue)) from None
            raise
        self.queues_pending.discard(queue)

    def _forget(self, queue: str) -> None:
        del self.connection
        self.queues_pending.add(queue)

    def _declare_queue(self, queue_name: str) -> Any:  # noqa: ANN401 - as the overridden one
        arguments = self._build_queue_arguments(queue_name)
        return self.channel.queue_declare(queue=queue_name, durable=True, arguments=arguments)

    def _build_queue_arguments(self, queue_name: str) -> Arguments:
        arguments: Arguments = {
            "x-queue-type": self._broker.queue_type,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_queue(queue_name),
        }
        if self._broker.queue_type == "quorum":
            arguments |= {
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
                "x-delivery-limit": DELIVERY_LIMIT,
            }
        return arguments

    def _declare_dq_queue(self, queue_name: str) -> None:
        """No queue of delayed messages: a message waits nowhere."""

    def _declare_xq_queue(self, queue_name: str) -> Any:  # noqa: ANN401 - as the overridden one
        """Dead letters are kept until somebody looks: dramatiq's own would vanish after a week."""
        arguments: Arguments = {"x-queue-type": self._broker.queue_type, "x-max-length": DEAD_LETTERS_KEPT}
        if self._broker.queue_type == "quorum":
            # Looking at a letter gives it back: RabbitMQ 4 would throw it away after the twentieth look.
            arguments["x-delivery-limit"] = LOOKS_LIMIT
        return self.channel.queue_declare(queue=dead_queue(queue_name), durable=True, arguments=arguments)


class MemoryBroker(StubBroker):
    """The same actors in one process. What is lost with the process, a lease brings again."""

    def __init__(self) -> None:
        super().__init__(middleware=_middleware())

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without one for delayed messages."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = Queue()
            self.emit_after("declare_queue", queue_name)

    def declare_all(self) -> None:
        """Nothing to declare outside this process."""

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put a message into its queue."""
        if delay is not None:
            raise DelayRefused(message.queue_name)
        return super().enqueue(message)

    def depth(self, queue: str) -> int:
        """How many messages wait for a worker."""
        return int(self.queues[queue].qsize())


def _middleware() -> list[Middleware]:
    """No Retries: a failure is scheduled in PostgreSQL. How long work may last, each actor says."""
    return [TimeLimit(), TicketLog()]


def _differs(queue: str) -> str:
    return (
        f"The queue {queue}, or its {dead_queue(queue)}, exists with other arguments than Signet's. "
        "Delete it (nothing is lost: what is due is in the database), or set SIGNET_QUEUE_TYPE as it was."
    )
