"""The judge of sending domains: what the answer about one record means, spelled out case by case."""

from dataclasses import dataclass

import pytest

from domain.diagnosis import Code
from domain.judges.sending_domain import Known
from domain.observation import Delegation, NameServer, Observation, Seen
from domain.verdict import Outcome, Status
from tests.domain.answers import (
    DOUBLED,
    EMPTY,
    FIRST,
    NAME,
    NOTHING,
    OTHER,
    PROVEN_FIRST,
    RECORD,
    SIBLING,
    SIBLING_NAME,
    SILENCE,
    TARGET,
    TEXT,
    at,
    by,
    everybody,
    looked,
    records,
    said,
    servers,
    source,
    verdict_of,
)

MISSING = (Outcome.NOT_YET, Status.MISSING)
WRONG = (Outcome.NOT_YET, Status.WRONG)
UNKNOWN = (Outcome.INCONCLUSIVE, Status.UNKNOWN)
OK = (Outcome.PASSED, Status.OK)

STALE = "sg1-cccccccccccccccccccccccccc.dkim.signet.example"
KEY = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ=="
CDN = Delegation("a.example", (NameServer("ns.a.example", "203.0.113.7"),))


@dataclass(frozen=True, slots=True)
class Case:
    """What is seen, and what that means for the first record; the second one is proven."""

    sight: Observation
    meaning: tuple[Outcome, Status]
    code: Code | None
    seen: tuple[str, ...] = ()


def one(first: str, *more: Observation) -> Observation:
    """The name points to this."""
    return looked(source(RECORD, records(first)), *more)


def empty(*more: Observation) -> Observation:
    """The name exists, without a CNAME; a probe found this."""
    return looked(source(RECORD, EMPTY), source(DOUBLED, NOTHING), *more)


def nothing(*more: Observation) -> Observation:
    """The name does not exist; a probe found this."""
    return looked(source(RECORD, NOTHING), source(DOUBLED, NOTHING), *more)


def chain(*hops: str) -> Observation:
    """CNAMEs, each pointing to the next."""
    return looked(
        *(source(at(name), records(target)) for name, target in zip((NAME, *hops), hops, strict=False))
    )


NEAR = TARGET.replace("signet", "sinet")
HOPS = tuple(f"hop{number}.example" for number in range(1, 10))

IN_PLACE = {
    "in place": Case(PROVEN_FIRST, OK, None, (TARGET,)),
    "behind a chain": Case(
        looked(PROVEN_FIRST, everybody(RECORD, records("a.example")), everybody(at("a.example"), records(TARGET))),
        OK, None, ("a.example",),
    ),
    "a server of the chain is the only one of its zone": Case(
        looked(
            PROVEN_FIRST,
            everybody(RECORD, records("a.example")),
            source(at("a.example"), records(TARGET), zone=CDN),
        ),
        OK, None, ("a.example",),
    ),
    "a wildcard beside it that leads elsewhere": Case(
        looked(PROVEN_FIRST, source(SIBLING, records("www.example.net"))), OK, None, (TARGET,)
    ),
    "nobody tells whether there is a wildcard": Case(
        looked(PROVEN_FIRST, source(SIBLING, SILENCE)), OK, None, (TARGET,)
    ),
    "the question beside it is refused": Case(
        looked(PROVEN_FIRST, source(TEXT, said(Seen.REFUSED))), OK, None, (TARGET,)
    ),
    "the question beside it is not answered": Case(
        looked(PROVEN_FIRST, source(TEXT, SILENCE)), OK, None, (TARGET,)
    ),
}  # fmt: skip

