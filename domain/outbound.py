"""What leaves: events on their way out, the feed of them, and mails on their way to people (ports).

Law: an event has a place in the feed before it is published, and places are given in the order in
which the events became visible, so nothing ever appears before a cursor that was given out.
"""

from collections.abc import Collection, Mapping, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a mail that was begun under a ticket: sent, maybe_sent or refused. `detail` says how."""

    ticket: Ticket
    state: NoticeState
    detail: str = ""


class Mails(Protocol):
    """Planned notices on their way out, each sent once.

    Many are read and ended together; each is begun alone, so that a worker who dies leaves no other in doubt.
    """

    def addresses(self, tickets: Sequence[Ticket]) -> frozenset[str]:
        """The addresses that the mails of these tickets have links for. Locks nothing."""

    def lost(self, tickets: Sequence[Ticket]) -> Sequence[Mail]:
        """Those found in sending under another ticket, whose sender was lost on the way: now they are `maybe_sent`."""

    def awaited(self, tickets: Sequence[Ticket]) -> Sequence[Mail]:
        """Those still planned under their tickets, locked, in the order in which they were planned.

        What has no octets yet comes with `body` None: a digest is to be frozen, a mail with a link is written as
        it leaves.
        """

    def drop(self, ids: Collection[str]) -> None:
        """End mails that were awaited, and are not wanted any more."""

    def digest_members(self, digest_id: str) -> Sequence[DigestMember]:
        """The notices that a digest stands for, oldest first."""

    def freeze(self, ticket: Ticket, body: bytes) -> bool:
        """Freeze the octets of a digest; answer whether the ticket was still the one awaited."""

    def begin(self, ticket: Ticket) -> bool:
        """Take one mail into sending, for good; answer whether it was still planned under this ticket."""

    def settle(self, endings: Sequence[Ending]) -> Mapping[str, NoticeState]:
        """End the sending of many; answer how those that were theirs to end stood before, by their ids.

        One that was taken for lost stood at `maybe_sent`: the slow sender knows better.
        """

    def postpone(self, ticket: Ticket, detail: str) -> NoticeState | None:
        """Plan the notice again after a temporary failure; after 24 hours it is refused. None: not this ticket's."""
