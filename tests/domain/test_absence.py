"""A record that is not at its name: whether its domain is, and what a look that seeks less keeps of one that sought.

A routine look asks one question, and must not know less than the probing look before it.
"""

from dataclasses import dataclass, replace

import pytest

from domain.diagnosis import Code
from domain.judges.sending_domain import Known
from domain.observation import Answer, Delegation, NameServer, Observation, Seen
from domain.questions import misplacements
from domain.verdict import Finding, Status
from tests.domain.answers import (
    DOUBLED,
    FIRST,
    NAME,
    RECORD,
    REGISTRY,
    SIBLING,
    SILENCE,
    SOA,
    TARGET,
    TEXT,
    THREE,
    ZONE,
    at,
    by,
    found,
    looked,
    records,
    said,
    servers,
    source,
)

NS1 = "ns1.example.net"
R1 = "198.51.100.1"
DENIED, EMPTY = said(Seen.NXDOMAIN), said(Seen.NODATA)
OF_TLD = Answer(Seen.NXDOMAIN, address=R1, rcode="NXDOMAIN", zone="org")
OF_ZONE = Answer(Seen.NXDOMAIN, address=R1, rcode="NXDOMAIN", zone="example.net")
SUBZONE = Delegation("example.net", (NameServer(NS1, "192.0.2.1"),))


@dataclass(frozen=True, slots=True)
class Denial:
    """Who denies the record, and who the domain itself (None: it was not asked)."""

    record: tuple[Answer, Delegation | None]
    domain: tuple[Answer, Delegation | None] | None
    code: Code


DENIALS = {
    "the registry denies the domain": Denial((DENIED, REGISTRY), (DENIED, REGISTRY), Code.DOMAIN_NOT_FOUND),
    "the registry was asked for the record alone": Denial((DENIED, REGISTRY), None, Code.DOMAIN_NOT_FOUND),
    "the registry does not answer again": Denial((DENIED, REGISTRY), (SILENCE, REGISTRY), Code.DOMAIN_NOT_FOUND),
    "the registry has the name, without servers": Denial((DENIED, REGISTRY), (EMPTY, REGISTRY), Code.NOT_DELEGATED),
    "the registry has every name": Denial((EMPTY, REGISTRY), None, Code.NOT_DELEGATED),
    "a zone has no such name yet": Denial((DENIED, SUBZONE), (DENIED, SUBZONE), Code.RECORD_MISSING),
    "a zone has the name": Denial((DENIED, SUBZONE), (EMPTY, SUBZONE), Code.RECORD_MISSING),
    "the domain is there": Denial((DENIED, ZONE), (said(Seen.RECORDS, "…"), ZONE), Code.RECORD_MISSING),
    "the domain cannot be seen": Denial((DENIED, ZONE), (SILENCE, ZONE), Code.RECORD_MISSING),
    "resolvers deny, by the word of a registry": Denial((OF_TLD, None), None, Code.DOMAIN_NOT_FOUND),
    "resolvers deny, by nobody's word": Denial((DENIED, None), None, Code.DOMAIN_NOT_FOUND),
    "resolvers deny, by the word of a zone": Denial((OF_ZONE, None), None, Code.RECORD_MISSING),
}  # fmt: skip


@pytest.mark.parametrize("denial", DENIALS.values(), ids=DENIALS.keys())
def test_a_domain_is_not_there_only_by_the_word_of_its_registry(denial: Denial) -> None:
    """A subdomain that does not exist yet appears with its first record."""
    (answer, zone), domain = denial.record, denial.domain
    sights = [source(RECORD, answer, zone=zone)]
    if domain is not None:
        sights.append(source(SOA, domain[0], zone=domain[1]))

    finding = found(SILENCE, *sights)

    assert finding.diagnosis is not None
    assert (finding.status, finding.diagnosis.code) == (Status.MISSING, denial.code)


@pytest.mark.parametrize("code", [Code.NOT_DELEGATED, Code.DOMAIN_NOT_FOUND])
def test_what_the_registry_said_of_the_domain_is_kept_by_looks_that_do_not_ask(code: Code) -> None:
    """They see only that the record is denied."""
    answer = EMPTY if code is Code.NOT_DELEGATED else DENIED
    before = found(SILENCE, source(RECORD, DENIED, zone=REGISTRY), source(SOA, answer, zone=REGISTRY))

    again = found(SILENCE, source(RECORD, DENIED, zone=REGISTRY), known=Known(earlier=[before]))
    delegated = found(SILENCE, source(RECORD, DENIED), known=Known(earlier=[before]))

    assert again.diagnosis is not None
    assert delegated.diagnosis is not None
    assert (again.diagnosis.code, delegated.diagnosis.code) == (code, Code.RECORD_MISSING)


def test_an_earlier_finding_of_another_kind_does_not_hide_that_the_domain_is_gone() -> None:
    """The domain ran out while the record was missing."""
    before = found(DENIED)

    again = found(SILENCE, source(RECORD, DENIED, zone=REGISTRY), known=Known(earlier=[before]))

    assert again.diagnosis is not None
    assert again.diagnosis.code is Code.DOMAIN_NOT_FOUND


def after(before: Finding, answer: Answer, *more: Observation) -> Finding:
    """How the record stands in the look after that one."""
    return found(answer, *more, known=Known(earlier=[before]))


PLACES = {place.mistake: place.question for place in misplacements(FIRST)}
MISPLACED = {mistake: source(place, records(TARGET)) for mistake, place in PLACES.items()}
ADDRESSES = looked(source(at(NAME, "A"), records("192.0.2.9")), source(at(NAME, "AAAA"), EMPTY))


