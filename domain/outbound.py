"""What leaves: events on their way out, the feed of them, and mails on their way to people (ports).

Law: an event has a place in the feed before it is published, and places are given in the order in
which the events became visible, so nothing ever appears before a cursor that was given out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.ports import Stamped, Ticket


class CursorExpired(Exception):  # noqa: N818 - it names what happened
    """A cursor of the feed is older than what is kept, or was never given out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """An event to publish now: every earlier one of its identity is published."""

    number: int
    event: Stamped
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedQuery:
    """Which events are asked for. `accounts` None means all of them; `type` is a glob on short or full names."""

    after: str | None = None
    type: str | None = None
    accounts: frozenset[str] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """An event in the feed; reading after its `cursor` goes on with the next one."""

    cursor: str
    id: str
    type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Some events in their order, and the cursor to go on from (also where there were none)."""

    events: tuple[FeedEvent, ...]
    next: str


class NoticeState(StrEnum):
    """Where the mail of a notice stands."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    MAYBE_SENT = "maybe_sent"  # the connection was lost after the final dot: never sent again by itself
    REFUSED = "refused"
    DIGESTED = "digested"  # above the daily limit: it is a line of the day's digest
    DROPPED = "dropped"  # no longer wanted when it was about to leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A notice that is about to be sent. `body` is None for what is written only now: a digest, a mail with a link."""

    id: str
    key: str
    kind: str
    recipient: str
    locale: str
    identity_id: str | None
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestMember:
    """One notice that a digest stands for; `body` is the mail that would have been sent."""

    id: str
    kind: str
    identity_id: str | None
    planned_at: datetime
    body: bytes | None = field(repr=False)


class Relaying(Protocol):
    """The outbox as the relay sees it. One relay is active at a time."""

    def number_new(self, limit: int) -> int:
        """Give up to `limit` new events their place in the feed, without gaps; answer how many got one."""

    def unpublished(self, limit: int, in_flight: Collection[int] = ()) -> Sequence[Unpublished]:
        """Numbered events to publish now, oldest first: per identity only the next one, none of `in_flight`."""

    def published(self, numbers: Collection[int], unroutable: Collection[int] = ()) -> None:
        """Mark events confirmed by the broker; those in `unroutable` (of `numbers`) went to nobody."""


class Feed(Protocol):
    """Every event that was said, each once."""

    def page(self, query: FeedQuery) -> FeedPage:
        """The events after a cursor; raise CursorExpired where it is older than what is kept."""

    def latest(self) -> str:
        """The cursor of what comes next: nothing said so far is after it."""


class Mails(Protocol):
    """Planned notices on their way out, each sent once."""

    def begin(self, ticket: Ticket) -> Mail | None:
        """Take a notice into sending; None where it is not (or no more) to be sent under this ticket.

        What has no octets yet stays planned and comes with `body` None: freeze a digest and begin again, or `start`.
        One found in sending under another ticket was lost on the way: it becomes `maybe_sent`.
        """

    def confirms(self, ticket: Ticket) -> str | None:
        """The address that this mail has a link for; None for other mails. Locks nothing."""

    def start(self, ticket: Ticket) -> None:
        """Take a notice into sending that was begun without octets: they are kept nowhere."""

    def digest_members(self, digest_id: str) -> Sequence[DigestMember]:
        """The notices that a digest stands for, oldest first."""

    def freeze(self, ticket: Ticket, body: bytes) -> bool:
        """Freeze the octets of a digest; answer whether the ticket was still the one awaited."""

    def settle(self, ticket: Ticket, state: NoticeState, detail: str = "") -> bool:
        """End the sending as sent, maybe_sent or refused; answer whether it was this ticket's to end."""

    def postpone(self, ticket: Ticket, detail: str) -> NoticeState | None:
        """Plan the notice again after a temporary failure; after 24 hours it is refused. None: not this ticket's."""
