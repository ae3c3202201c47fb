"""Handlers as dramatiq actors, and tickets as their messages.

dramatiq never tries again: a failure leaves the lease to run out, and the schedule in PostgreSQL
brings the same attempt again. A message holds ids and tokens, nothing else.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import dramatiq

from domain.ports import Ticket
from workers.routes import Route

Handler: TypeAlias = Callable[[Sequence[Ticket]], None]
Triple: TypeAlias = tuple[str, int, str]


class Line(Protocol):
    """The queues in which tickets wait for a worker."""

    def depth(self, queue: str) -> int:
        """How many messages are ready and wait; raises NotReachable where nobody knows."""

    def declare_queue(self, queue_name: str) -> None:
        """Make a queue known, so that messages can be sent to it."""

    def enqueue(self, message: "dramatiq.Message[None]") -> object:
        """Send one message, confirmed; raises NotReachable where it was not taken."""


def declare(broker: dramatiq.Broker, route: Route, handle: Handler) -> None:
    """Let `handle` do the work of a route; what lasts nearly as long as its lease is broken off."""

    def work(tickets: list[Triple]) -> None:
        handle([Ticket(id=ticket_id, attempt=attempt, token=token) for ticket_id, attempt, token in tickets])

    limit = int(route.limit.total_seconds() * 1000)
    dramatiq.actor(broker=broker, actor_name=route.work.value, queue_name=route.queue, time_limit=limit)(work)


def send(line: Line, route: Route, tickets: Sequence[Ticket]) -> None:
    """Send tickets to the queue of their route, as one message."""
    batch: list[Triple] = [(ticket.id, ticket.attempt, ticket.token) for ticket in tickets]
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=route.queue, actor_name=route.work.value, args=(batch,), kwargs={}, options={}
    )
    line.enqueue(message)
