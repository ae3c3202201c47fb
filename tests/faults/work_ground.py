"""What the fault tests of looking stand on: many domains with their records, and processes to be killed."""

import os
import signal
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.process import BaseProcess
from threading import Event

from dramatiq import Message

from domain.identity import Identity
from domain.ports import Ticket
from infra.db.engine import connect
from infra.db.installation import database_url
from infra.db.invariants import check
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from signet.everything import until_signalled
from tests.servers.forked import FORKED
from tests.servers.knot import Knot
from tests.servers.waiting import wait_until
from tests.workers.lab import QUICK, publish, register
from workers import bootstrap, roles
from workers.crew import Crew, Post
from workers.dispatcher import Due, dispatch
from workers.look import Looking, look
from workers.rounds import keep
from workers.routes import SMTP
from workers.scribe import Scribe

Units = Callable[[], SqlUnitOfWork]


def started(target: Callable[[Settings], None], settings: Settings) -> BaseProcess:
    """Run `target` in a process of its own."""
    process = FORKED.Process(target=target, args=(settings,), daemon=True)
    process.start()
    return process


def work(settings: Settings) -> None:
    """The role of a worker, until SIGTERM."""
    with until_signalled() as stop:
        roles.worker(settings, stop, offered=QUICK)


def drain_logins(settings: Settings, seconds: float) -> BaseProcess:
    """A process that tries logins until SIGTERM, and has so many seconds then; not yet started."""
    return FORKED.Process(target=_try_logins, args=(settings, seconds), daemon=True)


def _try_logins(settings: Settings, seconds: float) -> None:
    with until_signalled() as stop:
        roles.worker(settings, stop, offered=(SMTP,), drain=seconds)


def send_tickets(settings: Settings) -> None:
    """The role of a dispatcher, until SIGTERM."""
    with until_signalled() as stop:
        roles.dispatcher(settings, stop, offered=QUICK)


def die_before_the_ack(settings: Settings) -> None:
    """A worker that dies when everything of its first ticket is committed, and nothing acknowledged."""
    unit = units(connect(database_url(settings), role="worker"))
    bench = bootstrap.bench(settings, unit)
    scribe = Scribe(unit, bench.concluding)
    looking = Looking(unit_of_work=unit, engine=bench.engine, write_down=scribe.write_down)

    def look_and_die(tickets: Sequence[Ticket]) -> None:
        look(tickets, looking)
        os.kill(os.getpid(), signal.SIGKILL)

    bench.engine.start()
    Crew(bootstrap.ticket_line(settings), [Post(route, look_and_die) for route in QUICK[:1]]).start()
    keep("scribe", scribe.write_next, Event())


def die_before_sending(settings: Settings) -> None:
    """A dispatcher that dies when it has claimed, and sent nothing."""
    _dispatch_through(_DeadlyLine(sends=False), settings)


def die_after_sending(settings: Settings) -> None:
    """A dispatcher that dies when the broker has its first message."""
    _dispatch_through(_DeadlyLine(sends=True, settings=settings), settings)


class _DeadlyLine:
    """A line whose first message is the end of its sender."""

    def __init__(self, *, sends: bool, settings: Settings | None = None) -> None:
        self._line = bootstrap.ticket_line(settings) if sends and settings else None

    def depth(self, queue: str) -> int:
        del queue
        return 0

    def declare_queue(self, queue_name: str) -> None:
        if self._line is not None:
            self._line.declare_queue(queue_name)

    def enqueue(self, message: Message[None]) -> None:
        if self._line is not None:
            self._line.enqueue(message)
        os.kill(os.getpid(), signal.SIGKILL)


def _dispatch_through(line: _DeadlyLine, settings: Settings) -> None:
    unit = units(connect(database_url(settings), role="dispatcher"))
    line.declare_queue(QUICK[0].queue)
    keep("dispatch", partial(dispatch, QUICK[0], line, unit, Due(unit)), Event())


def register_shops(settings: Settings, unit: Units, knot: Knot, count: int) -> list[Identity]:
    """Domains whose records stand; each is verified by its first look."""
    shops = register(settings, unit, *(f"shop{number}.example" for number in range(count)))
    publish(knot, *shops)
    return shops


def ask(unit: Units, question: str) -> int:
    """One number from the database."""
    with unit() as opened:
        return int(opened.outbox._link.one(question)[0])


def verified(unit: Units) -> int:
    """How many domains are verified now."""
    return ask(unit, "SELECT count(*) FROM identities WHERE state = 'verified'")


def await_verified(unit: Units, count: int, within: float = 60) -> None:
    """Wait until all are."""
    wait_until(
        lambda: verified(unit) == count, what=f"{count} domains are verified", within=within, every=0.1
    )


def assert_sound(database_url: str, unit: Units, count: int) -> None:
    """Nothing lost, nothing twice: each was told once, and has one mail; every invariant holds."""
    told = "SELECT count(*) FROM outbox WHERE type = 'org.signet.domain.verified.v1'"
    assert ask(unit, told) == count
    assert ask(unit, "SELECT count(*) FROM notices WHERE kind = 'domain_verified'") == count
    assert ask(unit, "SELECT count(*) FROM schedule WHERE failures > 0") == 0
    engine = connect(database_url, role="test")
    try:
        assert list(check(engine)) == []
    finally:
        engine.dispose()
