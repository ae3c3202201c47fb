"""Tickets that are handled one by one: a fault of ours with one is counted against it, and the others go on.

Law: that the database is away is nobody's fault, and counts against nothing; leases end by themselves.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final

import structlog

from domain.ports import NotReachable, Ticket
from domain.unit_of_work import UnitOfWork

log = structlog.get_logger()

AGAIN_AFTER: Final = timedelta(seconds=60)


def each_apart(
    tickets: Sequence[Ticket],
    handle: Callable[[Ticket], None],
    unit_of_work: Callable[[], AbstractContextManager[UnitOfWork]],
    fault: str,
) -> None:
    """Handle each in its turn. One that we stumble over comes again after a minute, and is parked after five times.

    `fault` is what the log says of it, such as `login.failed`.
    """
    for ticket in tickets:
        try:
            handle(ticket)
        except NotReachable:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours with one; the others go on
            log.error(fault, identity=ticket.id, error=type(error).__name__)  # noqa: TRY400 - no traceback
            with unit_of_work() as work:
                work.schedule.failed(ticket, again_after=AGAIN_AFTER)
                work.commit()
