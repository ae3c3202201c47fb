"""The roles of a process: intake, worker, dispatcher; and all of them in one.

Each runs from start until `stop`, and is done within thirty seconds then. What it does not finish, a
lease or the broker brings to another.
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Final, TypeAlias

import structlog

from domain.ports import NotReachable, Work
from workers import bootstrap, relay
from workers.bootstrap import Settings
from workers.bootstrap.dkim import has_own_zone
from workers.consume import consume
from workers.dispatcher import Due, dispatch
from workers.hands import Hands, Loop, Shift
from workers.rounds import keep
from workers.routes import ROUTES, Route
from workers.upkeep import keep_house
from workers.workforce import Workforce

log = structlog.get_logger()

DRAIN: Final = 25.0  # seconds for what is in hand; what lasts longer is dropped
AGAIN: Final = 1.0
# Thousands of looks in flight make many objects that live for a moment and hold no cycles: left as it is,
# the collector would walk all of them again and again, for half of the CPU.
YOUNG: Final = 100_000
# By default Python lets a busy thread run for 5 ms: whoever waits for the database waits for that as well,
# at every answer of it.
TURN: Final = 0.0005  # seconds

Watch: TypeAlias = Callable[[Callable[[], Sequence[str]]], AbstractContextManager[object]]


def unwatched(_faults: Callable[[], Sequence[str]]) -> AbstractContextManager[object]:
    """Nobody asks how this process is."""
    return nullcontext()


def intake(settings: Settings, stop: Event, watch: Watch = unwatched) -> None:
    """Take events from RabbitMQ."""
    with bootstrap.opened_database(settings, role="intake") as engine:
        if unlocked(settings, engine, stop):
            door = bootstrap.door(settings, engine)
            _work([Hands({"intake": partial(consume, door)})], stop, watch)


def worker(
    settings: Settings,
    stop: Event,
    watch: Watch = unwatched,
    offered: Sequence[Route] = ROUTES,
    drain: float = DRAIN,
) -> None:
    """Do what tickets ask for, on the routes offered; at the end, finish within `drain` seconds what is in hand."""
    routes = _routes(settings, offered)
    line = bootstrap.ticket_line(settings)
    with bootstrap.opened_database(settings, role="worker", pool=10) as engine:
        if unlocked(settings, engine, stop) and _declared(line, routes, stop):
            bench = bootstrap.bench(settings, bootstrap.unit_of_work(settings, engine))
            _work([Workforce(bench, line, routes)], stop, watch, drain)
    line.close()


def dispatcher(
    settings: Settings, stop: Event, watch: Watch = unwatched, offered: Sequence[Route] = ROUTES
) -> None:
    """Send what is due to the workers, publish what is to be said, and keep house."""
    routes = _routes(settings, offered)
    line = bootstrap.ticket_line(settings)
    with bootstrap.opened_database(settings, role="dispatcher") as engine:
        if unlocked(settings, engine, stop) and _declared(line, routes, stop):
            _work([Hands(_loops(settings, engine, line, routes))], stop, watch)
    line.close()


def embedded(settings: Settings, stop: Event, watch: Watch = unwatched) -> None:
    """Dispatcher and worker in this process, with the tickets in its memory."""
    routes = _routes(settings, ROUTES)
    line = bootstrap.ticket_line(settings)
    with bootstrap.opened_database(settings, role="run", pool=10) as engine:
        workforce = Workforce(
            bootstrap.bench(settings, bootstrap.unit_of_work(settings, engine)), line, routes
        )
        _declared(line, routes, stop)
        _work([Hands(_loops(settings, engine, line, routes)), workforce], stop, watch)
    line.close()


def _routes(settings: Settings, offered: Sequence[Route]) -> tuple[Route, ...]:
    """The routes that there is work on, with as many looks in a message as the operator wants."""
    served = [route for route in offered if route.work is not Work.KEYS or has_own_zone(settings)]
    return tuple(replace(route, size=min(route.size, settings.ticket_size)) for route in served)


def _loops(
    settings: Settings, engine: bootstrap.Database, line: bootstrap.TicketLine, routes: Sequence[Route]
) -> dict[str, Loop]:
    unit = bootstrap.unit_of_work(settings, engine)
    due = Due(unit)
    loops: dict[str, Loop] = {
        f"dispatch {route.work}": partial(
            _keep, f"dispatch {route.work}", partial(dispatch, route, line, unit, due)
        )
        for route in routes
    }
    loops["relay"] = partial(_relay, bootstrap.relay(settings, engine))
    loops["upkeep"] = partial(_keep, "upkeep", partial(keep_house, bootstrap.sweeping(settings, engine)))
    return loops


def _keep(name: str, once: Callable[[], float], stop: Event) -> None:
    keep(name, once, stop)


def _relay(carried: relay.Relay, stop: Event) -> None:
    """The relay waits by itself for what is away; from anything else it begins anew."""

    def once() -> float:
        relay.run(carried, stop)
        return 0.0

    keep("relay", once, stop)


def unlocked(settings: Settings, engine: bootstrap.Database, stop: Event) -> bool:
    """See that no key is missing, as soon as the database can be asked; answer whether it could before `stop`."""
    while not stop.is_set():
        try:
            bootstrap.unlock(settings, engine)
        except NotReachable as error:
            log.warning("database.away", why=str(error))
            stop.wait(AGAIN)
        else:
            return True
    return False


def _declared(line: bootstrap.TicketLine, routes: Sequence[Route], stop: Event) -> bool:
    """Declare the queues, as soon as the broker is there; answer whether it was before `stop`."""
    for route in routes:
        line.declare_queue(route.queue)
    while not stop.is_set():
        try:
            line.declare_all()
        except NotReachable as error:
            log.warning("broker.away", why=str(error))
            stop.wait(AGAIN)
        else:
            return True
    return False


def _tune() -> None:
    """Collect seldom, and never again what is there now; let threads take turns."""
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 100)


def _work(shifts: Sequence[Shift], stop: Event, watch: Watch, drain: float = DRAIN) -> None:
    """Start all, wait for the end, and stop them in their order; each has what those before it left of the time."""
    for shift in shifts:
        shift.start()
    _tune()
    with watch(lambda: [fault for shift in shifts for fault in shift.faults()]):
        stop.wait()
        until = time.monotonic() + drain
        for shift in shifts:
            shift.stop(max(0.0, until - time.monotonic()))
