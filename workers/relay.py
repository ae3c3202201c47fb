"""Carries events out of the outbox: gives each its place in the feed, publishes it, marks it when confirmed.

Law: an identity's next event goes out only after its last is confirmed; what is published and not yet marked
is published again with the same id. Nothing that the broker does changes what is true.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

import structlog

from domain.outbound import Relaying, Unpublished
from domain.ports import NotReachable
from events.delivery import Confirmed, Outlet

AHEAD: Final = 1_000
BUSY: Final = 0.05
IDLE: Final = 0.2
STAND_BY: Final = 1.0
DRAIN: Final = 5.0
BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


class Post(Relaying, Protocol):
    """The outbox, held by one relay at a time."""

    def lead(self) -> bool:
        """Whether this relay is the active one."""

    def step_down(self) -> None:
        """Leave the place to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """What the relay works with. `open_outlet` is called anew for each time of leading."""

    post: Post
    open_outlet: Callable[[], Outlet]
    count_unroutable: Callable[[int], None]


class Embedded:
    """The outlet where there is no broker: events are in the feed, and nobody else is to be told."""

    def __init__(self) -> None:
        self._sent: list[Unpublished] = []

    def send(self, events: Sequence[Unpublished]) -> None:
        """Take them as published."""
        self._sent.extend(events)

    def confirmed(self, wait: float) -> Sequence[Confirmed]:  # noqa: ARG002 - there is nothing to wait for
        """Answer at once."""
        sent, self._sent = self._sent, []
        return [Confirmed(number=event.number, unroutable=False) for event in sent]

    def close(self) -> None:
        """Nothing is open."""


def run(relay: Relay, stop: threading.Event) -> None:
    """Relay, or stand by, until `stop`; what is in flight then is waited for a little."""
    failures = 0
    while not stop.is_set():
        try:
            if relay.post.lead():
                log.info("relay.leads")
                _lead(relay, stop)
            failures = 0
            stop.wait(STAND_BY)
        except NotReachable as error:
            log.warning("relay.waits", why=str(error))
            stop.wait(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1
        finally:
            relay.post.step_down()


def _lead(relay: Relay, stop: threading.Event) -> None:
    outlet = relay.open_outlet()
    flight: set[int] = set()
    try:
        while not stop.is_set():
            numbered = relay.post.number_new(AHEAD)
            sent = _send(relay.post, outlet, flight)
            marked = _mark(relay, outlet, flight, within=BUSY)
            if not (numbered or sent or marked):
                stop.wait(IDLE if not flight else 0)
        _mark(relay, outlet, flight, within=DRAIN)
    finally:
        outlet.close()


def _send(post: Post, outlet: Outlet, flight: set[int]) -> int:
    """Send so many that the broker has something to confirm while we speak to the database."""
    if len(flight) > AHEAD // 2:
        return 0
    events = post.unpublished(AHEAD - len(flight), flight)
    flight.update(event.number for event in events)
    outlet.send(events)
    return len(events)


def _mark(relay: Relay, outlet: Outlet, flight: set[int], *, within: float) -> int:
    """Mark what is confirmed within the time, or as soon as nothing is left in flight."""
    until = monotonic() + within
    confirmed: list[Confirmed] = []
    while len(confirmed) < len(flight) and (left := until - monotonic()) > 0:
        confirmed.extend(outlet.confirmed(left))
    if not confirmed:
        return 0
    unroutable = [one.number for one in confirmed if one.unroutable]
    relay.post.published([one.number for one in confirmed], unroutable)
    flight.difference_update(one.number for one in confirmed)
    if unroutable:
        relay.count_unroutable(len(unroutable))
    return len(confirmed)
