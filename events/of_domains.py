"""What is told of sending domains: each news, and the report of a look."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, TypedDict

from domain.identity import Domain, Route, State
from domain.lifecycle import News, Step
from domain.names import DomainName, spell
from domain.verdict import Outcome
from events.catalogue import OutboundEvent
from events.catalogue.domains import (
    DomainAccepted,
    DomainAtRisk,
    DomainChecked,
    DomainClaimedElsewhere,
    DomainDiagnosisChanged,
    DomainExpired,
    DomainRecovered,
    DomainRemoved,
    DomainRevoked,
    DomainVerified,
)
from events.findings import checked_record, report
from events.parts import CheckedRecord, Record
from events.telling import Said, Telling


def told(domain: Domain, step: Step, telling: Telling) -> list[Said]:
    """The events of a step in the life of a domain, each with the event that led to it."""
    cause = telling.cause or domain.opened_by
    news = [(_TOLD_AS[one](domain, step, telling), cause) for one in step.news if one in _TOLD_AS]
    return news + [(_checked(domain, step, telling), request) for request in telling.requests]


def _accepted(domain: Domain, step: Step, _: Telling) -> DomainAccepted:
    return DomainAccepted(
        **about(domain),
        route=domain.route,
        records=tuple(
            Record(type=record.type, name=record.name, value=record.value, purpose=record.purpose)
            for record in domain.proof.records
        ),
        deadline=domain.deadline,
        next_check_at=step.due_at,
    )


def _diagnosis_changed(domain: Domain, step: Step, telling: Telling) -> DomainDiagnosisChanged:
    return DomainDiagnosisChanged(**_look(domain, step, telling))


def _checked(domain: Domain, step: Step, telling: Telling) -> DomainChecked:
    return DomainChecked(**_look(domain, step, telling))


def _verified(domain: Domain, _: Step, telling: Telling) -> DomainVerified:
    return DomainVerified(**about(domain), by="dns" if domain.route is Route.CLOUD else "smtp", at=telling.at)


def _claimed_elsewhere(domain: Domain, _: Step, telling: Telling) -> DomainClaimedElsewhere:
    return DomainClaimedElsewhere(**about(domain), at=telling.at)


def _turn(event: Callable[..., OutboundEvent], domain: Domain, _: Step, telling: Telling) -> OutboundEvent:
    """What became of a domain, with the diagnosis that it goes back to."""
    told = (report(finding, telling.providers) for finding in domain.findings)
    worst = next((one for one in told if one), None)
    code = worst.code if worst else None
    return event(**about(domain), at=telling.at, diagnosis=worst, code=code)


def _removed(domain: Domain, _: Step, telling: Telling) -> DomainRemoved:
    return DomainRemoved(**about(domain), at=telling.at)


_TOLD_AS: Final[Mapping[News, Callable[[Domain, Step, Telling], OutboundEvent]]] = {
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


class About(TypedDict):
    """What every event about a domain names."""

    account: str
    domain_id: str
    domain: str
    domain_unicode: str


class _Look(About):
    outcome: Outcome
    state: State
    attempt: int
    next_check_at: datetime | None
    records: tuple[CheckedRecord, ...]


def about(domain: Domain) -> About:
    """What every event about a domain names."""
    name = spell(domain.subject)
    return {
        "account": domain.account,
        "domain_id": domain.id,
        "domain": domain.subject,
        "domain_unicode": name.unicode if isinstance(name, DomainName) else domain.subject,
    }


def _look(domain: Domain, step: Step, telling: Telling) -> _Look:
    return {
        **about(domain),
        "outcome": telling.verdict.outcome,
        "state": domain.state,
        "attempt": telling.attempt,
        "next_check_at": step.due_at,
        "records": tuple(checked_record(one, telling.providers) for one in telling.verdict.findings),
    }
