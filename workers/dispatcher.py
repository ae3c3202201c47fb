"""Sends what is due to where it is done, and never more than is soon done.

Law: cost is O(due). What was claimed and could not be sent is not sent later from here: its lease
runs out, and it is due again. Several dispatchers may run; each claims what no other holds.
"""

import math
import time
from collections.abc import Callable, Collection
from threading import Lock

import structlog

from domain.ports import Work
from domain.unit_of_work import UnitOfWork
from workers.actors import Line, send
from workers.routes import Route

log = structlog.get_logger()


class Due:
    """Which kinds of work are due at all, asked once for all routes: most of the time it is none."""

    def __init__(
        self, unit_of_work: Callable[[], UnitOfWork], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds."""
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._lock = Lock()
        self._kinds: Collection[Work] = ()
        self._asked_at = -math.inf

    def has(self, kind: Work, *, younger: float) -> bool:
        """Whether some of this kind was due less than so many seconds ago."""
        with self._lock:
            if self._clock() - self._asked_at >= younger:
                asked_at = self._clock()
                with self._unit_of_work() as work:
                    self._kinds = work.schedule.kinds_due()
                self._asked_at = asked_at
            return kind in self._kinds


def dispatch(route: Route, line: Line, unit_of_work: Callable[[], UnitOfWork], due: Due) -> float:
    """One round: fill the line of a route with what is due. Answer how many seconds to pause.

    The broker is asked first, also where nothing is due: that keeps its connection alive, and says when it is away.
    That nothing is due may be known for half a pause: who waits notices little of it.
    """
    sent = 0
    for _ in range(route.deep - line.depth(route.queue)):
        if not sent and not due.has(route.work, younger=route.poll / 2):
            break
        claimed = _send_batch(route, line, unit_of_work)
        sent += claimed
        if claimed < route.size:
            break
    if sent:
        log.debug("tickets.sent", work=route.work, tickets=sent)
    return route.poll


def _send_batch(route: Route, line: Line, unit_of_work: Callable[[], UnitOfWork]) -> int:
    with unit_of_work() as work:
        tickets = work.schedule.claim(route.work, limit=route.size, lease=route.lease)
        work.commit()
    if tickets:
        send(line, route, tickets)
    return len(tickets)
