"""What DNS may answer about the records of CHALLENGE, spelled out."""

from domain.judges.sending_domain import judge
from domain.observation import Answer, Observation, Question, Seen
from domain.verdict import Finding, Verdict
from tests.domain.building import CHALLENGE

FIRST, SECOND = CHALLENGE.records
NAME = "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.example.org"
TARGET = "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.dkim.signet.example"
OTHER = "sg2-bbbbbbbbbbbbbbbbbbbbbbbbbb.dkim.signet.example"
DOUBLED = Question(f"{NAME}.example.org", "CNAME")
SOA = Question("example.org", "SOA")
NOTHING = Answer(Seen.NXDOMAIN, (), "192.0.2.1", "NXDOMAIN")
EMPTY = Answer(Seen.NODATA, (), "192.0.2.1", "NOERROR")


def records(*values: str) -> Answer:
    """A clear answer."""
    return Answer(Seen.RECORDS, values, "192.0.2.1", "NOERROR")


def at(name: str, type_: str = "CNAME") -> Question:
    """A question."""
    return Question(name, type_)


GOOD_SECOND = {at(SECOND.name): records(OTHER)}


def verdict_of(first: Answer, more: Observation | None = None, *earlier: Finding) -> Verdict:
    """The verdict where the second record is in place, and the first is answered like this."""
    return judge(CHALLENGE, {**GOOD_SECOND, at(NAME): first, **(more or {})}, earlier)
