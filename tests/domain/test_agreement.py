"""What a pass takes: which views of one record are enough, which disagree, and what the others say then."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from domain.diagnosis import Code
from domain.judges.sending_domain import Known, judge
from domain.observation import Answer, Asked, Delegation, NameServer, Observation, Seen, Whom
from domain.verdict import Outcome, Status
from tests.domain.answers import (
    EMPTY,
    NOTHING,
    ONE_SERVER,
    OTHER,
    PROVEN_FIRST,
    PROVEN_SECOND,
    RECORD,
    SILENCE,
    TARGET,
    THREE,
    ZONE,
    at,
    by,
    found,
    looked,
    records,
    resolvers,
    said,
    servers,
    source,
)
from tests.domain.building import CHALLENGE

YES = records(TARGET)
HOP = records("a.example")
OLD = records("sg1-old.dkim.signet.example")
LAME = said(Seen.LAME)
REFUSED = said(Seen.REFUSED)
FAILED = said(Seen.SERVFAIL)
BOGUS = said(Seen.BOGUS, TARGET)
UNREACHABLE = Delegation("example.org", (*ONE_SERVER.servers, NameServer("ns2.example.net", "")))

NS1, NS2, NS3 = "ns1.example.net", "ns2.example.net", "ns3.example.net"
R1, R2 = "198.51.100.1", "198.51.100.2"
OK, WRONG, UNKNOWN = Status.OK, Status.WRONG, Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class View:
    """What the servers of a zone and the configured resolvers say of one record; how it stands, and by whose word."""

    zone: Delegation
    servers: tuple[Answer, ...]
    resolvers: tuple[Answer, ...]
    status: Status
    code: Code | None = None
    named: tuple[str, ...] = ()
    having: tuple[str, ...] = ()


PASSING = {
    "2 of 2": View(ZONE, (YES, YES), (YES,), OK),
    "2 of 2, and no resolver answers": View(ZONE, (YES, YES), (SILENCE,), OK),
    "1 of 1": View(ONE_SERVER, (YES,), (YES,), OK),
    "1 of 1, and no resolver answers": View(ONE_SERVER, (YES,), (FAILED,), OK),
    "1 of 1 that has an address": View(UNREACHABLE, (YES,), (SILENCE,), OK),
    "1 of 2, the other silent, and a resolver": View(ZONE, (YES, SILENCE), (YES,), OK),
    "1 of 2, the other lame, and one of two resolvers": View(ZONE, (YES, LAME), (SILENCE, YES), OK),
    "2 of 3, the third silent": View(THREE, (YES, YES, SILENCE), (FAILED,), OK),
    "3 of 3": View(THREE, (YES, YES, YES), (), OK),
}
STALE = {
    "2 of 2, and a resolver denies": View(ZONE, (YES, YES), (NOTHING,), OK, Code.STALE_CACHE, (R1,)),
    "2 of 2, and a resolver knows no such type": View(
        ZONE, (YES, YES), (EMPTY,), OK, Code.STALE_CACHE, (R1,)
    ),
    "2 of 2, and a resolver has an older target": View(ZONE, (YES, YES), (OLD,), OK, Code.STALE_CACHE, (R1,)),
    "1 of 1, and a resolver denies": View(ONE_SERVER, (YES,), (NOTHING,), OK, Code.STALE_CACHE, (R1,)),
    "1 of 2, one resolver agrees and one denies": View(
        ZONE, (YES, SILENCE), (YES, NOTHING), OK, Code.STALE_CACHE, (R2,)
    ),
}
PARTED = {
    "2 of 3, one denies": View(THREE, (YES, YES, NOTHING), (YES,), WRONG, Code.PARTIAL, (NS3,), (NS1, NS2)),
    "2 of 3, one has an older target": View(
        THREE, (YES, OLD, YES), (YES,), WRONG, Code.PARTIAL, (NS2,), (NS1, NS3)
    ),
    "1 of 3, one denies and one is silent": View(
        THREE, (YES, EMPTY, SILENCE), (YES,), WRONG, Code.PARTIAL, (NS2,), (NS1,)
    ),
    "1 of 2, and a resolver calls it bogus": View(
        ZONE, (YES, NOTHING), (BOGUS,), WRONG, Code.PARTIAL, (NS2,), (NS1,)
    ),
}
TOO_FEW = {
    "1 of 2, the other silent": View(ZONE, (YES, SILENCE), (SILENCE,), UNKNOWN, Code.TIMEOUT, (NS2,)),
    "1 of 2, the other with an error": View(ZONE, (YES, FAILED), (SILENCE,), UNKNOWN, Code.SERVFAIL, (NS2,)),
    "1 of 2, the other refuses": View(
        ZONE, (YES, REFUSED), (SILENCE,), UNKNOWN, Code.LAME_DELEGATION, (NS2,)
    ),
    "1 of 3, one silent and one lame": View(
        THREE, (YES, LAME, SILENCE), (SILENCE,), UNKNOWN, Code.TIMEOUT, (NS3,)
    ),
    "1 of 2, the other silent, and the resolver denies": View(
        ZONE, (YES, SILENCE), (NOTHING,), UNKNOWN, Code.TIMEOUT, (NS2,)
    ),
    "1 of 2, the other not asked, and the resolver fails": View(
        ZONE, (YES,), (FAILED,), UNKNOWN, Code.SERVFAIL
    ),
    "1 of 2, the other not asked, and the resolver denies": View(
        ZONE, (YES,), (NOTHING,), UNKNOWN, Code.TIMEOUT
    ),
}
BOGUS_SOMEWHERE = {
    "2 of 2, and a resolver calls it bogus": View(ZONE, (YES, YES), (BOGUS,), UNKNOWN, Code.BOGUS, (R1,)),
    "2 of 2, and one of two resolvers calls it bogus": View(
        ZONE, (YES, YES), (YES, BOGUS), UNKNOWN, Code.BOGUS, (R2,)
    ),
    "1 of 1, and a resolver calls it bogus": View(ONE_SERVER, (YES,), (BOGUS,), UNKNOWN, Code.BOGUS, (R1,)),
}
VIEWS = {**PASSING, **STALE, **PARTED, **TOO_FEW, **BOGUS_SOMEWHERE}
OUTCOMES = {OK: Outcome.PASSED, WRONG: Outcome.NOT_YET, UNKNOWN: Outcome.INCONCLUSIVE}


def seen_in(view: View) -> Observation:
    """An observation in which the second record is proven, and the first is seen like this."""
    return looked(
        PROVEN_SECOND,
        PROVEN_FIRST,
        source(RECORD, YES, zone=view.zone),
        servers(RECORD, *view.servers, zone=view.zone),
        resolvers(RECORD, *view.resolvers) if view.resolvers else {},
    )


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_a_pass_takes_enough_views_that_agree_and_none_that_differs(view: View) -> None:
    """Two addresses of the zone's servers, or one and a resolver; or the one that the zone has."""
    verdict = judge(CHALLENGE, seen_in(view))

    finding = verdict.findings[0]
    diagnosis = finding.diagnosis
    assert (verdict.outcome, finding.status) == (OUTCOMES[view.status], view.status)
    assert (diagnosis and diagnosis.code) == view.code
    if diagnosis:
        assert (diagnosis.servers, diagnosis.having) == (view.named, view.having)


