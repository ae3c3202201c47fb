"""Between rows and what they mean.

A finding names its record by the place it has in the challenge, and leaves out of its diagnosis
what the record says already: a million pending domains write these all day.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import to_json

from domain.challenge import Challenge, ExpectedRecord
from domain.diagnosis import Code, Diagnosis
from domain.identity import Cause, Contact, Identity, Kind, Route, State
from domain.verdict import Finding, ServerAnswer, Status

Json = Any

IDENTITY_COLUMNS: Final = (
    "i.id::text, i.kind, i.account, i.subject, i.generation, i.challenge::text, i.plan, i.route, i.contact::text,"
    " i.created_at, i.window_at, i.acted_at, i.deadline, i.last_look_at, i.state, i.findings::text, i.reminded,"
    " i.opened_by::text, i.looks_made, i.sequence, i.version"
)
IDENTITY_WIDTH: Final = 21

# What never changes of an identity, and what a write may change: its columns and their types.
FIXED: Final = {
    "id": "uuid",
    "kind": "text",
    "account": "text",
    "subject": "text",
    "generation": "int",
    "challenge": "json",
    "created_at": "timestamptz",
}
MOVING: Final = {
    "state": "text",
    "sequence": "int",
    "plan": "text",
    "route": "text",
    "contact": "json",
    "window_at": "timestamptz",
    "acted_at": "timestamptz",
    "deadline": "timestamptz",
    "last_look_at": "timestamptz",
    "findings": "json",
    "reminded": "bool",
    "opened_by": "json",
    "looks_made": "int",
}


def identity_from(row: Sequence[Any]) -> Identity:
    """The identity in a row of IDENTITY_COLUMNS."""
    challenge = challenge_from(row[5])
    return Identity(
        id=row[0],
        kind=Kind(row[1]),
        account=row[2],
        subject=row[3],
        generation=row[4],
        challenge=challenge,
        plan=row[6],
        route=Route(row[7]),
        contact=_contact_from(row[8]),
        created_at=row[9],
        window_at=row[10],
        acted_at=row[11],
        deadline=row[12],
        last_look_at=row[13],
        state=State(row[14]),
        findings=findings_from(row[15], challenge),
        reminded=row[16],
        opened_by=_cause_from(row[17]),
        looks_made=row[18],
        sequence=row[19],
        version=row[20],
    )


def fixed_columns(identity: Identity) -> tuple[Any, ...]:
    """The values of FIXED."""
    return (
        identity.id,
        identity.kind.value,
        identity.account,
        identity.subject,
        identity.generation,
        _write([_record_to(record) for record in identity.challenge.records]),
        identity.created_at,
    )


def moving_columns(identity: Identity) -> tuple[Any, ...]:
    """The values of MOVING."""
    contact, cause = identity.contact, identity.opened_by
    return (
        identity.state.value,
        identity.sequence,
        identity.plan,
        identity.route.value,
        None if contact is None else _write([contact.email, contact.locale]),
        identity.window_at,
        identity.acted_at,
        identity.deadline,
        identity.last_look_at,
        findings_to(identity.findings, identity.challenge),
        identity.reminded,
        None if cause is None else _write([cause.id, cause.source, cause.request]),
        identity.looks_made,
    )


def tokens_of(challenge: Challenge) -> tuple[str, ...]:
    """The tokens in the names of the records: `sg1-<token>._domainkey.…`."""
    return tuple(record.name.partition(".")[0].partition("-")[2] for record in challenge.records)


def challenge_from(text: str) -> Challenge:
    """The challenge that was stored."""
    return Challenge(tuple(_record_from(fields) for fields in json.loads(text)))


def findings_to(findings: Sequence[Finding], challenge: Challenge) -> str:
    """Findings as they are stored."""
    if not findings:
        return "[]"
    places = {record: place for place, record in enumerate(challenge.records)}
    return _dump([_finding_to(finding, places.get(finding.record)) for finding in findings])


def findings_from(text: str, challenge: Challenge) -> tuple[Finding, ...]:
    """Findings as they were; `challenge` is the one that they were stored with."""
    if text == "[]":
        return ()
    return tuple(_finding_from(fields, challenge) for fields in json.loads(text))


def arrays(types: Mapping[str, str]) -> str:
    """The arguments of `unnest` for columns: one binary array each, named as its column."""
    return ", ".join(f"%({name})b::{kind}[]" for name, kind in types.items())


def columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows turned into one list per column, as one statement takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


def _dump(value: Json) -> str:
    """What was seen in the DNS: escaped, so that even half a surrogate can be stored."""
    return json.dumps(value, separators=(",", ":"))


def _write(value: Json) -> str:
    """What was judged at the door: it is sound text, and pydantic writes it four times faster."""
    return to_json(value).decode()


def _contact_from(text: str | None) -> Contact | None:
    if text is None:
        return None
    email, locale = json.loads(text)
    return Contact(email=email, locale=locale)


def _cause_from(text: str | None) -> Cause | None:
    if text is None:
        return None
    cause_id, source, request = json.loads(text)
    return Cause(id=cause_id, source=source, request=request)


def _record_to(record: ExpectedRecord) -> Json:
    return [record.type, record.name, record.value, record.purpose]


def _record_from(fields: Json) -> ExpectedRecord:
    return ExpectedRecord(type=fields[0], name=fields[1], value=fields[2], purpose=fields[3])


def _finding_to(finding: Finding, place: int | None) -> Json:
    stored: dict[str, Json] = {
        "record": _record_to(finding.record) if place is None else place,
        "status": finding.status,
    }
    if finding.seen:
        stored["seen"] = finding.seen
    if finding.diagnosis:
        stored["diagnosis"] = _diagnosis_to(finding.diagnosis, finding)
    if finding.servers:
        stored["servers"] = [
            [server.server, server.address, server.rcode, *server.answer] for server in finding.servers
        ]
    return stored


def _finding_from(stored: Json, challenge: Challenge) -> Finding:
    place = stored["record"]
    record = challenge.records[place] if isinstance(place, int) else _record_from(place)
    seen = tuple(stored.get("seen", ()))
    diagnosis = stored.get("diagnosis")
    return Finding(
        record=record,
        status=Status(stored["status"]),
        seen=seen,
        diagnosis=_diagnosis_from(diagnosis, record, seen) if diagnosis else None,
        servers=tuple(
            ServerAnswer(server=fields[0], address=fields[1], rcode=fields[2], answer=tuple(fields[3:]))
            for fields in stored.get("servers", ())
        ),
    )


def _diagnosis_to(diagnosis: Diagnosis, finding: Finding) -> Json:
    stored: dict[str, Json] = {"code": diagnosis.code}
    if diagnosis.name != finding.record.name:
        stored["name"] = diagnosis.name
    if diagnosis.expected != finding.record.value:
        stored["expected"] = diagnosis.expected
    if diagnosis.seen != finding.seen:
        stored["seen"] = diagnosis.seen
    if diagnosis.servers:
        stored["servers"] = diagnosis.servers
    return stored


def _diagnosis_from(stored: Json, record: ExpectedRecord, seen: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(
        code=Code(stored["code"]),
        name=stored.get("name", record.name),
        expected=stored.get("expected", record.value),
        seen=tuple(stored.get("seen", seen)),
        servers=tuple(stored.get("servers", ())),
    )
