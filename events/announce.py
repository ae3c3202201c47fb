"""Turns what became true into the events that say so, numbered and frozen.

Pure: the same step told at the same time gives the same bytes. An event's id is made of
its identity's id and its sequence, so that it is the same whenever it is made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, TypedDict

from domain.identity import Cause, Identity, Route, State
from domain.lifecycle import News, Step
from domain.names import DomainName, Refusal, as_given, spell
from domain.ports import EventKey, Stamped
from domain.registration import Refused
from domain.verdict import Outcome, Verdict
from events.catalogue import (
    DomainAccepted,
    DomainAtRisk,
    DomainChecked,
    DomainClaimedElsewhere,
    DomainDiagnosisChanged,
    DomainExpired,
    DomainRecovered,
    DomainRefused,
    DomainRegistered,
    DomainRemoved,
    DomainRevoked,
    DomainVerified,
    EventRefused,
    FieldError,
    OutboundEvent,
)
from events.envelope import Envelope
from events.findings import checked_record, report
from events.parts import CheckedRecord, Record
from events.reading import account_of
from events.writing import Stamp, refusal_id, write

BLIND: Final = Verdict(Outcome.INCONCLUSIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The circumstances: as whom we speak, when, because of what; and the look it comes from, where one was made.

    `attempt` is the number of that look, `requests` are those that it answers.
    """

    source: str
    at: datetime
    cause: Cause | None = None
    attempt: int = 0
    verdict: Verdict = BLIND
    requests: tuple[Cause, ...] = ()


def announce(step: Step, telling: Telling) -> tuple[Identity, tuple[Stamped, ...]]:
    """The events of a step, in order, and the identity with its sequence moved on."""
    cause = telling.cause or step.identity.opened_by
    told = [(_TOLD_AS[news](step, telling), cause) for news in step.news if news in _TOLD_AS]
    told += [(_checked(step, telling), request) for request in telling.requests]
    first = step.identity.sequence + 1
    events = tuple(
        _number(event, step.identity, sequence, telling, because)
        for sequence, (event, because) in enumerate(told, start=first)
    )
    return replace(step.identity, sequence=step.identity.sequence + len(events)), events


def announce_refusal(
    wanted: DomainRegistered, why: Refused | Refusal, key: EventKey, telling: Telling
) -> Stamped:
    """A registration that made no identity: `domain.refused`, with the same id whenever the same event comes."""
    shown = as_given(wanted.domain)
    name = spell(wanted.domain)
    event = DomainRefused(
        account=wanted.account,
        domain=name.ascii if isinstance(name, DomainName) else shown,
        domain_unicode=name.unicode if isinstance(name, DomainName) else shown,
        code=why.code,
        message=why.message,
    )
    event_id = refusal_id(key.publisher, key.source, key.id, DomainRefused.TYPE.encode())
    return _stamp(event, event_id, telling)


def announce_event_refused(
    envelope: Envelope,
    errors: Sequence[FieldError],
    retry_at: datetime | None,
    publisher: str,
    telling: Telling,
) -> Stamped:
    """An event that was not taken: `event.refused`, with another id for a corrected event."""
    event = EventRefused(
        account=account_of(envelope),
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        errors=tuple(errors),
        retry_at=retry_at,
    )
    content = repr((envelope.type, envelope.subject, envelope.data, envelope.data_base64, retry_at))
    event_id = refusal_id(
        publisher, envelope.source, envelope.id, content.encode("utf-8", "backslashreplace")
    )
    return _stamp(event, event_id, telling)


def _stamp(event: DomainRefused | EventRefused, event_id: str, telling: Telling) -> Stamped:
    """Freeze an event that is about no identity."""
    stamp = Stamp(id=event_id, source=telling.source, time=telling.at, cause=telling.cause)
    return Stamped(
        id=event_id,
        type=event.TYPE,
        account=event.account,
        subject=event.subject,
        identity_id=None,
        sequence=None,
        body=write(event, stamp),
    )


def _number(
    event: OutboundEvent, identity: Identity, sequence: int, telling: Telling, cause: Cause | None
) -> Stamped:
    """Freeze an event of an identity, under its number."""
    event_id = f"{identity.id}.{sequence}"
    stamp = Stamp(id=event_id, source=telling.source, time=telling.at, sequence=sequence, cause=cause)
    return Stamped(
        id=event_id,
        type=event.TYPE,
        account=identity.account,
        subject=identity.subject,
        identity_id=identity.id,
        sequence=sequence,
        body=write(event, stamp),
    )


def _accepted(step: Step, _: Telling) -> DomainAccepted:
    identity = step.identity
    return DomainAccepted(
        **_about(identity),
        route=identity.route,
        records=tuple(
            Record(type=record.type, name=record.name, value=record.value, purpose=record.purpose)
            for record in identity.challenge.records
        ),
        deadline=identity.deadline,
        next_check_at=step.due_at,
    )


def _diagnosis_changed(step: Step, telling: Telling) -> DomainDiagnosisChanged:
    return DomainDiagnosisChanged(**_look(step, telling))


def _checked(step: Step, telling: Telling) -> DomainChecked:
    return DomainChecked(**_look(step, telling))


def _verified(step: Step, telling: Telling) -> DomainVerified:
    return DomainVerified(
        **_about(step.identity), by="dns" if step.identity.route is Route.CLOUD else "smtp", at=telling.at
    )


def _claimed_elsewhere(step: Step, telling: Telling) -> DomainClaimedElsewhere:
    return DomainClaimedElsewhere(**_about(step.identity), at=telling.at)


def _turn(event: Callable[..., OutboundEvent], step: Step, telling: Telling) -> OutboundEvent:
    """What became of a domain, with the diagnosis that it goes back to."""
    worst = next((report(finding.diagnosis) for finding in step.identity.findings if finding.diagnosis), None)
    code = worst.code if worst else None
    return event(**_about(step.identity), at=telling.at, diagnosis=worst, code=code)


def _removed(step: Step, telling: Telling) -> DomainRemoved:
    return DomainRemoved(**_about(step.identity), at=telling.at)


_TOLD_AS: Final[Mapping[News, Callable[[Step, Telling], OutboundEvent]]] = {
    News.ACCEPTED: _accepted,
    News.DIAGNOSIS_CHANGED: _diagnosis_changed,
    News.VERIFIED: _verified,
    News.CLAIMED_ELSEWHERE: _claimed_elsewhere,
    News.EXPIRED: partial(_turn, DomainExpired),
    News.AT_RISK: partial(_turn, DomainAtRisk),
    News.RECOVERED: partial(_turn, DomainRecovered),
    News.REVOKED: partial(_turn, DomainRevoked),
    News.REMOVED: _removed,
}


class _About(TypedDict):
    account: str
    domain_id: str
    domain: str
    domain_unicode: str


class _Look(_About):
    outcome: Outcome
    state: State
    attempt: int
    next_check_at: datetime | None
    records: tuple[CheckedRecord, ...]


def _about(identity: Identity) -> _About:
    name = spell(identity.subject)
    return {
        "account": identity.account,
        "domain_id": identity.id,
        "domain": identity.subject,
        "domain_unicode": name.unicode if isinstance(name, DomainName) else identity.subject,
    }


def _look(step: Step, telling: Telling) -> _Look:
    return {
        **_about(step.identity),
        "outcome": telling.verdict.outcome,
        "state": step.identity.state,
        "attempt": telling.attempt,
        "next_check_at": step.due_at,
        "records": tuple(checked_record(finding) for finding in telling.verdict.findings),
    }
