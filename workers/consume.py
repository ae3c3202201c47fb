"""Intake's loop over the queue `signet.intake`: one transaction for a batch, acknowledged when committed.

Law: nothing is dead-lettered for a fault of our own but the one event that failed five times alone; a
database or a broker out of reach stops the consuming and nothing else. Events are taken in the order of the queue.
"""

import hashlib
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePath
from time import monotonic
from typing import Final

import structlog

from domain.ports import NotReachable
from events.delivery import Counts, DeadLetter, Delivery, InboundQueue
from events.envelope import Envelope, Unreadable, read
from events.withholding import holds_clear_secret
from workers.intake import Arrival, take
from workers.tools import Tools

BATCH: Final = 500
LINGER: Final = 0.02
PATIENCE: Final = 0.2
MOST_BEGINNINGS: Final = 5
NOT_TAKEN: Final = "event.not_taken"
BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
AGAIN_AFTER: Final = 0.05
STEADY_AFTER: Final = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the loop works with.

    `accounts_of` tells for whom a publisher may speak (None: anybody); without it any message may speak for
    any account. `interrupted` are those whose beginning was counted when the database or the broker went away:
    that beginning is not their fault.
    """

    queue: InboundQueue
    counts: Counts
    tools: Tools
    accounts_of: Callable[[str], frozenset[str] | None] | None = None
    interrupted: set[str] = field(default_factory=set)


def consume(door: Door, stop: threading.Event) -> None:
    """Take events until `stop`; the batch in hand is finished."""
    failures = 0
    while not stop.is_set():
        began = monotonic()
        try:
            _serve(door, stop)
        except NotReachable as error:
            failures = 0 if monotonic() - began > STEADY_AFTER else failures
            log.warning("intake.waits", why=str(error))
            door.queue.close()
            stop.wait(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1
    door.queue.close()


def _serve(door: Door, stop: threading.Event) -> None:
    """Consume as long as database and broker answer; the database is asked first."""
    _forgive(door)
    door.queue.open()
    while not stop.is_set():
        batch = door.queue.receive(most=BATCH, linger=LINGER, patience=PATIENCE)
        for redelivered, deliveries in groupby(batch, key=lambda delivery: delivery.redelivered):
            work_off = _one_by_one if redelivered else _together
            work_off(tuple(deliveries), door, stop)


def _forgive(door: Door) -> None:
    """Raise NotReachable while the database is away; then take back what was counted as it went."""
    with door.tools.unit_of_work() as work:
        log.debug("intake.database_answers", at=work.now.isoformat())
    while door.interrupted:
        mark = next(iter(door.interrupted))
        door.counts.forget(mark)
        door.interrupted.discard(mark)


def _together(deliveries: Sequence[Delivery], door: Door, stop: threading.Event) -> None:
    """Take a batch that comes for the first time. Where it fails for a fault of ours, each of it alone."""
    readable: list[tuple[Delivery, Envelope]] = []
    letters: list[DeadLetter] = []
    for delivery in deliveries:
        found = read(delivery.body, delivery.headers, delivery.content_type)
        if isinstance(found, Envelope):
            readable.append((delivery, found))
        else:
            letters.append(_letter(delivery, found))
    if not _took(readable, door):
        _one_by_one(deliveries, door, stop)
        return
    _bury(letters, door)
    door.queue.accept(deliveries[-1])


def _one_by_one(deliveries: Sequence[Delivery], door: Door, stop: threading.Event) -> None:
    """Take deliveries that may be to blame for a crash, each counted before it is read."""
    for delivery in deliveries:
        mark = fingerprint(delivery)
        try:
            _alone(delivery, mark, door, stop)
            door.counts.forget(mark)
        except NotReachable:
            door.interrupted.add(mark)
            raise
        door.queue.accept(delivery)


def _alone(delivery: Delivery, mark: str, door: Door, stop: threading.Event) -> None:
    """Take one delivery, or bury it: since it cannot be read, or since five beginnings led to no end."""
    while (times := door.counts.begin(mark)) <= MOST_BEGINNINGS:
        found = read(delivery.body, delivery.headers, delivery.content_type)
        if not isinstance(found, Envelope):
            _bury([_letter(delivery, found)], door)
            return
        if _took([(delivery, found)], door):
            return
        stop.wait(AGAIN_AFTER * 2**times)
    log.error("intake.gave_up", fingerprint=mark, publisher=delivery.publisher)
    reason = (
        f"Begun {MOST_BEGINNINGS} times and never ended, by a fault of Signet's: mend it, then replay this."
    )
    withheld = holds_clear_secret(delivery.body)
    _bury([DeadLetter(delivery=delivery, code=NOT_TAKEN, reason=reason, withheld=withheld)], door)


def _took(readable: Sequence[tuple[Delivery, Envelope]], door: Door) -> bool:
    """Whether all were taken. A fault of ours, unless the database is away, is logged and answered with no."""
    if not readable:
        return True
    try:
        take(_arrivals(readable, door), door.tools)
    except NotReachable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one event does to us, the others are to be taken
        # A traceback could hold what is in the event.
        log.error("intake.failed", fault=type(error).__name__, at=_line(error), events=len(readable))  # noqa: TRY400
        return False
    return True


def _arrivals(readable: Sequence[tuple[Delivery, Envelope]], door: Door) -> list[Arrival]:
    """Each with the accounts that its publisher may speak for: none without a publisher, where one is required."""
    accounts: dict[str, frozenset[str] | None] = {}
    if door.accounts_of is not None:
        publishers = {delivery.publisher for delivery, _ in readable} - {""}
        accounts = {"": frozenset()} | {publisher: door.accounts_of(publisher) for publisher in publishers}
    return [
        Arrival(publisher=delivery.publisher, accounts=accounts.get(delivery.publisher), envelope=envelope)
        for delivery, envelope in readable
    ]


def _letter(delivery: Delivery, found: Unreadable) -> DeadLetter:
    return DeadLetter(delivery=delivery, code=found.code, reason=found.reason, withheld=found.body_withheld)


def _bury(letters: Sequence[DeadLetter], door: Door) -> None:
    if letters:
        door.queue.bury(letters)
        door.tools.counted("unreadable", len(letters))


def fingerprint(delivery: Delivery) -> str:
    """The same for every delivery of one message; what the broker adds on the way (x-…) does not count."""
    own = sorted((name, repr(value)) for name, value in delivery.headers.items() if not name.startswith("x-"))
    parts = (delivery.publisher, delivery.content_type or "", repr(own))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace") + b"\0" + delivery.body).hexdigest()


def _line(error: BaseException) -> str:
    """Where it was raised: enough to find it, and nothing of what was in it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
