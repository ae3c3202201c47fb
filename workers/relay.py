"""Carries events out of the outbox: gives each its place in the feed, publishes it, marks it when confirmed.

Law: an identity's next event goes out only after its last is confirmed; what is published and not yet marked
is published again with the same id. Nothing that the broker does changes what is true.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

import structlog

from domain.outbound import Unpublished
from domain.ports import NotReachable
from events.delivery import Confirmed, Outlet

AHEAD: Final = 4_000
BUSY: Final = 0.05
IDLE: Final = 0.2
STAND_BY: Final = 1.0
DRAIN: Final = 5.0
BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


class Post(Protocol):
    """The outbox, held by one relay at a time."""

    def lead(self) -> bool:
        """Whether this relay is the active one."""

    def number_new(self, limit: int) -> int:
        """Give up to `limit` new events their place in the feed; answer how many got one."""

    def following(self, limit: int) -> Sequence[Unpublished]:
        """Hand over unpublished events in the order of the feed, each once since `lead`."""

    def published(self, numbers: Collection[int], unroutable: Collection[int] = ()) -> None:
        """Mark events that the broker confirmed."""

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


class Line:
    """Events that were read and are not confirmed: an identity's next one waits for its last."""

    def __init__(self) -> None:
        """Begin empty."""
        self.in_flight: dict[int, str | None] = {}
        self._behind: dict[str, deque[Unpublished]] = {}
        self._waiting = 0

    def __len__(self) -> int:
        return len(self.in_flight) + self._waiting

    def admit(self, events: Iterable[Unpublished]) -> list[Unpublished]:
        """Take events in, in their order; answer those that may go now."""
        return [event for event in events if self._goes(event)]

    def confirm(self, numbers: Iterable[int]) -> list[Unpublished]:
        """Let go of what is confirmed; answer those that waited for it."""
        return [event for number in numbers if (event := self._next_after(number)) is not None]

    def _goes(self, event: Unpublished) -> bool:
        identity = event.event.identity_id
        if identity is not None and identity in self._behind:
            self._behind[identity].append(event)
            self._waiting += 1
            return False
        if identity is not None:
            self._behind[identity] = deque()
        self.in_flight[event.number] = identity
        return True

    def _next_after(self, number: int) -> Unpublished | None:
        identity = self.in_flight.pop(number, None)
        if identity is None:
            return None
        behind = self._behind[identity]
        if not behind:
            del self._behind[identity]
            return None
        event = behind.popleft()
        self._waiting -= 1
        self.in_flight[event.number] = identity
        return event


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
    outlet, line = relay.open_outlet(), Line()
    number_at, more = 0.0, True
    try:
        while not stop.is_set():
            if monotonic() >= number_at:
                numbered = relay.post.number_new(AHEAD)
                number_at = monotonic() + (BUSY if numbered < AHEAD else 0)
                more = more or numbered > 0
            if more and len(line) <= AHEAD // 2:
                read = relay.post.following(AHEAD - len(line))
                more = bool(read)
                outlet.send(line.admit(read))
            if not _mark(relay, outlet, line, patience=BUSY) and not len(line):
                stop.wait(IDLE)
        _drain(relay, outlet, line)
    finally:
        outlet.close()


def _drain(relay: Relay, outlet: Outlet, line: Line) -> None:
    """Wait a little for what is in flight, so that a clean stop repeats nothing."""
    until = monotonic() + DRAIN
    while line.in_flight and (left := until - monotonic()) > 0:
        _mark(relay, outlet, line, patience=left)


def _mark(relay: Relay, outlet: Outlet, line: Line, *, patience: float) -> int:
    """Mark what is confirmed: gathered until the patience ends, or nothing is in flight any more."""
    confirmed: list[Confirmed] = []
    until = monotonic() + patience
    while len(confirmed) < len(line.in_flight) and (left := until - monotonic()) > 0:
        confirmed.extend(outlet.confirmed(left))
    if confirmed:
        unroutable = [one.number for one in confirmed if one.unroutable]
        relay.post.published([one.number for one in confirmed], unroutable)
        outlet.send(line.confirm(one.number for one in confirmed))
        relay.count_unroutable(len(unroutable))
    return len(confirmed)
