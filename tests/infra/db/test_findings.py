"""Findings as they are stored: they come back as they were, and say nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.diagnosis import Code
from domain.observation import Seen
from domain.verdict import Finding, ServerAnswer
from infra.db.findings import findings_from, findings_to
from tests.domain.building import CHALLENGE, MISSING, START

FIRST, SECOND = MISSING.findings
SAID = (
    ServerAnswer(server="ns1.example.net", address="192.0.2.1", rcode="NXDOMAIN", seen=Seen.NXDOMAIN),
    ServerAnswer(server="ns2.example.net", address="192.0.2.2", seen=Seen.TIMEOUT),
    ServerAnswer(server="ns2.example.net", address="192.0.2.3", rcode="NOERROR", seen=Seen.LAME),
    ServerAnswer(
        server="", address="192.0.2.4:53", answer=("x.example",), rcode="NOERROR", seen=Seen.RECORDS
    ),
    ServerAnswer(server="", address="192.0.2.5", rcode="NXDOMAIN"),  # stored before `seen` was kept
)


def at(finding: Finding, zone: str) -> Finding:
    """The same finding in a zone with two servers."""
    return replace(finding, zone=zone, name_servers=(f"ns1.{zone}", f"ns2.{zone}"))


@pytest.mark.parametrize(
    "findings",
    [
        (FIRST, SECOND),
        (replace(FIRST, servers=SAID), SECOND),
        (at(FIRST, "example.org"), at(SECOND, "example.org")),
        (at(FIRST, "example.org"), SECOND),
        (FIRST, at(SECOND, "example.org")),
        (at(FIRST, "example.org"), at(SECOND, "_domainkey.example.org")),
    ],
    ids=["bare", "with servers", "in one zone", "the second in none", "the first in none", "in two zones"],
)
def test_findings_come_back_as_they_were(findings: tuple[Finding, ...]) -> None:
    """With whose zone they lie in, and how each server answered."""
    assert findings_from(findings_to(findings, CHALLENGE), CHALLENGE) == findings


def test_a_diagnosis_comes_back_with_who_has_the_record_and_until_when() -> None:
    """What its sentences speak of."""
    assert FIRST.diagnosis
    parted = replace(FIRST.diagnosis, code=Code.PARTIAL, having=("ns1",), servers=("ns2",))
    stale = replace(FIRST.diagnosis, code=Code.STALE_CACHE, until=START + timedelta(seconds=90))
    findings = tuple(replace(FIRST, diagnosis=one) for one in (parted, stale))

    assert findings_from(findings_to(findings, CHALLENGE), CHALLENGE) == findings


def test_a_zone_is_stored_once_for_all_records_that_lie_in_it() -> None:
    """A million pending domains have two records each."""
    findings = (at(FIRST, "example.org"), at(SECOND, "example.org"))

    assert findings_to(findings, CHALLENGE).count("ns1.example.org") == 1
