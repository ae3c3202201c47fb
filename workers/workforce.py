"""Everything that one process needs to do work: the name server engine, the scribe, the crew.

Law: it stops in the order in which work flows: first nothing new is begun, then what is in hand is
looked at, written and acknowledged, then the rest is closed. The database is not waited for any more. A login
under way may come to its end; one that takes too long is dropped, and its lease brings it to another.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import dramatiq
import structlog

from domain.ports import Work
from domain.unit_of_work import UnitOfWork
from workers.actors import Handler
from workers.certificate_look import Certifying, look_at_certificates
from workers.confirming import expire
from workers.crew import Crew, Post
from workers.login_look import Trying, try_logins
from workers.look import Concluding, Looking, Looks, look
from workers.mails import send
from workers.rotation import Rotating, rotate
from workers.rounds import keep
from workers.routes import Route
from workers.scribe import Scribe
from workers.sending import Sending

log = structlog.get_logger()

LETTING_GO: Final = 2.0  # seconds for those whose logins were dropped
LAST_WORDS: Final = 3.0  # seconds for what is to be written after that
SCRIBES: Final = 2  # in each lane: while one waits for the database, the other judges
SHORT: Final = 0.02  # seconds that the look somebody waits for waits for company


class Engine(Looks, Protocol):
    """What looks at name servers, on a thread of its own."""

    @property
    def counters(self) -> Mapping[str, int]:
        """How many questions, answers, time-outs there were so far."""

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What work is done with; without `rotating` no DKIM keys are seen to."""

    unit_of_work: Callable[[], UnitOfWork]
    engine: Engine
    concluding: Concluding
    sending: Sending
    trying: Trying
    certifying: Certifying
    rotating: Rotating | None = None


class Workforce:
    """The working part of a process."""

    def __init__(self, bench: Bench, broker: dramatiq.Broker, routes: Sequence[Route]) -> None:
        """Work on `routes`, whose tickets come from `broker`."""
        self._bench = bench
        # What somebody waits for never stands behind routine looks, of which thousands may wait to be written.
        self._scribes = {
            True: Scribe(bench.unit_of_work, bench.concluding, SHORT),
            False: Scribe(bench.unit_of_work, bench.concluding),
        }
        self._over = threading.Event()
        self._hurry = threading.Event()
        self._writing = [
            threading.Thread(
                target=keep, args=("scribe", scribe.write_next, self._over), name="scribe", daemon=True
            )
            for scribe in self._scribes.values()
            for _ in range(SCRIBES)
        ]
        served = [route for route in routes if bench.rotating or route.work is not Work.KEYS]
        self._crew = Crew(broker, [Post(route, self._handler(route)) for route in served])

    def start(self) -> None:
        """Begin to work."""
        self._bench.engine.start()
        for thread in self._writing:
            thread.start()
        self._crew.start()

    def faults(self) -> tuple[str, ...]:
        """What keeps this process from working."""
        scribe = () if all(thread.is_alive() for thread in self._writing) else ("scribe",)
        return (*self._crew.faults(), *scribe)

    def stop(self, seconds: float) -> None:
        """Finish what is in hand within so many seconds; then drop what lasts, and be done within five more."""
        began = time.monotonic()
        self._hurry.set()
        for scribe in self._scribes.values():
            scribe.hurry()
        self._bench.sending.hurry.set()
        dropping = threading.Timer(seconds, self._bench.trying.logins.servers.drop)
        dropping.start()
        self._crew.stop(seconds + LETTING_GO)
        dropping.cancel()
        self._over.set()
        until = time.monotonic() + LAST_WORDS
        for thread in self._writing:
            thread.join(max(0.0, until - time.monotonic()))
        self._bench.engine.close()
        log.info(
            "work.stopped", seconds=round(time.monotonic() - began, 1), dns=dict(self._bench.engine.counters)
        )

    def _handler(self, route: Route) -> Handler:
        if route.work is Work.MAIL:
            return partial(send, sending=self._bench.sending)
        if route.work is Work.SMTP:
            return partial(try_logins, trying=self._bench.trying)
        if route.work is Work.CERTIFICATE:
            return partial(look_at_certificates, certifying=self._bench.certifying)
        if route.work is Work.KEYS and self._bench.rotating is not None:
            return partial(rotate, rotating=self._bench.rotating)
        if route.work is Work.ADDRESS:
            return partial(expire, confirming=self._bench.sending.confirming)
        first = route.work is Work.DNS_FRESH
        looking = Looking(
            unit_of_work=self._bench.unit_of_work,
            engine=self._bench.engine,
            write_down=self._scribes[first].write_down,
            first=first,
            hurry=self._hurry,
        )
        return partial(look, looking=looking)
