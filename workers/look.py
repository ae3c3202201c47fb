"""One look at many identities: observe them all, then judge, advance and announce each as its answer comes.

Law: no transaction is open while we look. A look whose token is no longer awaited is one log line.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Final, Protocol

import structlog

from domain.challenge import Challenge
from domain.identity import State
from domain.judges.sending_domain import Known, judge
from domain.lifecycle import Step, advance
from domain.mailing import PlannedNotice
from domain.observation import Observation
from domain.ports import Awaited, Looked, Ticket
from domain.provider import Provider
from domain.questions import Manner
from domain.schedule import Moment
from domain.unit_of_work import UnitOfWork
from events.announce import Telling, announce

log = structlog.get_logger()

# Where a mistake was made is sought at the first look, for who asks, where something proven is gone, and now and
# then: it costs further questions.
PROBE_EVERY: Final = 6
LONGEST_LOOK: Final = 60.0
SOON: Final = 0.005


class Looks(Protocol):
    """Looks at many things at once; `done` is called once for each, from any thread, as its answers come."""

    def look(
        self,
        looks: Iterable[tuple[int, Challenge, Manner]],
        done: Callable[[int, Observation], None],
        *,
        first: bool = False,
    ) -> None:
        """Begin to look, and return at once; what somebody waits for goes `first`."""

    def has_room(self) -> bool:
        """Whether nearly all that was begun before is asked."""


class Unfinished(Exception):  # noqa: N818 - it names what happened
    """Not everything of a ticket was written in time; its leases run out, and it comes again."""


class Batch:
    """The looks of one ticket, of which some are still to be written."""

    def __init__(self, size: int) -> None:
        self._open = size
        self._lock = Lock()
        self._all_done = Event()
        if not size:
            self._all_done.set()

    def done(self) -> None:
        """One more is written, or given up."""
        with self._lock:
            self._open -= 1
            if self._open == 0:
                self._all_done.set()

    def wait(self, seconds: float) -> None:
        """Wait until all are; raise Unfinished where that takes longer."""
        if not self._all_done.wait(seconds):
            raise Unfinished(f"{self._open} looks")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look saw, and when."""

    awaited: Awaited
    observation: Observation
    at: datetime
    batch: Batch

    @property
    def ticket(self) -> Ticket:
        """The ticket under which it was looked at."""
        awaited = self.awaited
        return Ticket(id=awaited.identity.id, attempt=awaited.progress.attempt, token=awaited.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What looking takes: where to read, how to look, and who writes down what was seen.

    `first`: somebody waits for these looks, and they pass all others. One thread at a time has its `turn` to open
    a ticket: what is opened before there is room grows old in memory, and keeps those who pass from the processor.
    When there is `hurry`, room is not waited for any more.
    """

    unit_of_work: Callable[[], UnitOfWork]
    engine: Looks
    write_down: Callable[[Seen], None]
    first: bool = False
    turn: Lock = field(default_factory=Lock)
    hurry: Event = field(default_factory=Event)


def look(tickets: Sequence[Ticket], looking: Looking) -> None:
    """Look at all whose token is still awaited; return when everything seen is written."""
    with looking.turn:
        batch = _begin(tickets, looking)
    batch.wait(LONGEST_LOOK)


def _begin(tickets: Sequence[Ticket], looking: Looking) -> Batch:
    """Open a ticket as soon as there is room, and begin its looks."""
    if not looking.first:
        _await_room(looking)
    with looking.unit_of_work() as work:
        awaited = work.looks.awaited(tickets)
    if len(awaited) < len(tickets):
        log.info("tickets.not_awaited", count=len(tickets) - len(awaited))
    batch = Batch(len(awaited))
    began = time.monotonic()

    def done(key: int, observation: Observation) -> None:
        one = awaited[key]
        at = one.read_at + timedelta(seconds=time.monotonic() - began)
        looking.write_down(Seen(one, observation, at, batch))

    asked = ((key, one.identity.proof, manner_of(one)) for key, one in enumerate(awaited))
    looking.engine.look(asked, done, first=looking.first)
    return batch


def _await_room(looking: Looking) -> None:
    """Wait until the engine has room; raise Unfinished where that takes too long."""
    until = time.monotonic() + LONGEST_LOOK
    while not looking.engine.has_room() and not looking.hurry.wait(SOON):
        if time.monotonic() > until:
            raise Unfinished("no room for more looks")


def manner_of(awaited: Awaited) -> Manner:
    """Whether this look also seeks where the owner may have put a record by mistake, and whether it may prove.

    A verified domain is proven: one server that still has its records is enough.
    """
    progress = awaited.progress
    probe = bool(awaited.requests or progress.absences) or progress.attempt % PROBE_EVERY == 1
    return Manner(probe=probe, thorough=awaited.identity.state is not State.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluding:
    """What a conclusion takes beside what was seen: dice, our name, how a notice is written, whose panels we know.

    `has_keys`: domains get DKIM keys.
    """

    dice: Callable[[], float]
    source: str
    plan: Callable[[Step, datetime], tuple[PlannedNotice, ...]]
    providers: Sequence[Provider] = ()
    has_keys: bool = False


def conclude(seen: Seen, concluding: Concluding) -> Looked:
    """Judge, advance, announce: what one look means, ready to be written."""
    awaited = seen.awaited
    identity = awaited.identity
    earlier = awaited.last_look.findings if awaited.last_look else ()
    known = Known(
        earlier=earlier,
        stale_targets=awaited.stale_targets,
        at=seen.at,
        thorough=manner_of(awaited).thorough,
    )
    verdict = judge(identity.proof, seen.observation, known)
    step = advance(identity, awaited.progress, verdict, Moment(seen.at, concluding.dice()))
    if not step.news and not awaited.requests:
        return Looked(
            awaited=awaited, step=step, outcome=verdict.outcome, findings=verdict.findings, at=seen.at
        )
    telling = Telling(
        source=concluding.source,
        at=seen.at,
        attempt=awaited.progress.attempt,
        verdict=verdict,
        requests=awaited.requests,
        providers=concluding.providers,
    )
    told, events = announce(step, telling)
    return Looked(
        awaited=awaited,
        step=replace(step, identity=told),
        outcome=verdict.outcome,
        findings=verdict.findings,
        at=seen.at,
        events=events,
        notices=concluding.plan(step, seen.at),
    )
