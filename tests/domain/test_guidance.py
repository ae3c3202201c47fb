"""What an owner is told of the panel that a finding has to be mended in."""

from dataclasses import replace
from typing import Final

import pytest

from domain.diagnosis import Code
from domain.provider import FinalDot, Guidance, Known, Provider, guidance, next_step
from domain.verdict import Finding
from tests.domain.building import CHALLENGE, a_finding

PANEL: Final = Provider(
    id="panel",
    name="Panel",
    name_servers=("ns.panel.example",),
    appends_domain=Known.YES,
    final_dot=FinalDot.FORBIDDEN,
)
RECORD: Final = CHALLENGE.records[0]


def at_panel(code: Code | None) -> Finding:
    """A finding in a zone that PANEL runs."""
    servers = ("a.ns.panel.example", "b.ns.panel.example")
    return replace(a_finding(RECORD, code), zone="example.org", name_servers=servers)


def said(finding: Finding) -> str:
    """What the owner is told to do."""
    assert finding.diagnosis is not None
    return next_step(finding.diagnosis, guidance(finding, [PANEL]))


def test_the_hints_follow_the_advice() -> None:
    """First what to do, then how it is done there."""
    told = said(at_panel(Code.RECORD_MISSING))

    assert told.startswith("In the DNS settings of example.org, add a record of type CNAME")
    assert "Enter only sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey as the name: Panel adds .example.org" in told


def test_where_the_advice_would_mislead_the_hints_take_its_place() -> None:
    """No dot is asked for where none may stand."""
    told = said(at_panel(Code.TARGET_ORIGIN_APPENDED))

    assert told.startswith(
        "Your DNS is run by Panel. Enter sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.dkim.signet.example"
    )
    assert "Add a dot" not in told


@pytest.mark.parametrize(
    "finding",
    [
        a_finding(RECORD, Code.RECORD_MISSING),
        replace(at_panel(Code.RECORD_MISSING), name_servers=("ns.elsewhere.example",)),
        at_panel(Code.TIMEOUT),
        at_panel(None),
    ],
    ids=["servers unknown", "provider unknown", "nothing to mend there", "nothing wrong"],
)
def test_without_a_panel_to_speak_of_there_is_only_the_advice(finding: Finding) -> None:
    """What is not known is not said."""
    guide = guidance(finding, [PANEL])

    assert guide.english == ()
    assert not guide.instead


def test_guidance_without_sentences_leaves_the_advice_as_it_is() -> None:
    """Most providers are not known."""
    finding = a_finding(RECORD, Code.TIMEOUT)

    assert finding.diagnosis is not None
    assert next_step(finding.diagnosis, Guidance()).startswith("You need not change the record.")
