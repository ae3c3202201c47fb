"""What the fault tests of DKIM keys stand on: workers in processes of their own that die when they are told to."""

import os
import signal
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from multiprocessing.process import BaseProcess
from threading import Event

from domain.dkim_keys import Algorithm, Sighting
from domain.dkim_ports import MadeKey, NotPublished, OwnZone
from infra.db.engine import connect
from infra.db.installation import database_url, vault_of
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from tests.servers.forked import FORKED
from tests.servers.waiting import PATIENCE
from workers import bootstrap
from workers.bootstrap import dkim
from workers.crew import Crew, Post
from workers.dispatcher import Due, dispatch
from workers.intake import Arrival, take
from workers.rotation import Rotating, rotate
from workers.rounds import keep
from workers.routes import KEYS

ROUTE = replace(KEYS, poll=0.02)


class Death(StrEnum):
    """When a worker kills itself with SIGKILL; each is the first such moment that it comes to."""

    NEVER = "never"
    MADE = "a key is made, and nowhere but in its memory"
    COMMITTING = "all is written, and not committed"
    COMMITTED = "it is committed, and the ticket not acknowledged"
    ASKING = "our servers are about to be asked"
    ANSWERED = "they have answered"
    UPDATING = "an update is about to be sent"
    UPDATED = "the update was taken, and nobody knows"


def start_worker(settings: Settings, death: Death = Death.NEVER) -> BaseProcess:
    """Dispatch and work on keys, with the tickets in the memory of that process, until it is killed."""
    process = FORKED.Process(target=_work, args=(settings, death), daemon=True)
    process.start()
    return process


def start_intake(settings: Settings, death: Death, arrival: Arrival) -> BaseProcess:
    """Take one event, and die on the way."""
    process = FORKED.Process(target=_take, args=(settings, death, arrival), daemon=True)
    process.start()
    return process


def await_death(process: BaseProcess, death: Death) -> None:
    """Wait for the fault, and make sure that it was this one."""
    process.join(20 * PATIENCE)
    assert process.exitcode == -signal.SIGKILL, f"it did not come to this: {death}"


def _work(settings: Settings, death: Death) -> None:
    engine = connect(database_url(settings), role="worker", pool=10)
    rotating = dkim.rotating(settings, partial(_MortalUnit, settings, engine, death))
    assert rotating is not None
    line = bootstrap.ticket_line(settings)
    line.declare_queue(ROUTE.queue)
    Crew(line, [Post(ROUTE, partial(rotate, rotating=_mortal(rotating, death)))]).start()
    unit = bootstrap.unit_of_work(settings, engine)
    keep("dispatch", partial(dispatch, ROUTE, line, unit, Due(unit)), Event())


def _take(settings: Settings, death: Death, arrival: Arrival) -> None:
    engine = connect(database_url(settings), role="intake")
    take([arrival], bootstrap.tools(settings, partial(_MortalUnit, settings, engine, death)))


def _mortal(rotating: Rotating, death: Death) -> Rotating:
    def make(algorithm: Algorithm) -> MadeKey:
        made = rotating.make(algorithm)
        _die_if(death is Death.MADE)
        return made

    return replace(rotating, make=make, zone=_MortalZone(rotating.zone, death))


class _MortalUnit(SqlUnitOfWork):
    """A real transaction; what only reads is not committed, so the first commit is of something that was done."""

    def __init__(self, settings: Settings, engine: bootstrap.Database, death: Death) -> None:
        super().__init__(engine, vault_of(settings))
        self._death = death

    def commit(self) -> None:
        """As always, with a death before or after it."""
        _die_if(self._death is Death.COMMITTING)
        super().commit()
        _die_if(self._death is Death.COMMITTED)


@dataclass(frozen=True, slots=True)
class _MortalZone:
    """Our real zone, with a death before or after a question, or an update."""

    zone: OwnZone
    death: Death

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        _die_if(self.death is Death.UPDATING)
        refused = self.zone.publish(records)
        _die_if(self.death is Death.UPDATED and refused is None)
        return refused

    def look(self, names: Collection[str]) -> Sighting:
        _die_if(self.death is Death.ASKING)
        seen = self.zone.look(names)
        _die_if(self.death is Death.ANSWERED)
        return seen


def _die_if(now: bool) -> None:  # noqa: FBT001 - read by its name
    if now:
        os.kill(os.getpid(), signal.SIGKILL)