ELSEWHERE = {
    "elsewhere": Case(
        one("www.example.net", source(at("www.example.net"), EMPTY)),
        WRONG, Code.WRONG_TARGET, ("www.example.net",),
    ),
    "to the root": Case(one(""), WRONG, Code.WRONG_TARGET, (".",)),
    "the other record's target": Case(one(OTHER, source(at(OTHER), EMPTY)), WRONG, Code.WRONG_TARGET, (OTHER,)),
    "a letter missing": Case(one(NEAR, source(at(NEAR), NOTHING)), WRONG, Code.TARGET_TYPO, (NEAR,)),
    "a near miss in a zone that cannot be seen": Case(
        one(NEAR, source(at(NEAR), SILENCE)), WRONG, Code.TARGET_TYPO, (NEAR,)
    ),
    "two letters wrong": Case(
        one(TARGET.replace("signet", "sxxnet")), WRONG, Code.TARGET_TYPO, (TARGET.replace("signet", "sxxnet"),)
    ),
    "three letters wrong": Case(
        one(TARGET.replace("signet", "sxxxet"), source(at(TARGET.replace("signet", "sxxxet")), NOTHING)),
        WRONG, Code.WRONG_TARGET, (TARGET.replace("signet", "sxxxet"),),
    ),
    "the final dot forgotten": Case(
        one(f"{TARGET}.example.org"), WRONG, Code.TARGET_ORIGIN_APPENDED, (f"{TARGET}.example.org",)
    ),
    "the final dot forgotten in a zone below": Case(
        one(f"{TARGET}._domainkey.example.org"),
        WRONG, Code.TARGET_ORIGIN_APPENDED, (f"{TARGET}._domainkey.example.org",),
    ),
    "a strange zone behind the target": Case(
        one(f"{TARGET}.an-example.org", source(at(f"{TARGET}.an-example.org"), NOTHING)),
        WRONG, Code.WRONG_TARGET, (f"{TARGET}.an-example.org",),
    ),
    "a scheme before it": Case(one(f"https://{TARGET}"), WRONG, Code.TARGET_MALFORMED, (f"https://{TARGET}",)),
    "in quotes": Case(one(f'"{TARGET}"'), WRONG, Code.TARGET_MALFORMED, (f'"{TARGET}"',)),
    "a target of an earlier registration": Case(one(STALE), WRONG, Code.TARGET_STALE, (STALE,)),
    "several, one of them ours": Case(
        source(RECORD, records(TARGET, "a.example")), WRONG, Code.MULTIPLE_CNAMES, ("a.example", TARGET)
    ),
    "several at a hop": Case(
        one("a.example", source(at("a.example"), records(TARGET, "b.example"))),
        WRONG, Code.WRONG_TARGET, ("a.example",),
    ),
    "a text beside it": Case(
        looked(PROVEN_FIRST, source(TEXT, records("v=spf1 -all"))),
        WRONG, Code.CNAME_WITH_OTHER_DATA, ("v=spf1 -all",),
    ),
    "every name there has its target": Case(
        looked(PROVEN_FIRST, source(SIBLING, records(TARGET))), WRONG, Code.WILDCARD, (TARGET,)
    ),
    "every name there leads to its target": Case(
        looked(
            PROVEN_FIRST,
            source(SIBLING, records("a.example")),
            source(at("a.example"), records(TARGET)),
        ),
        WRONG, Code.WILDCARD, (TARGET,),
    ),
    "every name there has the same wrong target": Case(
        one("shop.example.net", source(SIBLING, records("shop.example.net"))),
        WRONG, Code.WILDCARD, ("shop.example.net",),
    ),
    "to itself": Case(one(NAME), WRONG, Code.CNAME_LOOP, (NAME,)),
    "in a circle": Case(chain("a.example", "b.example", "a.example"), WRONG, Code.CNAME_LOOP, ("a.example",)),
    "over eight hops": Case(chain(*HOPS), WRONG, Code.CNAME_CHAIN_TOO_LONG, ("hop1.example",)),
    "over eight hops, the target last": Case(
        chain(*HOPS[:8], TARGET), WRONG, Code.CNAME_CHAIN_TOO_LONG, ("hop1.example",)
    ),
    "another server has the right one": Case(
        one("old.example.net", servers(RECORD, records("old.example.net"), records(TARGET))),
        WRONG, Code.PARTIAL, ("old.example.net", TARGET),
    ),
}  # fmt: skip