@pytest.mark.parametrize("hop", VIEWS.values(), ids=VIEWS.keys())
def test_the_same_holds_for_every_hop_of_a_chain(hop: View) -> None:
    """Each name along it lies in a zone of its own; what could not be seen names the hop."""
    chained = {
        Asked(at("a.example"), asked.whom) if asked.question == RECORD else asked: sight
        for asked, sight in seen_in(hop).items()
    }
    first = looked(source(RECORD, HOP), servers(RECORD, HOP, HOP), resolvers(RECORD, HOP))

    verdict = judge(CHALLENGE, looked(chained, first))

    finding = verdict.findings[0]
    assert (verdict.outcome, finding.status) == (OUTCOMES[hop.status], hop.status)
    assert (finding.diagnosis and finding.diagnosis.code) == hop.code
    if finding.diagnosis and hop.status is not OK:
        assert finding.diagnosis.name == "a.example"


def test_not_asking_the_others_is_not_hearing_them() -> None:
    """A resolver alone makes no second view before all servers of the zone were asked."""
    unasked = {
        asked: sight
        for asked, sight in looked(PROVEN_SECOND, PROVEN_FIRST).items()
        if asked != Asked(RECORD, Whom.SERVERS)
    }

    assert judge(CHALLENGE, unasked).outcome is Outcome.INCONCLUSIVE


def test_the_same_address_twice_is_one_view() -> None:
    """It was asked for the record, and again with all the others."""
    twice = looked(PROVEN_SECOND, PROVEN_FIRST, resolvers(RECORD, SILENCE), servers(RECORD, YES, SILENCE))

    assert judge(CHALLENGE, twice).outcome is Outcome.INCONCLUSIVE