@pytest.mark.parametrize("mistake", MISPLACED)
@pytest.mark.parametrize("answer", [DENIED, EMPTY], ids=["no name", "no type"])
def test_a_misplaced_record_stays_known_until_its_place_is_seen_empty(mistake: str, answer: Answer) -> None:
    """Unseen is not gone."""
    before = found(DENIED, MISPLACED[mistake])
    unseen = [source(place.question, SILENCE) for place in misplacements(FIRST)]
    empty = [source(place.question, DENIED) for place in misplacements(FIRST)]

    assert before.diagnosis is not None
    assert before.diagnosis.code == f"dns.{mistake}"
    assert after(before, answer).gist == before.gist
    assert after(before, answer, *unseen).gist == before.gist
    assert after(before, answer, *empty).gist == found(answer).gist


@pytest.mark.parametrize(
    ("sight", "empty"),
    [
        (source(TEXT, records(TARGET)), source(TEXT, EMPTY)),
        (source(TEXT, records("v=DKIM1; p=MIGf")), source(TEXT, EMPTY)),
        (ADDRESSES, looked(source(at(NAME, "A"), EMPTY), source(at(NAME, "AAAA"), EMPTY))),
    ],
    ids=["target as text", "key as text", "proxied"],
)
def test_another_form_of_the_record_stays_known_while_the_name_is_there(
    sight: Observation, empty: Observation
) -> None:
    """Where no name is, nothing stands in another form."""
    before = found(EMPTY, sight)

    assert before.status is Status.WRONG
    assert after(before, EMPTY).gist == before.gist
    assert after(before, EMPTY, source(TEXT, SILENCE), source(at(NAME, "A"), SILENCE)).gist == before.gist
    assert after(before, EMPTY, empty).gist == found(EMPTY).gist
    assert after(before, DENIED).gist == found(DENIED).gist
    assert after(before, DENIED, source(RECORD, DENIED, zone=None)).diagnosis != before.diagnosis


@pytest.mark.parametrize(
    "before",
    [
        found(records("www.example.net"), source(at("www.example.net"), EMPTY)),
        found(SILENCE),
        found(records("a.example", "b.example")),
        replace(found(DENIED), diagnosis=None),
    ],
    ids=["elsewhere", "unseen", "several", "nothing said"],
)
def test_what_cannot_be_so_any_more_is_not_kept(before: Finding) -> None:
    """A record that is gone points nowhere."""
    assert after(before, DENIED).gist == found(DENIED).gist


PARTED = found(DENIED, servers(RECORD, DENIED, records(TARGET), records(TARGET), zone=THREE))


@pytest.mark.parametrize(
    ("more", "is_kept"),
    [
        ({}, True),
        (source(RECORD, by(2, DENIED)), True),
        (source(RECORD, by(3, DENIED)), True),
        (servers(RECORD, DENIED, DENIED, DENIED, zone=THREE), False),
        (servers(RECORD, DENIED, DENIED, SILENCE, zone=THREE), True),
        (servers(RECORD, DENIED, SILENCE, SILENCE, zone=THREE), True),
        (servers(RECORD, DENIED, zone=THREE), False),
    ],
    ids=["none", "one of two", "the other", "both", "one silent", "both silent", "none listed any more"],
)
def test_servers_that_had_the_record_may_have_it_until_all_of_them_were_heard(
    more: Observation, *, is_kept: bool
) -> None:
    """A routine look asks one of the others as often as not."""
    again = after(PARTED, DENIED, more)

    assert PARTED.diagnosis is not None
    assert PARTED.diagnosis.having == ("ns2.example.net", "ns3.example.net")
    assert again.diagnosis is not None
    assert again.diagnosis.code is (Code.PARTIAL if is_kept else Code.RECORD_MISSING)


def test_a_hop_that_was_parted_says_nothing_of_a_record_that_is_gone() -> None:
    """It was said of another name."""
    assert PARTED.diagnosis is not None
    hop = replace(PARTED, diagnosis=replace(PARTED.diagnosis, name="a.example"))

    again = after(hop, DENIED)

    assert again.gist == found(DENIED).gist


@pytest.mark.parametrize(
    ("answer", "more", "code"),
    [
        (records("shop.example.net"), {}, Code.WILDCARD),
        (records("shop.example.net"), source(SIBLING, SILENCE), Code.WILDCARD),
        (records("shop.example.net"), source(SIBLING, DENIED), Code.WRONG_TARGET),
        (records("www.example.net"), {}, Code.WRONG_TARGET),
        (DENIED, {}, Code.RECORD_MISSING),
    ],
    ids=["the same", "not seen again", "no wildcard any more", "another answer", "gone"],
)
def test_a_wildcard_stays_known_while_its_answer_is_the_same(
    answer: Answer, more: Observation, code: Code
) -> None:
    """A routine look does not ask for a name that nobody has published."""
    ends = looked(source(at("shop.example.net"), EMPTY), source(at("www.example.net"), EMPTY))
    before = found(records("shop.example.net"), source(SIBLING, records("shop.example.net")))

    again = after(before, answer, ends, more)

    assert before.diagnosis is not None
    assert before.diagnosis.code is Code.WILDCARD
    assert again.diagnosis is not None
    assert again.diagnosis.code is code


def test_only_the_record_itself_is_remembered() -> None:
    """The other one's mistake is its own."""
    before = found(DENIED, source(DOUBLED, records(TARGET)))
    other = replace(before, record=replace(FIRST, name="sg9-x._domainkey.example.org"))

    again = after(other, DENIED)

    assert again.gist == found(DENIED).gist
