"""The judge of sending domains: what answers mean, spelled out case by case."""

from dataclasses import dataclass, field

import pytest

from domain.diagnosis import Code
from domain.observation import Answer, Question, Seen
from domain.verdict import Outcome, Status
from tests.domain.answers import (
    DOUBLED,
    EMPTY,
    FIRST,
    NAME,
    NOTHING,
    OTHER,
    SOA,
    TARGET,
    at,
    records,
    verdict_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is answered for the first record, and what that is to mean."""

    first: Answer
    more: dict[Question, Answer] = field(default_factory=dict)
    outcome: Outcome
    status: Status
    code: Code | None
    seen: tuple[str, ...] = ()


BLIND = Outcome.INCONCLUSIVE
NOT_YET = Outcome.NOT_YET

CASES = {
    "in place": Case(
        first=records(TARGET), outcome=Outcome.PASSED, status=Status.OK, code=None, seen=(TARGET,)
    ),
    "in place behind a chain": Case(
        first=records("a.example"),
        more={at("a.example"): records("b.example"), at("b.example"): records(TARGET)},
        outcome=Outcome.PASSED,
        status=Status.OK,
        code=None,
        seen=("a.example",),
    ),
    "no such name": Case(first=NOTHING, outcome=NOT_YET, status=Status.MISSING, code=Code.RECORD_MISSING),
    "no such type": Case(first=EMPTY, outcome=NOT_YET, status=Status.MISSING, code=Code.RECORD_MISSING),
    "no such name, and probes found nothing": Case(
        first=NOTHING,
        more={DOUBLED: NOTHING, SOA: records("ns.example.org. …")},
        outcome=NOT_YET,
        status=Status.MISSING,
        code=Code.RECORD_MISSING,
    ),
    "no such domain": Case(
        first=NOTHING,
        more={DOUBLED: NOTHING, SOA: NOTHING},
        outcome=NOT_YET,
        status=Status.MISSING,
        code=Code.DOMAIN_NOT_FOUND,
    ),
    "the probe of the domain could not see": Case(
        first=NOTHING,
        more={DOUBLED: NOTHING, SOA: Answer(Seen.TIMEOUT)},
        outcome=NOT_YET,
        status=Status.MISSING,
        code=Code.RECORD_MISSING,
    ),
    "the name doubled": Case(
        first=NOTHING,
        more={DOUBLED: records(TARGET), SOA: records("…")},
        outcome=NOT_YET,
        status=Status.MISSING,
        code=Code.NAME_DOUBLED,
        seen=(f"{NAME}.example.org",),
    ),
    "pasted into a text": Case(
        first=EMPTY,
        more={at(NAME, "TXT"): records("v=spf1 -all", f"CNAME {TARGET.upper()}."), DOUBLED: NOTHING},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TXT_INSTEAD_OF_CNAME,
        seen=(f"CNAME {TARGET.upper()}.",),
    ),
    "another text at the name": Case(
        first=EMPTY,
        more={at(NAME, "TXT"): records("v=spf1 -all"), DOUBLED: NOTHING},
        outcome=NOT_YET,
        status=Status.MISSING,
        code=Code.RECORD_MISSING,
    ),
    "behind a proxy": Case(
        first=EMPTY,
        more={
            at(NAME, "A"): records("192.0.2.9", "192.0.2.8"),
            at(NAME, "AAAA"): records("2001:db8::9"),
            DOUBLED: NOTHING,
        },
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.PROXIED,
        seen=("192.0.2.8", "192.0.2.9", "2001:db8::9"),
    ),
    "elsewhere": Case(
        first=records("www.example.net"),
        more={at("www.example.net"): EMPTY},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.WRONG_TARGET,
        seen=("www.example.net",),
    ),
    "in a circle": Case(
        first=records("www.example.net"),
        more={at("www.example.net"): records(NAME)},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.WRONG_TARGET,
        seen=("www.example.net",),
    ),
    "elsewhere, and nothing known from there": Case(
        first=records("www.example.net"),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.WRONG_TARGET,
        seen=("www.example.net",),
    ),
    "a chain whose next hop cannot be seen": Case(
        first=records("www.example.net"),
        more={at("www.example.net"): Answer(Seen.SERVFAIL)},
        outcome=BLIND,
        status=Status.UNKNOWN,
        code=Code.SERVFAIL,
        seen=("www.example.net",),
    ),
    "the other record's target": Case(
        first=records(OTHER),
        more={at(OTHER): EMPTY},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.WRONG_TARGET,
        seen=(OTHER,),
    ),
    "a letter missing": Case(
        first=records(TARGET.replace("signet", "sinet")),
        more={at(TARGET.replace("signet", "sinet")): NOTHING},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TARGET_TYPO,
        seen=(TARGET.replace("signet", "sinet"),),
    ),
    "a near miss in a zone that cannot be seen": Case(
        first=records(TARGET.replace("signet", "signett")),
        more={at(TARGET.replace("signet", "signett")): Answer(Seen.TIMEOUT)},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TARGET_TYPO,
        seen=(TARGET.replace("signet", "signett"),),
    ),
    "two letters wrong": Case(
        first=records(TARGET.replace("signet", "sxxnet")),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TARGET_TYPO,
        seen=(TARGET.replace("signet", "sxxnet"),),
    ),
    "three letters wrong": Case(
        first=records(TARGET.replace("signet", "sixxxt")),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.WRONG_TARGET,
        seen=(TARGET.replace("signet", "sixxxt"),),
    ),
    "the final dot forgotten": Case(
        first=records(f"{TARGET}.example.org"),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TARGET_ORIGIN_APPENDED,
        seen=(f"{TARGET}.example.org",),
    ),
    "a scheme before it": Case(
        first=records(f"https://{TARGET}"),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TARGET_MALFORMED,
        seen=(f"https://{TARGET}",),
    ),
    "in quotes": Case(
        first=records(f'"{TARGET}"'),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.TARGET_MALFORMED,
        seen=(f'"{TARGET}"',),
    ),
    "several, one of them ours": Case(
        first=records(TARGET, "a.example"),
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.MULTIPLE_CNAMES,
        seen=("a.example", TARGET),
    ),
    "several at a hop": Case(
        first=records("a.example"),
        more={at("a.example"): records(TARGET, "b.example")},
        outcome=NOT_YET,
        status=Status.WRONG,
        code=Code.WRONG_TARGET,
        seen=("a.example",),
    ),
    "an error": Case(first=Answer(Seen.SERVFAIL), outcome=BLIND, status=Status.UNKNOWN, code=Code.SERVFAIL),
    "refused": Case(first=Answer(Seen.REFUSED), outcome=BLIND, status=Status.UNKNOWN, code=Code.REFUSED),
    "silence": Case(first=Answer(Seen.TIMEOUT), outcome=BLIND, status=Status.UNKNOWN, code=Code.TIMEOUT),
    "garbage": Case(first=Answer(Seen.MALFORMED), outcome=BLIND, status=Status.UNKNOWN, code=Code.MALFORMED),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_answer_has_its_meaning(case: Case) -> None:
    """One record is as the case says, the other is in place."""
    verdict = verdict_of(case.first, case.more)

    first, second = verdict.findings
    assert verdict.outcome is case.outcome
    assert (first.record, first.status, first.seen) == (FIRST, case.status, case.seen)
    assert (first.diagnosis and first.diagnosis.code) == case.code
    assert (second.status, second.diagnosis) == (Status.OK, None)