def test_two_servers_that_reach_the_target_by_different_ways_agree() -> None:
    """One still has the alias, the other has the target itself."""
    by_alias = looked(
        PROVEN_SECOND,
        PROVEN_FIRST,
        source(RECORD, HOP),
        servers(RECORD, HOP, YES),
        source(at("a.example"), YES, zone=ONE_SERVER),
    )

    assert judge(CHALLENGE, by_alias).outcome is Outcome.PASSED


def test_one_server_that_says_two_things_is_named_with_its_addresses() -> None:
    """A name with two addresses, of which one has the record and the other not."""
    one_name = by(2, NOTHING)._replace(server=NS1)
    finding = found(
        YES,
        {
            Asked(RECORD, Whom.SERVERS): replace(
                servers(RECORD, YES)[Asked(RECORD, Whom.SERVERS)], answers=(YES, one_name)
            )
        },
    )

    assert finding.diagnosis is not None
    assert finding.diagnosis.having == (f"{NS1} (192.0.2.1)",)
    assert finding.diagnosis.servers == (f"{NS1} (192.0.2.2)",)


@pytest.mark.parametrize(
    "sight",
    [
        source(RECORD, YES),
        looked(source(RECORD, by(2, SILENCE), YES), resolvers(RECORD, NOTHING)),
    ],
    ids=["one server", "after a silent one"],
)
def test_for_a_proven_domain_one_server_is_enough(sight: Observation) -> None:
    """The hourly look costs one query for each record."""
    other = source(at(CHALLENGE.records[1].name), records(OTHER))

    verdict = judge(CHALLENGE, looked(sight, other), Known(thorough=False))

    assert verdict.outcome is Outcome.PASSED


def test_a_proven_domain_whose_server_cannot_be_found_is_not_seen() -> None:
    """Resolvers alone prove nothing, also later."""
    verdict = judge(CHALLENGE, looked(PROVEN_SECOND, source(RECORD, YES, zone=None)), Known(thorough=False))

    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_proven_domain_whose_hop_cannot_be_found_is_not_seen() -> None:
    """The same behind an alias."""
    hops = looked(source(RECORD, HOP), source(at("a.example"), YES, zone=None))

    verdict = judge(CHALLENGE, looked(PROVEN_SECOND, hops), Known(thorough=False))

    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_record_in_place_is_in_place_while_the_other_is_missing() -> None:
    """Nobody else is asked before a pass is near."""
    verdict = judge(
        CHALLENGE, looked(source(RECORD, NOTHING), source(at(CHALLENGE.records[1].name), records(OTHER)))
    )

    assert [finding.status for finding in verdict.findings] == [Status.MISSING, Status.OK]


def test_an_older_answer_is_served_until_the_last_resolver_forgets_it() -> None:
    """The time of the look, and the TTL that came with the answer."""
    at_noon = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    older = resolvers(
        RECORD, said(Seen.NXDOMAIN, ttl=60), said(Seen.NODATA, ttl=3600), said(Seen.RECORDS, TARGET, ttl=9999)
    )

    finding = found(YES, PROVEN_FIRST, older, known=Known(at=at_noon))

    assert finding.diagnosis is not None
    assert finding.diagnosis.until == datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


def test_without_the_time_of_the_look_nobody_knows_until_when() -> None:
    """It is said all the same."""
    finding = found(YES, PROVEN_FIRST, resolvers(RECORD, NOTHING))

    assert finding.diagnosis is not None
    assert (finding.diagnosis.code, finding.diagnosis.until) == (Code.STALE_CACHE, None)


def test_everybody_who_was_asked_is_named_with_what_they_said() -> None:
    """Side by side: the zone's servers by name, silent ones too, and the resolvers."""
    finding = found(
        YES,
        PROVEN_FIRST,
        source(RECORD, by(2, SILENCE), YES, zone=THREE),
        servers(RECORD, YES, SILENCE, LAME, zone=THREE),
        resolvers(RECORD, YES),
    )

    assert [(one.server, one.address, one.answer, one.rcode, one.seen) for one in finding.servers] == [
        (NS2, "192.0.2.2", (), "", Seen.TIMEOUT),
        (NS1, "192.0.2.1", (TARGET,), "NOERROR", Seen.RECORDS),
        (NS3, "192.0.2.3", (), "NOERROR", Seen.LAME),
        ("", R1, (TARGET,), "NOERROR", Seen.RECORDS),
    ]
    assert finding.status is Status.OK