ABSENT = {
    "no such name": Case(source(RECORD, NOTHING), MISSING, Code.RECORD_MISSING),
    "no such type": Case(source(RECORD, EMPTY), MISSING, Code.RECORD_MISSING),
    "no such name, and probes found nothing": Case(
        nothing(source(at("example.org", "SOA"), records("ns.example.org. …"))), MISSING, Code.RECORD_MISSING
    ),
    "the name doubled": Case(
        nothing(source(DOUBLED, records(TARGET))), MISSING, Code.NAME_DOUBLED, (f"{NAME}.example.org",)
    ),
    "the name doubled, and the target as well": Case(
        nothing(source(DOUBLED, records(f"{TARGET}.example.org"))),
        MISSING, Code.NAME_DOUBLED, (f"{NAME}.example.org",),
    ),
    "something else at the doubled name": Case(
        nothing(source(DOUBLED, records("www.example.net"))), MISSING, Code.RECORD_MISSING
    ),
    "without _domainkey": Case(
        nothing(source(at("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.example.org"), records(TARGET))),
        MISSING, Code.LABEL_MISSING, ("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.example.org",),
    ),
    "at the bare domain": Case(
        nothing(source(at("example.org"), records(TARGET))), MISSING, Code.LABEL_MISSING, ("example.org",)
    ),
    "at domainkey": Case(
        nothing(source(at(NAME.replace("_", "")), records(TARGET))),
        MISSING, Code.UNDERSCORE_LOST, (NAME.replace("_", ""),),
    ),
    "at -domainkey": Case(
        nothing(source(at(NAME.replace("_", "-")), records(TARGET))),
        MISSING, Code.UNDERSCORE_LOST, (NAME.replace("_", "-"),),
    ),
    "under www": Case(
        nothing(source(at(NAME.replace("example.org", "www.example.org")), records(TARGET))),
        MISSING, Code.WRONG_ZONE, (NAME.replace("example.org", "www.example.org"),),
    ),
    "the target in a text": Case(
        empty(source(TEXT, records("v=spf1 -all", f"CNAME {TARGET.upper()}."))),
        WRONG, Code.TXT_INSTEAD_OF_CNAME, (f"CNAME {TARGET.upper()}.",),
    ),
    "another text": Case(empty(source(TEXT, records("v=spf1 -all"))), MISSING, Code.RECORD_MISSING),
    "a DMARC record": Case(empty(source(TEXT, records("v=DMARC1; p=none"))), MISSING, Code.RECORD_MISSING),
    "a key": Case(empty(source(TEXT, records(KEY))), WRONG, Code.KEY_AS_TXT, (KEY,)),
    "a key without its version": Case(empty(source(TEXT, records("p=MIGf"))), WRONG, Code.KEY_AS_TXT, ("p=MIGf",)),
    "only the kind of a key": Case(empty(source(TEXT, records("k=rsa"))), WRONG, Code.KEY_AS_TXT, ("k=rsa",)),
    "a key as a zone file writes it": Case(
        empty(source(TEXT, records('"v=DKIM1\\; p=MIGf"'))), WRONG, Code.KEY_AS_TXT, ('"v=DKIM1\\; p=MIGf"',)
    ),
    "a withdrawn key at every name there": Case(
        empty(
            source(TEXT, records("v=DKIM1; p=")),
            source(at(SIBLING_NAME, "TXT"), records("v=DKIM1; p=")),
        ),
        MISSING, Code.RECORD_MISSING,
    ),
    "behind a proxy": Case(
        empty(
            source(at(NAME, "A"), records("192.0.2.9", "192.0.2.8")),
            source(at(NAME, "AAAA"), records("2001:db8::9")),
        ),
        WRONG, Code.PROXIED, ("192.0.2.8", "192.0.2.9", "2001:db8::9"),
    ),
    "an address at every name there": Case(
        empty(source(at(NAME, "A"), records("192.0.2.9")), source(at(SIBLING_NAME, "A"), records("192.0.2.9"))),
        MISSING, Code.RECORD_MISSING,
    ),
    "an address at the name, and the record elsewhere": Case(
        empty(source(at(NAME, "A"), records("192.0.2.9")), source(DOUBLED, records(TARGET))),
        MISSING, Code.NAME_DOUBLED, (f"{NAME}.example.org",),
    ),
    "another server has it": Case(
        nothing(servers(RECORD, NOTHING, records(TARGET))), WRONG, Code.PARTIAL, (TARGET,)
    ),
    "another server cannot be reached": Case(
        nothing(servers(RECORD, NOTHING, SILENCE)), MISSING, Code.RECORD_MISSING
    ),
    "after a silent server": Case(source(RECORD, by(2, SILENCE), NOTHING), MISSING, Code.RECORD_MISSING),
}  # fmt: skip

UNSEEN_HOPS = {
    "a hop in silence": Case(
        one("a.example", source(at("a.example"), SILENCE)), UNKNOWN, Code.TIMEOUT, ("a.example",)
    ),
    "a hop with an error": Case(
        one("a.example", source(at("a.example"), said(Seen.SERVFAIL))), UNKNOWN, Code.SERVFAIL, ("a.example",)
    ),
    "a hop that nobody was asked about": Case(one("a.example"), UNKNOWN, Code.TIMEOUT, ("a.example",)),
    "a hop whose servers cannot be found": Case(
        one("a.example", source(at("a.example"), said(Seen.REFUSED), zone=None)),
        UNKNOWN, Code.REFUSED, ("a.example",),
    ),
    "a hop that refers to a server with the target's name": Case(
        one("a.example", source(at("a.example"), said(Seen.REFERRAL, TARGET))),
        UNKNOWN, Code.LAME_DELEGATION, ("a.example",),
    ),
}  # fmt: skip
CASES = {**IN_PLACE, **ELSEWHERE, **ABSENT, **UNSEEN_HOPS}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_answer_has_its_meaning(case: Case) -> None:
    """One record is as the case says, the other is in place."""
    verdict = verdict_of(NOTHING, case.sight, known=Known(stale_targets={STALE}))

    first, second = verdict.findings
    assert (first.diagnosis and first.diagnosis.code) == case.code
    assert ((verdict.outcome, first.status), first.seen) == (case.meaning, case.seen)
    assert first.record == FIRST
    assert (second.status, second.diagnosis) == (Status.OK, None)
