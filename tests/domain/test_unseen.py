"""Why something could not be seen: which of many answers is told, and who is named."""

from dataclasses import dataclass

import pytest

from domain.diagnosis import Code, advice, summary
from domain.observation import Answer, Seen
from domain.verdict import Status
from tests.domain.answers import (
    NAME,
    RECORD,
    SILENCE,
    TARGET,
    by,
    found,
    resolver,
    said,
    source,
)

FAILED, REFUSED, LAME = said(Seen.SERVFAIL), said(Seen.REFUSED), said(Seen.LAME)
GARBAGE, BOGUS, ELSEWHERE = (
    said(Seen.MALFORMED),
    said(Seen.BOGUS, TARGET),
    said(Seen.REFERRAL, "ns.example.net"),
)
GONE = Answer(Seen.UNREACHABLE, server="ns1.example.net")
SIX = Answer(Seen.TIMEOUT, address="2001:db8::1", server="ns1.example.net")
NS1, NS2, NS3 = "ns1.example.net", "ns2.example.net", "ns3.example.net"
R1, R2 = "198.51.100.1", "198.51.100.2"


@dataclass(frozen=True, slots=True)
class Blind:
    """What was answered, and what is said of it."""

    answers: tuple[Answer, ...]
    code: Code
    servers: tuple[str, ...] = ()


BY_SERVERS = {
    "all silent": Blind((SILENCE, by(2, SILENCE)), Code.TIMEOUT, (NS1, NS2)),
    "all with an error": Blind((FAILED, by(2, FAILED)), Code.SERVFAIL, (NS1, NS2)),
    "all refuse": Blind((REFUSED, by(2, REFUSED)), Code.LAME_DELEGATION, (NS1, NS2)),
    "one lame, one refuses": Blind((LAME, by(2, REFUSED)), Code.LAME_DELEGATION, (NS1, NS2)),
    "one not to be reached, one lame": Blind((GONE, by(2, LAME)), Code.LAME_DELEGATION, (NS1, NS2)),
    "none to be reached": Blind((GONE,), Code.LAME_DELEGATION, (NS1,)),
    "referred in circles": Blind((ELSEWHERE,), Code.LAME_DELEGATION, (NS1,)),
    "garbage": Blind((GARBAGE,), Code.MALFORMED, (NS1,)),
    "bogus": Blind((BOGUS,), Code.BOGUS, (NS1,)),
    "bogus before an error": Blind((FAILED, by(2, BOGUS)), Code.BOGUS, (NS2,)),
    "an error before garbage": Blind((GARBAGE, by(2, FAILED)), Code.SERVFAIL, (NS2,)),
    "garbage before silence": Blind((SILENCE, by(2, GARBAGE)), Code.MALFORMED, (NS2,)),
    "silence before lameness": Blind((SILENCE, by(2, LAME), by(3, SILENCE)), Code.TIMEOUT, (NS1, NS3)),
    "one server at two addresses": Blind((SILENCE, SIX), Code.TIMEOUT, (NS1,)),
}  # fmt: skip
BY_RESOLVERS = {
    "all silent": Blind((SILENCE, SILENCE), Code.TIMEOUT),
    "all with an error": Blind((FAILED, FAILED), Code.SERVFAIL),
    "all refuse": Blind((REFUSED, REFUSED), Code.REFUSED, (R1, R2)),
    "bogus before all": Blind((FAILED, BOGUS), Code.BOGUS, (R2,)),
    "bogus before a denial": Blind((said(Seen.NXDOMAIN), BOGUS), Code.BOGUS, (R2,)),
    "an error before a refusal": Blind((REFUSED, FAILED), Code.SERVFAIL),
    "a refusal before silence": Blind((SILENCE, REFUSED), Code.REFUSED, (R2,)),
    "silence before garbage": Blind((GARBAGE, SILENCE), Code.TIMEOUT),
    "garbage": Blind((GARBAGE,), Code.MALFORMED),
    "an answer that names no servers": Blind((said(Seen.NODATA),), Code.MALFORMED),
    "a record of unknown origin": Blind((said(Seen.RECORDS, TARGET),), Code.MALFORMED),
}


@pytest.mark.parametrize("blind", BY_SERVERS.values(), ids=BY_SERVERS.keys())
def test_what_the_zones_own_servers_say_has_its_code(blind: Blind) -> None:
    """The most telling of what they say, and those who say it."""
    finding = found(SILENCE, source(RECORD, *blind.answers))

    assert finding.diagnosis is not None
    assert (finding.status, finding.seen) == (Status.UNKNOWN, ())
    assert (finding.diagnosis.code, finding.diagnosis.servers) == (blind.code, blind.servers)


@pytest.mark.parametrize("blind", BY_RESOLVERS.values(), ids=BY_RESOLVERS.keys())
def test_where_no_servers_are_found_the_resolvers_have_the_word(blind: Blind) -> None:
    """They are named where the sentence is about what they said; to an owner they are nothing."""
    answers = [resolver(answer, number) for number, answer in enumerate(blind.answers, start=1)]

    finding = found(SILENCE, source(RECORD, *answers, zone=None))

    assert finding.diagnosis is not None
    assert finding.status is Status.UNKNOWN
    assert (finding.diagnosis.code, finding.diagnosis.servers) == (blind.code, blind.servers)
    assert "198.51.100" not in summary(finding.diagnosis) + advice(finding.diagnosis)
    assert [one.address for one in finding.servers] == [answer.address for answer in answers]


def test_a_hop_that_cannot_be_seen_is_named_in_the_sentence() -> None:
    """Its zone is another one, run by somebody else."""
    finding = found(said(Seen.RECORDS, "a.example"), source(RECORD._replace(name="a.example"), SILENCE))

    assert finding.diagnosis is not None
    assert finding.diagnosis.name == "a.example"
    assert "a.example" in advice(finding.diagnosis)
    assert NAME not in summary(finding.diagnosis)


def test_a_record_without_a_value_is_not_seen() -> None:
    """No server sends such an answer; nothing is made of one."""
    finding = found(said(Seen.RECORDS))

    assert finding.diagnosis is not None
    assert (finding.status, finding.diagnosis.code) == (Status.UNKNOWN, Code.TIMEOUT)
