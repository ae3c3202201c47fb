"""What is seen where each DNS code is said: an observation for each, which the judge itself is shown.

For scripts/dns_pages.py. Names and addresses are those of documentation (RFC 2606, RFC 5737).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from domain.challenge import dkim_challenge
from domain.diagnosis import Code
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
from domain.questions import misplacements, sibling
from domain.verdict import Finding

TOKENS: Final = ("b7k2q4x6m3n5p7r2t4v6w3y5a2", "h4j6l2n3p5r7t2v4x6z3b5d7f2")
CHALLENGE: Final = dkim_challenge("example.com", TOKENS, "dkim.signet.example")
FIRST, SECOND = CHALLENGE.records
NAME, TARGET = FIRST.name, FIRST.value
NOON: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT_NOON: Final = Known(at=NOON)
EARLIER: Final = "sg1-c2e4g6i3k5m7o2q4s6u3w5y7a2.dkim.signet.example"

ZONE: Final = Delegation(
    "example.com",
    (NameServer("ns1.example.net", "192.0.2.1"), NameServer("ns2.example.net", "192.0.2.2")),
)
REGISTRY: Final = Delegation("com", (NameServer("a.registry.example", "203.0.113.1"),), is_registry=True)
RCODES: Final = {Seen.NXDOMAIN: "NXDOMAIN", Seen.SERVFAIL: "SERVFAIL", Seen.REFUSED: "REFUSED"}
WITHOUT_A_WORD: Final = frozenset({Seen.TIMEOUT, Seen.MALFORMED, Seen.UNREACHABLE})
PLACES: Final = {place.mistake: place.question for place in reversed(misplacements(FIRST))}


@dataclass(frozen=True, slots=True)
class Example:
    """What the case is, and what was seen of the first record; `known` is what was known before."""

    situation: str
    observation: Observation
    known: Known = AT_NOON

    @property
    def finding(self) -> Finding:
        """How the judge says that the record stands; the other record is in place."""
        other = source(Question(SECOND.name, "CNAME"), given(SECOND.value))
        return judge(
            CHALLENGE, {**other, **everybody(SECOND.name, SECOND.value), **self.observation}, self.known
        ).findings[0]


def answer(seen: Seen, *values: str) -> Answer:
    """An answer of the first name server."""
    rcode = "" if seen in WITHOUT_A_WORD else RCODES.get(seen, "NOERROR")
    return Answer(seen, values, "192.0.2.1", rcode, "ns1.example.net", ttl=3600)


def given(*values: str) -> Answer:
    """Records of the first name server."""
    return answer(Seen.RECORDS, *values)


def other(said: Answer) -> Answer:
    """The same of the second name server."""
    return said._replace(address="192.0.2.2", server="ns2.example.net")


def resolver(said: Answer) -> Answer:
    """The same of a configured resolver."""
    return said._replace(address="198.51.100.53", server="")


def source(question: Question, *answers: Answer, zone: Delegation | None = ZONE) -> Observation:
    """What one server said, after others that said nothing clear."""
    return {Asked(question): Sight(answers, zone)}


def record(*answers: Answer, zone: Delegation | None = ZONE) -> Observation:
    """What is said of the record's name."""
    return source(Question(NAME, "CNAME"), *answers, zone=zone)


def everybody(name: str, target: str) -> Observation:
    """All say that a CNAME stands at the name."""
    question, said = Question(name, "CNAME"), given(target)
    return {
        **source(question, said),
        Asked(question, Whom.SERVERS): Sight((said, other(said)), ZONE),
        Asked(question, Whom.RESOLVERS): Sight((resolver(said),)),
    }


def servers(*answers: Answer) -> Observation:
    """What each server of the zone says of the record's name."""
    return {Asked(Question(NAME, "CNAME"), Whom.SERVERS): Sight(answers, ZONE)}


def resolvers(said: Answer) -> Observation:
    """What a configured resolver says of the record's name."""
    return {Asked(Question(NAME, "CNAME"), Whom.RESOLVERS): Sight((resolver(said),))}


def pointing(target: str) -> Observation:
    """The record points to something, and nothing stands there."""
    return {**record(given(target)), **source(Question(target, "CNAME"), NOTHING)}


def misplaced(mistake: str) -> Observation:
    """The record stands where that mistake leads."""
    return {**record(NOTHING), **source(PLACES[mistake], given(TARGET))}


def at_the_name(type_: str, value: str) -> Observation:
    """Records of another type stand at the record's name."""
    return {**record(EMPTY), **source(Question(NAME, type_), given(value))}


def chain(*names: str) -> Observation:
    """Each of these names points to the next."""
    steps = zip((NAME, *names), names, strict=False)
    return {Asked(Question(a, "CNAME")): Sight((given(b),), ZONE) for a, b in steps}


NOTHING: Final = answer(Seen.NXDOMAIN)
EMPTY: Final = answer(Seen.NODATA)
PROVEN: Final = everybody(NAME, TARGET)
DOMAIN: Final = Question("example.com", "SOA")

