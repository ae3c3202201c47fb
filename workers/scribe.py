"""Writes down what was seen, as it comes: many looks of many tickets in one small transaction.

Law: never a whole ticket at its end. What cannot be handled is written out of its batch and counted
against it alone; the others land. While the database is away, what was seen waits for it.
"""

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event
from typing import Final

import structlog

from domain.ports import Looked, NotReachable
from domain.unit_of_work import UnitOfWork
from workers.apart import AGAIN_AFTER
from workers.elsewhere import tell_others
from workers.first_records import begin_keys
from workers.look import Concluding, Seen, conclude
from workers.rounds import patiently

log = structlog.get_logger()

ENOUGH: Final = 50
MOST: Final = 400
LONGEST_WAIT: Final = 0.1
IDLE: Final = 0.5
PATIENCE: Final = 45.0  # while the database is away; less than what is left of a lease after a look


class Scribe:
    """Collects what was seen in a line of its own, and writes it from a thread or two."""

    def __init__(
        self,
        unit_of_work: Callable[[], UnitOfWork],
        concluding: Concluding,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        """Write through `unit_of_work` what has come `longest_wait` seconds ago, or sooner where it is enough."""
        self._unit_of_work = unit_of_work
        self._concluding = concluding
        self._longest_wait = longest_wait
        self._line: SimpleQueue[Seen] = SimpleQueue()
        self._hurry = Event()

    def write_down(self, seen: Seen) -> None:
        """Take one look, from any thread; it is written within about a tenth of a second."""
        self._line.put(seen)

    def hurry(self) -> None:
        """Wait for the database no longer: what cannot be written now, a lease brings again."""
        self._hurry.set()

    def write_next(self) -> float:
        """One round: write what has come. Nothing may raise from here, for then nobody would be told."""
        seen = self._collect()
        if seen:
            self._write(seen)
        return 0.0

    def _collect(self) -> list[Seen]:
        """What has come when enough has, or when the first has waited long enough."""
        try:
            seen = [self._line.get(timeout=IDLE)]
        except Empty:
            return []
        until = time.monotonic() + self._longest_wait
        while len(seen) < MOST:
            wait = 0.0 if len(seen) >= ENOUGH else max(0.0, until - time.monotonic())
            try:
                seen.append(self._line.get(timeout=wait) if wait else self._line.get_nowait())
            except Empty:
                break
        return seen

    def _write(self, seen: Sequence[Seen]) -> None:
        began = time.monotonic()
        pairs = [(one, looked) for one in seen if (looked := self._conclude(one)) is not None]
        concluded = time.monotonic()
        self._land(pairs)
        log.debug(
            "looks.written",
            count=len(pairs),
            concluding=round(concluded - began, 3),
            writing=round(time.monotonic() - concluded, 3),
            waiting=self._line.qsize(),
        )

    def _conclude(self, seen: Seen) -> Looked | None:
        try:
            return conclude(seen, self._concluding)
        except Exception as error:  # noqa: BLE001 - a fault of ours with one identity; the others go on
            self._give_up(seen, error)
            return None

    def _land(self, pairs: Sequence[tuple[Seen, Looked]]) -> None:
        """Write all; where that fails, write halves, until what fails is alone."""
        if not pairs:
            return
        try:
            patiently(
                lambda: self._commit([looked for _, looked in pairs]), seconds=PATIENCE, hurry=self._hurry
            )
        except NotReachable:
            log.error("looks.unwritten", count=len(pairs))  # noqa: TRY400 - our lines carry no traceback
            _done(pairs)
        except Exception as error:  # noqa: BLE001 - as above
            if len(pairs) == 1:
                self._give_up(pairs[0][0], error)
                return
            middle = len(pairs) // 2
            self._land(pairs[:middle])
            self._land(pairs[middle:])
        else:
            _done(pairs)

    def _commit(self, looked: Sequence[Looked]) -> None:
        with self._unit_of_work() as work:
            landed = work.looks.write(looked)
            tell_others(landed, self._concluding.source, work)
            if self._concluding.has_keys:
                begin_keys(landed, work)
            work.commit()
        if len(landed) < len(looked):
            log.info("looks.overtaken", count=len(looked) - len(landed))

    def _give_up(self, seen: Seen, error: Exception) -> None:
        """Count a failure of ours against one identity; after five it is parked."""
        log.error(
            "look.failed", identity=seen.ticket.id, attempt=seen.ticket.attempt, error=type(error).__name__
        )
        try:
            with self._unit_of_work() as work:
                work.schedule.failed(seen.ticket, again_after=AGAIN_AFTER)
                work.commit()
        except NotReachable:
            log.warning("failure.uncounted", identity=seen.ticket.id)
        seen.batch.done()


def _done(pairs: Sequence[tuple[Seen, Looked]]) -> None:
    for seen, _ in pairs:
        seen.batch.done()
