"""`signet show`: the last look, server by server, and what to do at the provider."""

from dataclasses import replace

from domain.diagnosis import Code
from domain.observation import Seen
from domain.verdict import Finding, Outcome, ServerAnswer, Verdict
from infra.db.engine import connect
from infra.db.unit_of_work import units
from tests.conformance import building
from tests.domain.building import a_finding
from tests.signet.conftest import Command

WEDOS = ("ns.wedos.cz", "ns.wedos.eu")


def seen(finding: Finding, *answers: tuple[str, Seen]) -> Finding:
    """The same finding in a zone at WEDOS, with what each of its servers said."""
    said = tuple(
        ServerAnswer(server=server, address=f"192.0.2.{number}", rcode=rcode, seen=how)
        for number, (server, (rcode, how)) in enumerate(zip(WEDOS, answers, strict=True), start=1)
    )
    return replace(finding, servers=said, zone="example.org", name_servers=WEDOS)


def looked_at(database_url: str) -> None:
    """Register `example.org`, and write one look at it: its first record is missing, its second could not be seen."""
    engine = connect(database_url, role="test")
    unit = units(engine)
    building.register(unit)
    (awaited,) = building.awaited(unit, building.claim(unit))
    first, second = awaited.identity.challenge.records
    missing, silent = ("NXDOMAIN", Seen.NXDOMAIN), ("", Seen.TIMEOUT)
    findings = (
        seen(a_finding(first), missing, missing),
        seen(a_finding(second, Code.TIMEOUT), ("SERVFAIL", Seen.SERVFAIL), silent),
    )
    building.write(unit, [building.waiting(awaited, Verdict(Outcome.NOT_YET, findings))])
    engine.dispose()


def told(signet: Command) -> str:
    """What `signet show` says, with one blank where there are several."""
    return "\n".join(" ".join(line.split()) for line in signet("show", "example.org").out.splitlines())


def test_the_last_look_is_shown_server_by_server(signet: Command, database_url: str) -> None:
    """One line where they agree, side by side where they do not."""
    looked_at(database_url)

    page = told(signet)

    assert "DNS run by WEDOS: ns.wedos.cz, ns.wedos.eu\n" in page
    assert "Record 1 (CNAME): missing\n" in page
    assert "Both name servers: no such name.\n" in page
    assert "Record 2 (CNAME): could not be seen\n" in page
    assert "ns.wedos.cz 192.0.2.1 error\n" in page
    assert "ns.wedos.eu 192.0.2.2 no answer\n" in page


def test_the_provider_is_known_to_people_and_to_programs(signet: Command, database_url: str) -> None:
    """What its panel asks for stands beside the advice, on the page and in the document."""
    looked_at(database_url)

    (item,) = signet("show", "example.org", "--json").json["items"]

    hint = "WEDOS adds .example.org by itself."
    assert hint in told(signet)
    assert hint in item["records"][0]["diagnosis"]["advice"]
    assert hint not in item["records"][1]["diagnosis"]["advice"]


def test_what_nobody_has_looked_at_is_shown_with_what_to_publish(signet: Command, database_url: str) -> None:
    """Nothing is said of it yet."""
    engine = connect(database_url, role="test")
    building.register(units(engine))
    engine.dispose()

    page = told(signet)

    assert "Record 1 (CNAME): not looked at yet\n" in page
    assert "Should be sg1-" in page
    assert "DNS -\n" in page