# The codes that come with the keys have none yet.
EXAMPLES: Final[Mapping[Code, Example]] = {
    Code.DOMAIN_NOT_FOUND: Example(
        "The domain does not exist.",
        {**record(NOTHING, zone=REGISTRY), **source(DOMAIN, NOTHING, zone=REGISTRY)},
    ),
    Code.NOT_DELEGATED: Example(
        "The domain's parent lists no name servers for it.",
        {**record(NOTHING, zone=REGISTRY), **source(DOMAIN, EMPTY, zone=REGISTRY)},
    ),
    Code.RECORD_MISSING: Example("Nothing stands at the name.", record(NOTHING)),
    Code.NAME_DOUBLED: Example(
        "The record was found at a name that has the domain twice.", misplaced("name_doubled")
    ),
    Code.LABEL_MISSING: Example(
        "The record was found at a name without `_domainkey`, or at the bare domain.",
        misplaced("label_missing"),
    ),
    Code.UNDERSCORE_LOST: Example(
        "The record was found under `domainkey` or `-domainkey`.", misplaced("underscore_lost")
    ),
    Code.WRONG_ZONE: Example(
        "The record was found at the same name under another level: the parent, or `www.`",
        misplaced("wrong_zone"),
    ),
    Code.WRONG_TARGET: Example("A CNAME to something else.", pointing("www.example.net")),
    Code.TARGET_TYPO: Example(
        "A near miss: the target differs by one or two letters.", pointing(TARGET.replace("signet", "sinet"))
    ),
    Code.TARGET_ORIGIN_APPENDED: Example(
        "The target has the owner's domain glued on: its final dot was forgotten.",
        pointing(f"{TARGET}.example.com"),
    ),
    Code.TARGET_MALFORMED: Example(
        "Quotes, a scheme, spaces or a path in the target.", record(given(f"https://{TARGET}"))
    ),
    Code.TARGET_STALE: Example(
        "A target of an earlier registration of this domain by the same account.",
        pointing(EARLIER),
        Known(stale_targets={EARLIER}),
    ),
    Code.SELECTORS_SWAPPED: Example(
        "Record 1 points to target 2, and the other way round.",
        {**record(given(SECOND.value)), **source(Question(SECOND.name, "CNAME"), given(TARGET))},
    ),
    Code.TXT_INSTEAD_OF_CNAME: Example(
        "The target was pasted into a TXT record.", at_the_name("TXT", TARGET)
    ),
    Code.KEY_AS_TXT: Example(
        "A DKIM key is published directly as TXT (flattened): that would break rotation.",
        at_the_name("TXT", "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
    ),
    Code.PROXIED: Example(
        "An address stands at the name: the DNS provider proxies or flattens the record.",
        at_the_name("A", "203.0.113.80"),
    ),
    Code.MULTIPLE_CNAMES: Example("More than one CNAME.", record(given(TARGET, "www.example.net"))),
    Code.CNAME_WITH_OTHER_DATA: Example(
        "A CNAME beside other records.",
        {**PROVEN, **source(Question(NAME, "TXT"), given("v=spf1 -all"))},
    ),
    Code.WILDCARD: Example(
        "The answer is synthesised from a wildcard: every name there has it.",
        {**record(given("shop.example.net")), **source(sibling(FIRST), given("shop.example.net"))},
    ),
    Code.CNAME_LOOP: Example(
        "The chain of CNAMEs never ends.", chain("a.example.net", "b.example.net", "a.example.net")
    ),
    Code.CNAME_CHAIN_TOO_LONG: Example(
        "The chain of CNAMEs has more than 8 hops.",
        chain(*(f"hop{number}.example.net" for number in range(1, 10))),
    ),
    Code.PARTIAL: Example(
        "Some of the zone's own servers have the record, others not.",
        {**PROVEN, **servers(given(TARGET), other(NOTHING))},
    ),
    Code.LAME_DELEGATION: Example(
        "Listed servers refuse, cannot be reached, or do not answer for the zone.",
        record(answer(Seen.LAME), other(answer(Seen.REFUSED))),
    ),
    Code.SERVFAIL: Example(
        "The servers answer with an error.", record(answer(Seen.SERVFAIL), other(answer(Seen.SERVFAIL)))
    ),
    Code.REFUSED: Example(
        "A configured resolver refuses, so that the domain's name servers cannot be found.",
        record(resolver(answer(Seen.REFUSED)), zone=None),
    ),
    Code.TIMEOUT: Example(
        "The servers do not answer in time.", record(answer(Seen.TIMEOUT), other(answer(Seen.TIMEOUT)))
    ),
    Code.BOGUS: Example(
        "A resolver that checks DNSSEC signatures holds the answer to be forged or badly signed.",
        {**PROVEN, **resolvers(answer(Seen.BOGUS))},
    ),
    Code.MALFORMED: Example("An answer cannot be read.", record(answer(Seen.MALFORMED))),
    Code.STALE_CACHE: Example(
        "The zone's own servers have it; resolvers may serve the old answer until a named time.",
        {**PROVEN, **resolvers(NOTHING)},
    ),
}
