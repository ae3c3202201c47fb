"""What DNS may answer about the records of CHALLENGE, spelled out: who was asked, who said what."""

from domain.judges.sending_domain import Known, judge
from domain.observation import (
    Answer,
    Asked,
    Delegation,
    NameServer,
    Observation,
    Question,
    Seen,
    Sight,
    Whom,
)
from domain.verdict import Finding, Verdict
from tests.domain.building import CHALLENGE

FIRST, SECOND = CHALLENGE.records
NAME = "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.example.org"
TARGET = "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.dkim.signet.example"
OTHER = "sg2-bbbbbbbbbbbbbbbbbbbbbbbbbb.dkim.signet.example"
OTHER_NAME = "sg2-bbbbbbbbbbbbbbbbbbbbbbbbbb._domainkey.example.org"
SIBLING_NAME = "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaax._domainkey.example.org"

ONE_SERVER = Delegation("example.org", (NameServer("ns1.example.net", "192.0.2.1"),))
ZONE = Delegation("example.org", (*ONE_SERVER.servers, NameServer("ns2.example.net", "192.0.2.2")))
THREE = Delegation("example.org", (*ZONE.servers, NameServer("ns3.example.net", "192.0.2.3")))
REGISTRY = Delegation("org", (NameServer("a0.org.example", "203.0.113.1"),), is_registry=True)


def at(name: str, type_: str = "CNAME") -> Question:
    """A question."""
    return Question(name, type_)


RECORD, SIBLING, SOA = at(NAME), at(SIBLING_NAME), at("example.org", "SOA")
DOUBLED = at(f"{NAME}.example.org")
TEXT = at(NAME, "TXT")


def records(*values: str) -> Answer:
    """A clear answer of the first name server."""
    return said(Seen.RECORDS, *values)


def said(seen: Seen, *values: str, ttl: int = 300) -> Answer:
    """An answer of the first name server."""
    rcode = {Seen.NXDOMAIN: "NXDOMAIN", Seen.REFUSED: "REFUSED", Seen.SERVFAIL: "SERVFAIL"}.get(
        seen, "NOERROR"
    )
    silent = seen in {Seen.TIMEOUT, Seen.MALFORMED, Seen.UNREACHABLE}
    return Answer(seen, values, "192.0.2.1", "" if silent else rcode, "ns1.example.net", ttl)


NOTHING = said(Seen.NXDOMAIN)
EMPTY = said(Seen.NODATA)
SILENCE = said(Seen.TIMEOUT)


def by(number: int, answer: Answer) -> Answer:
    """The same answer of another name server."""
    return answer._replace(address=f"192.0.2.{number}", server=f"ns{number}.example.net")


def resolver(answer: Answer, number: int = 1) -> Answer:
    """The same answer of a configured resolver."""
    return answer._replace(address=f"198.51.100.{number}", server="")


def source(question: Question, *answers: Answer, zone: Delegation | None = ZONE) -> Observation:
    """What one server said, after others that said nothing clear."""
    return {Asked(question): Sight(answers, zone)}


def servers(question: Question, *answers: Answer, zone: Delegation = ZONE) -> Observation:
    """What the servers of the zone said: the first answer is the first server's, and so on."""
    given = tuple(by(number, answer) for number, answer in enumerate(answers, start=1))
    return {Asked(question, Whom.SERVERS): Sight(given, zone)}


def resolvers(question: Question, *answers: Answer) -> Observation:
    """What the configured resolvers said."""
    given = tuple(resolver(answer, number) for number, answer in enumerate(answers, start=1))
    return {Asked(question, Whom.RESOLVERS): Sight(given)}


def everybody(question: Question, answer: Answer, zone: Delegation = ZONE) -> Observation:
    """Both servers of the zone and a resolver say the same."""
    asked = source(question, answer, zone=zone)
    return {**asked, **servers(question, answer, answer, zone=zone), **resolvers(question, answer)}


PROVEN_FIRST: Observation = {
    **everybody(RECORD, records(TARGET)),
    **source(SIBLING, NOTHING),
    **source(TEXT, EMPTY),
}
PROVEN_SECOND: Observation = {
    **everybody(at(OTHER_NAME), records(OTHER)),
    **source(at("sg2-bbbbbbbbbbbbbbbbbbbbbbbbbbx._domainkey.example.org"), NOTHING),
    **source(at(OTHER_NAME, "TXT"), EMPTY),
}


def looked(*parts: Observation) -> Observation:
    """One observation of many parts; of two that answer the same, the later counts."""
    return {asked: sight for part in parts for asked, sight in part.items()}


def verdict_of(first: Answer, *more: Observation, known: Known | None = None) -> Verdict:
    """The verdict where the second record is proven, and a server answers like this about the first."""
    return judge(CHALLENGE, looked(PROVEN_SECOND, source(RECORD, first), *more), known or Known())


def found(first: Answer, *more: Observation, known: Known | None = None) -> Finding:
    """How the first record stands then."""
    return verdict_of(first, *more, known=known).findings[0]
