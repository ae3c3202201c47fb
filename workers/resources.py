"""How an identity is shown to programs: the resource of the HTTP interface, and what `--json` prints.

Never a secret, never more than the contract names.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.advisories.advisory import Advisory
from domain.advisories.advisory import advice as advisory_advice
from domain.advisories.advisory import summary as advisory_summary
from domain.certificates import CertificateFacts
from domain.diagnosis import summary
from domain.identity import Identity
from domain.provider import Provider, guidance, next_step
from domain.signing_certificate import SigningCertificate
from domain.standing import Change, SeenLook, Standing
from domain.verdict import Finding, Status

Json = dict[str, object]


def resource(
    standing: Standing,
    looks: Sequence[SeenLook],
    history: Sequence[Change],
    providers: Sequence[Provider] = (),
) -> Json:
    """One identity, whole: with its records as the last look saw them, and every change of its state."""
    seen = {finding.record.name: finding for finding in looks[0].findings} if looks else {}
    identity = standing.identity
    records = [
        checked(seen.get(record.name, Finding(record=record, status=Status.UNKNOWN)), providers)
        for record in identity.proof.records
    ]
    changes = [
        {"at": moment(change.at), "state": change.state, "event_id": change.event_id} for change in history
    ]
    return {**item(standing), "records": records, "history": changes, **_own(identity)}


def _own(identity: Identity) -> Json:
    """What only its kind has to say."""
    if not isinstance(identity, SigningCertificate):
        return {}
    return {
        "certificate": None if identity.accepted is None else _certificate(identity.accepted.facts),
        "waits": identity.waits,
        "code": None if identity.reason is None else identity.reason.code,
    }


def _certificate(facts: CertificateFacts) -> Json:
    return {
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "fingerprint": facts.fingerprint,
        "not_before": moment(facts.not_before),
        "not_after": moment(facts.not_after),
    }


def item(standing: Standing) -> Json:
    """One identity as it stands in a list."""
    identity = standing.identity
    return {
        "id": identity.id,
        "kind": identity.kind,
        "account": identity.account,
        "subject": identity.shown,
        "state": identity.state,
        "generation": identity.generation,
        "created_at": moment(identity.created_at),
        "deadline": moment(identity.deadline),
        "next_check_at": None if standing.due_at is None else moment(standing.due_at),
        "attempt": attempts(standing),
    }


def attempts(standing: Standing) -> int:
    """How many looks were made in this window."""
    return standing.identity.looks_made if standing.attempt is None else standing.attempt - 1


def checked(finding: Finding, providers: Sequence[Provider] = ()) -> Json:
    """One record, and how it stands (product contract, section 5). The advice knows the panels of `providers`."""
    return {
        "type": finding.record.type,
        "name": finding.record.name,
        "expected": finding.record.value,
        "purpose": finding.record.purpose,
        "status": finding.status,
        "seen": list(finding.seen),
        "diagnosis": _diagnosis(finding, providers),
        "servers": [
            {"server": said.server, "address": said.address, "answer": list(said.answer), "rcode": said.rcode}
            for said in finding.servers
        ],
    }


def advised(advisory: Advisory) -> Json:
    """One advisory, in the form of a diagnosis (product contract, section 3)."""
    return {
        "code": advisory.code,
        "summary": advisory_summary(advisory),
        "advice": advisory_advice(advisory),
        "seen": list(advisory.seen),
        "expected": advisory.expected,
        "servers": list(advisory.servers),
    }


def _diagnosis(finding: Finding, providers: Sequence[Provider]) -> Json | None:
    diagnosis = finding.diagnosis
    if diagnosis is None:
        return None
    return {
        "code": diagnosis.code,
        "summary": summary(diagnosis),
        "advice": next_step(diagnosis, guidance(finding, providers)),
        "seen": list(diagnosis.seen),
        "expected": diagnosis.expected,
        "servers": list(diagnosis.servers),
    }


def moment(at: datetime) -> str:
    """RFC 3339, UTC, `Z`, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def expected_records(identity: Identity) -> list[Json]:
    """The records that the owner is to publish."""
    return [
        {"type": record.type, "name": record.name, "value": record.value, "purpose": record.purpose}
        for record in identity.proof.records
    ]
