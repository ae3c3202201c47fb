"""How a finding is told: the record, how it stands, and what is wrong with it in words."""

from domain.diagnosis import Diagnosis, advice, summary
from domain.verdict import Finding
from events.parts import CheckedRecord, DiagnosisReport


def checked_record(finding: Finding) -> CheckedRecord:
    """One record as `domain.checked` tells it."""
    record = finding.record
    return CheckedRecord(
        type=record.type,
        name=record.name,
        value=record.value,
        purpose=record.purpose,
        status=finding.status,
        seen=finding.seen,
        diagnosis=report(finding.diagnosis) if finding.diagnosis else None,
    )


def report(diagnosis: Diagnosis) -> DiagnosisReport:
    """What is wrong, and the next step, in English."""
    return DiagnosisReport(
        code=diagnosis.code,
        summary=summary(diagnosis),
        advice=advice(diagnosis),
        seen=diagnosis.seen,
        expected=diagnosis.expected,
        servers=diagnosis.servers,
    )
