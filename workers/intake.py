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

from domain.identity import Cause
from domain.ports import EventKey, StaleWrite, Stamped, SubjectKey
from domain.registration import Refused
from domain.unit_of_work import UnitOfWork
from events.announce import Telling, announce_event_refused
from events.catalogue import AddressRequest, CertificateRequest, FieldError, InboundEvent, LoginRequest
from events.catalogue.accounts import AccountRemovalRequested
from events.catalogue.certificates import CertificateUploaded
from events.codes import EventCode
from events.envelope import Envelope
from events.reading import parse
from workers import account_desk, address_desk, certificate_desk, domain_desk, login_desk
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
    subjects: tuple[SubjectKey, ...] = ()
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
    return _Reading(arrival=arrival, key=key, event=event, subjects=_subjects(event))


def _subjects(event: InboundEvent) -> tuple[SubjectKey, ...]:
    """The identities that an event is about."""
    if isinstance(event, AccountRemovalRequested):
        return ()
    if isinstance(event, AddressRequest):
        return address_desk.subjects(event)
    if isinstance(event, LoginRequest):
        return login_desk.subjects(event)
    if isinstance(event, CertificateRequest):
        return certificate_desk.subjects(event)
    return domain_desk.subjects(event)


def _serve(readings: Sequence[_Reading], tools: Tools, *, whole: bool) -> tuple[Answer, ...]:
    with tools.unit_of_work() as work:
        taken = set(work.inbox.take([reading.key for reading in readings if reading.event is not None]))
        desk = Desk(work, tools, {subject for reading in readings for subject in reading.subjects})
        _hold_slots(readings, work)
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


def _hold_slots(readings: Sequence[_Reading], work: UnitOfWork) -> None:
    """Before any mail or opening is planned: nobody else plans one for the same recipients and accounts meanwhile."""
    events = [reading.event for reading in readings if reading.event is not None]
    asking = [event for event in events if isinstance(event, AddressRequest)]
    mailed = [(key, event.account) for event in asking if (key := address_desk.recipient(event)) is not None]
    if mailed:
        work.confirmations.hold({key for key, _ in mailed}, {account for _, account in mailed})
    work.uploads.hold({event.account for event in events if isinstance(event, CertificateUploaded)})


def _answer(reading: _Reading, taken: set[EventKey], desk: Desk) -> Answer:
    """Serve one reading; a key that was `taken`, before or earlier in this batch, changes nothing again."""
    if reading.event is None:
        return RefusedEvent(errors=reading.errors)
    if reading.key in taken:
        return Duplicate()
    refused = _request(reading.event, reading, desk)
    if refused is not None:
        return refused
    taken.add(reading.key)
    return Accepted()


def _request(event: InboundEvent, reading: _Reading, desk: Desk) -> RefusedEvent | None:
    """Let the desk for its kind of identity serve a request."""
    if isinstance(event, AccountRemovalRequested):
        account_desk.serve(event, reading.key, desk)
        return None
    if isinstance(event, AddressRequest):
        unknown = address_desk.serve(event, reading.key, desk)
        return None if unknown is None else _refused("address", unknown.code, unknown.message)
    if isinstance(event, LoginRequest):
        refused = login_desk.serve(event, reading.arrival.envelope, reading.key, desk)
    elif isinstance(event, CertificateRequest):
        refused = certificate_desk.serve(event, reading.arrival.envelope, reading.key, desk)
    else:
        refused = domain_desk.serve(event, reading.key, desk)
    if refused is None:
        return None
    if not isinstance(refused, Refused):
        return RefusedEvent(errors=tuple(refused))
    named = "address" if isinstance(event, CertificateRequest) else "domain"
    field = named if refused.retry_at is None else ""
    return _refused(field, refused.code, refused.message, refused.retry_at)


def _refused(field: str, code: str, message: str, retry_at: datetime | None = None) -> RefusedEvent:
    return RefusedEvent(errors=(FieldError(field=field, code=code, message=message),), retry_at=retry_at)


def _cause(reading: _Reading) -> Cause:
    return Cause(id=reading.key.id, source=reading.key.source)


def _event_refused(reading: _Reading, answer: RefusedEvent, tools: Tools, now: datetime) -> Stamped:
    telling = Telling(source=tools.rules.source, at=now, cause=_cause(reading))
    envelope, publisher = reading.arrival.envelope, reading.key.publisher
    return announce_event_refused(envelope, answer.errors, answer.retry_at, publisher, telling)
