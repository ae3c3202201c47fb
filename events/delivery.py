"""Events as queues hand them over and take them, and what may become of them: ports to the broker."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.outbound import Unpublished


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message as it came. `publisher` is the user that the broker vouches for, or empty.

    `original` belongs to the queue, which makes the dead letter of it.
    """

    tag: int
    redelivered: bool
    publisher: str
    content_type: str | None
    headers: Mapping[str, object] = field(repr=False)
    body: bytes = field(repr=False)
    original: object = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Why a delivery cannot be used. Where `withheld`, its body is not kept: it may hold a clear secret."""

    delivery: Delivery
    code: str
    reason: str
    withheld: bool


class InboundQueue(Protocol):
    """Where events come in. Every method may raise NotReachable; then close it, and open it again later.

    A delivery that was not accepted comes again after `close`, and is `redelivered` then.
    """

    def open(self) -> None:
        """Begin to receive, or stand by while another one does."""

    def receive(self, *, most: int, linger: float, patience: float) -> Sequence[Delivery]:
        """Hand over what comes within `linger` seconds of the first; nothing, if none comes in `patience`."""

    def accept(self, last: Delivery) -> None:
        """Let go of this delivery and all before it, for ever."""

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Keep these as dead letters; on return they are safe. They are still to be accepted."""

    def close(self) -> None:
        """Give back what was not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A dead letter as it lies in its queue. `id` is made of what it holds: the same whenever it is looked at."""

    id: str
    queue: str
    code: str
    reason: str
    publisher: str
    message_id: str | None
    content_type: str | None
    headers: Mapping[str, object] = field(repr=False, compare=False)
    withheld: bool
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of dead letters: how many were moved, and which cannot be replayed (their body was withheld)."""

    done: int
    left: tuple[str, ...] = ()


class Graveyard(Protocol):
    """The dead queues. Every method may raise NotReachable; looking changes nothing."""

    def depth(self, queue: str) -> int:
        """How many letters lie there; none where there is no such queue."""

    def look(self, queue: str, limit: int) -> Sequence[Buried]:
        """Look at the oldest ones, at most `limit`; they stay where they are."""

    def replay(self, queue: str, ids: Collection[str] | None) -> Moved:
        """Send those (None: all that lie there now) back to where they came from."""

    def drop(self, queue: str, ids: Collection[str] | None) -> Moved:
        """Forget those (None: all that lie there now) for ever."""


class Counts(Protocol):
    """How often a delivery was begun, by its fingerprint; remembered outside of this process."""

    def begin(self, fingerprint: str) -> int:
        """Count one more beginning, at once and for good; answer how many there were, this one included."""

    def forget(self, fingerprint: str) -> None:
        """Its end was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """An outbound event that the broker has; `unroutable` where nobody listens."""

    number: int
    unroutable: bool


class Outlet(Protocol):
    """Where events go out. Each that was sent is confirmed once, sooner or later, over whatever connection."""

    def send(self, events: Sequence[Unpublished]) -> None:
        """Publish in this order; does not wait."""

    def confirmed(self, wait: float) -> Sequence[Confirmed]:
        """Tell what was confirmed since; waits for the first at most so many seconds."""

    def close(self) -> None:
        """End it; what is not confirmed stays so."""
