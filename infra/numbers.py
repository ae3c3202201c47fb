"""The numbers of this process, with those that stand in its database."""

from collections.abc import Callable

from sqlalchemy import Engine

from domain.ports import NotReachable
from infra import metrics
from infra.db.gauges import gauges
from infra.db.link import Link


def numbers(engine: Engine) -> Callable[[], bytes]:
    """What answers with all numbers, as Prometheus reads them."""
    metrics.LIVE.waiting = lambda: _waiting(engine)
    return metrics.text


def _waiting(engine: Engine) -> metrics.Waiting | None:
    try:
        with engine.connect() as connection:
            read = gauges(Link(connection))
    except NotReachable:
        return None
    return metrics.Waiting(
        due={work: backlog.waiting for work, backlog in read.due.items()},
        oldest={work: backlog.oldest.total_seconds() for work, backlog in read.due.items()},
        outbox=read.outbox.waiting,
        outbox_oldest=read.outbox.oldest.total_seconds(),
        zone_faults=read.zone_faults,
    )


def database_fault(engine: Engine) -> str | None:
    """What keeps the database from serving, if anything."""
    try:
        with engine.connect() as connection:
            Link(connection).run("SELECT 1")
    except NotReachable as error:
        return str(error)
    return None
