"""Sends what is due to where it is done, and never more than is soon done.

Law: cost is O(due). What was claimed and could not be sent is not sent later from here: its lease
runs out, and it is due again. Several dispatchers may run; each claims what no other holds.
"""

from collections.abc import Callable

import structlog

from domain.unit_of_work import UnitOfWork
from workers.actors import Line, send
from workers.routes import Route

log = structlog.get_logger()


def dispatch(route: Route, line: Line, unit_of_work: Callable[[], UnitOfWork]) -> float:
    """One round: fill the line of a route with what is due. Answer how many seconds to pause."""
    sent = 0
    for _ in range(route.deep - line.depth(route.queue)):
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
