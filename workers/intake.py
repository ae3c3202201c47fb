"""Takes what upstream services say: a whole batch in one transaction, in the order in which it came.

Law: an event's effect, the events that it leads to, and the memory that it was taken land
together or not at all. Nothing here waits for anything but the database.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from domain.identity import Cause, Kind
from domain.names import DomainName, as_given, spell
from domain.ports import EventKey, StaleWrite, Stamped, SubjectKey
from domain.registration import Refused, unknown
from events.announce import Telling, announce_event_refused
from events.catalogue import (
    DomainRegistered,
    DomainRemovalRequested,
    DomainVerificationRequested,
    FieldError,
    InboundEvent,
)
from events.codes import EventCode
from events.envelope import Envelope
from events.reading import parse
from workers.desk import Desk
from workers.tools import Tools

log = structlog.get_logger()

TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One event at the door. `accounts` are those its publisher may speak for; None means any."""

    publisher: str
    accounts: frozenset[str] | None
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Accepted:
    """Taken; its effect is in the database."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Taken before; nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """Not taken: it breaks a rule of form, or asks for what is not there. `retry_at` where waiting helps."""

    errors: tuple[FieldError, ...]
    retry_at: datetime | None = None


Answer = Accepted | Duplicate | RefusedEvent
RESULTS: Final = {Accepted: "accepted", Duplicate: "duplicate", RefusedEvent: "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """An arrival, read: its event and whom it is about, or what is wrong with it."""

    arrival: Arrival
    key: EventKey
    event: InboundEvent | None = None
    subject: SubjectKey | None = None
    errors: tuple[FieldError, ...] = ()


def take(arrivals: Sequence[Arrival], tools: Tools, *, whole: bool = False) -> tuple[Answer, ...]:
    """Take a batch, and answer each. With `whole`, nothing of it is taken where one is refused.

    Raises NotReachable where the database is away: then nothing happened.
    """
    readings = [_read(arrival) for arrival in arrivals]
    answers = _serve_patiently(readings, tools, whole=whole)
    for kind, events in Counter(type(answer) for answer in answers).items():
        tools.counted(RESULTS[kind], events)
    return answers


def _serve_patiently(readings: Sequence[_Reading], tools: Tools, *, whole: bool) -> tuple[Answer, ...]:
    """Serve again where another writer came first."""
    for tried in range(1, TRIES):
        try:
            return _serve(readings, tools, whole=whole)
        except StaleWrite:
            log.info("intake.overtaken", tried=tried)
    return _serve(readings, tools, whole=whole)


def _read(arrival: Arrival) -> _Reading:
    envelope = arrival.envelope
    key = EventKey(publisher=arrival.publisher, source=envelope.source, id=envelope.id)
    event = parse(envelope)
    if isinstance(event, tuple):
        return _Reading(arrival=arrival, key=key, errors=event)
    if arrival.accounts is not None and event.account not in arrival.accounts:
        message = "This publisher may not speak for this account."
        error = FieldError(field="account", code=EventCode.NOT_ALLOWED, message=message)
        return _Reading(arrival=arrival, key=key, errors=(error,))
    return _Reading(arrival=arrival, key=key, event=event, subject=_subject(event))


def _subject(event: InboundEvent) -> SubjectKey | None:
    name = spell(event.domain)
    if not isinstance(name, DomainName):
        return None
    return SubjectKey(kind=Kind.DOMAIN, account=event.account, subject=name.ascii)


def _serve(readings: Sequence[_Reading], tools: Tools, *, whole: bool) -> tuple[Answer, ...]:
    with tools.unit_of_work() as work:
        taken = set(work.inbox.take([reading.key for reading in readings if reading.event is not None]))
        desk = Desk(work, tools, {reading.subject for reading in readings if reading.subject is not None})
        answers = tuple(_answer(reading, taken, desk) for reading in readings)
        refused = [
            (reading, answer)
            for reading, answer in zip(readings, answers, strict=True)
            if isinstance(answer, RefusedEvent)
        ]
        if whole and refused:
            return answers
        desk.tell([_event_refused(reading, answer, tools, work.now) for reading, answer in refused])
        work.inbox.forget([reading.key for reading, _ in refused if reading.event is not None])
        desk.write()
        work.commit()
    return answers


def _answer(reading: _Reading, taken: set[EventKey], desk: Desk) -> Answer:
    """Serve one reading; a key that was `taken`, before or earlier in this batch, changes nothing again."""
    if reading.event is None:
        return RefusedEvent(errors=reading.errors)
    if reading.key in taken:
        return Duplicate()
    refused = _request(reading.event, reading, desk)
    if refused is not None:
        field = "domain" if refused.retry_at is None else ""
        error = FieldError(field=field, code=refused.code, message=refused.message)
        return RefusedEvent(errors=(error,), retry_at=refused.retry_at)
    taken.add(reading.key)
    return Accepted()


def _request(event: InboundEvent, reading: _Reading, desk: Desk) -> Refused | None:
    match event:
        case DomainRegistered():
            desk.register(event, reading.key)
            return None
        case _ if reading.subject is None:
            return unknown(as_given(event.domain))
        case DomainVerificationRequested():
            return desk.look_again(reading.subject, _cause(reading))
        case DomainRemovalRequested():
            return desk.remove(reading.subject, _cause(reading))


def _cause(reading: _Reading) -> Cause:
    return Cause(id=reading.key.id, source=reading.key.source)


def _event_refused(reading: _Reading, answer: RefusedEvent, tools: Tools, now: datetime) -> Stamped:
    telling = Telling(source=tools.rules.source, at=now, cause=_cause(reading))
    envelope, publisher = reading.arrival.envelope, reading.key.publisher
    return announce_event_refused(envelope, answer.errors, answer.retry_at, publisher, telling)
