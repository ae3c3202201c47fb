"""How a finding is told: the record, how it stands, and what is wrong with it in words."""

from collections.abc import Sequence

from domain.diagnosis import summary
from domain.provider import Provider, guidance, next_step
from domain.verdict import Finding
from events.parts import CheckedRecord, DiagnosisReport


def checked_record(finding: Finding, providers: Sequence[Provider]) -> CheckedRecord:
    """One record as `domain.checked` tells it."""
    record = finding.record
    return CheckedRecord(
        type=record.type,
        name=record.name,
        value=record.value,
        purpose=record.purpose,
        status=finding.status,
        seen=finding.seen,
        diagnosis=report(finding, providers),
    )


def report(finding: Finding, providers: Sequence[Provider]) -> DiagnosisReport | None:
    """What is wrong, and the next step where these providers are known, in English; None where nothing is wrong."""
    diagnosis = finding.diagnosis
    if diagnosis is None:
        return None
    return DiagnosisReport(
        code=diagnosis.code,
        summary=summary(diagnosis),
        advice=next_step(diagnosis, guidance(finding, providers)),
        seen=diagnosis.seen,
        expected=diagnosis.expected,
        servers=diagnosis.servers,
    )
