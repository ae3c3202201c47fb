"""Between the findings of a look and the text that keeps them.

A finding names its record by the place it has in the challenge, leaves out of its diagnosis what the record says
already, and its zone where that is the zone of the finding before: a million pending domains write these all day.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.challenge import Challenge, ExpectedRecord
from domain.diagnosis import Code, Diagnosis
from domain.observation import Seen
from domain.verdict import Finding, ServerAnswer, Status

Json = Any

NOWHERE: Final = [""]


def findings_to(findings: Sequence[Finding], challenge: Challenge) -> str:
    """Findings as they are stored."""
    if not findings:
        return "[]"
    places = {record: place for place, record in enumerate(challenge.records)}
    stored: list[Json] = []
    zone = NOWHERE
    for finding in findings:
        fields = _finding_to(finding, places.get(finding.record))
        before, zone = zone, [finding.zone, *finding.name_servers]
        if zone != before:
            fields["zone"] = zone
        stored.append(fields)
    return dump(stored)


def findings_from(text: str, challenge: Challenge) -> tuple[Finding, ...]:
    """Findings as they were; `challenge` is the one that they were stored with."""
    if text == "[]":
        return ()
    findings: list[Finding] = []
    zone = NOWHERE
    for fields in json.loads(text):
        zone = fields.get("zone", zone)
        findings.append(_finding_from(fields, challenge, zone))
    return tuple(findings)


def dump(value: Json) -> str:
    """JSON without a blank too many."""
    return json.dumps(value, separators=(",", ":"))


def record_to(record: ExpectedRecord) -> Json:
    """A record as it is stored."""
    return [record.type, record.name, record.value, record.purpose]


def record_from(fields: Json) -> ExpectedRecord:
    """The record that was stored."""
    return ExpectedRecord(type=fields[0], name=fields[1], value=fields[2], purpose=fields[3])


def _finding_to(finding: Finding, place: int | None) -> dict[str, Json]:
    stored: dict[str, Json] = {
        "record": record_to(finding.record) if place is None else place,
        "status": finding.status,
    }
    if finding.seen:
        stored["seen"] = finding.seen
    if finding.diagnosis:
        stored["diagnosis"] = _diagnosis_to(finding.diagnosis, finding)
    if finding.servers:
        stored["servers"] = [
            [said.server, said.address, _manner_to(said), *said.answer] for said in finding.servers
        ]
    return stored


def _manner_to(said: ServerAnswer) -> str:
    """The response code, and how it was meant: one text, as it is the first alone in older rows."""
    return f"{said.rcode}/{said.seen}" if said.seen else said.rcode


def _server_from(fields: Json) -> ServerAnswer:
    rcode, _, seen = fields[2].partition("/")
    return ServerAnswer(
        server=fields[0],
        address=fields[1],
        rcode=rcode,
        seen=Seen(seen) if seen else None,
        answer=tuple(fields[3:]),
    )


def _finding_from(stored: Json, challenge: Challenge, zone: Sequence[str]) -> Finding:
    place = stored["record"]
    record = challenge.records[place] if isinstance(place, int) else record_from(place)
    seen = tuple(stored.get("seen", ()))
    diagnosis = stored.get("diagnosis")
    return Finding(
        record=record,
        status=Status(stored["status"]),
        seen=seen,
        diagnosis=_diagnosis_from(diagnosis, record, seen) if diagnosis else None,
        servers=tuple(map(_server_from, stored.get("servers", ()))),
        zone=zone[0],
        name_servers=tuple(zone[1:]),
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
    if diagnosis.having:
        stored["having"] = diagnosis.having
    if diagnosis.until:
        stored["until"] = diagnosis.until.isoformat()
    return stored


def _diagnosis_from(stored: Json, record: ExpectedRecord, seen: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(
        code=Code(stored["code"]),
        name=stored.get("name", record.name),
        expected=stored.get("expected", record.value),
        seen=tuple(stored.get("seen", seen)),
        servers=tuple(stored.get("servers", ())),
        having=tuple(stored.get("having", ())),
        until=datetime.fromisoformat(stored["until"]) if "until" in stored else None,
    )
