"""Broken zones on real servers, and what is said of each: a bug report becomes a case here (README.md)."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import pytest

from domain.diagnosis import Code
from domain.verdict import Finding, Outcome, Status, Verdict
from tests.corpus.case import Case, Expected
from tests.corpus.folders import all_cases
from tests.corpus.lab import NOW, Looked, lab

CASES: Final = all_cases()
NAMES: Final = {case.name: case for case in CASES}
AT_ONCE: Final = 12  # looks: most of their time is spent waiting for servers that do not answer
# They say something of the target's own zone, which is ours: they are judged when keys are looked at.
OF_OUR_ZONE: Final = {Code.TARGET_UNPUBLISHED, Code.KEY_MISMATCH}
BLAMES: Final = {Status.MISSING, Status.WRONG}

Look = Callable[[Case], Sequence[Looked]]

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def looked(request: pytest.FixtureRequest) -> Iterator[Look]:
    """What came of looking at a case. All cases that this run tests are looked at together, with the first of them."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    wanted = {name for item in items for name in NAMES if item.name.endswith(f"[{name}]")}
    with lab(CASES) as running, ThreadPoolExecutor(AT_ONCE) as pool:
        looks: dict[str, Future[tuple[Looked, ...]]] = {}

        def look_at(case: Case) -> tuple[Looked, ...]:
            for one in CASES:
                if one.name not in looks and (one.name in wanted or one == case):
                    looks[one.name] = pool.submit(running.look, one)
            return looks[case.name].result()

        yield look_at


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_judged_as_it_says(case: Case, looked: Look) -> None:
    """At every look, whether it seeks mistakes or only knows of them, and whichever server it asks first."""
    judged = [look.verdict for look in looked(case)]

    differing = [told(case, verdict) for verdict in judged if not is_as_expected(verdict, case)]
    if differing:
        pytest.fail("\n".join(differing), pytrace=False)


def test_no_wrong_zone_passes(looked: Look) -> None:
    """Not one, however we look: this is what the whole of Signet rests on."""
    passed = [
        (case.name, look.verdict)
        for case in CASES
        if Outcome.PASSED not in case.outcome
        for look in looked(case)
        if look.verdict.outcome is Outcome.PASSED
    ]

    assert passed == []


def test_no_owner_is_blamed_for_what_could_not_be_seen(looked: Look) -> None:
    """Neither missing nor wrong is said where the servers did not let us see."""
    blamed = [
        (case.name, finding)
        for case in CASES
        if not case.is_seen
        for look in looked(case)
        for finding in look.verdict.findings
        if finding.status in BLAMES
    ]

    assert blamed == []


def test_every_zone_that_is_right_passes(looked: Look) -> None:
    """However oddly it is served."""
    failed = [
        case.name
        for case in CASES
        if case.passes and {look.verdict.outcome for look in looked(case)} != {Outcome.PASSED}
    ]

    assert failed == []


def test_every_code_that_a_look_can_give_has_a_case() -> None:
    """At least one that allows no other."""
    shown = {
        code
        for case in CASES
        for expected in case.expected
        if len(expected.code) == 1
        for code in expected.code
    }

    assert set(Code) - OF_OUR_ZONE - shown == set()


def test_a_routine_look_at_what_is_missing_costs_one_query_for_each_record(looked: Look) -> None:
    """Once it is known whose servers to ask."""
    case = NAMES["record-missing"]

    assert looked(case)[1].queries == len(case.challenge.records)


def test_what_is_truncated_is_asked_again_over_tcp(looked: Look) -> None:
    """And believed."""
    case = NAMES["passed-over-tcp"]

    assert looked(case)[0].over_tcp >= len(case.challenge.records)


def test_a_record_is_proven_while_a_resolver_denies_it_for_another_day(looked: Look) -> None:
    """Negative answers are kept as long as the zone says (RFC 2308, section 5): here a day, and nobody waits for it."""
    first = looked(NAMES["passed-stale-resolver"])[0].verdict

    assert first.outcome is Outcome.PASSED
    until = [one.diagnosis.until for one in first.findings if one.diagnosis and one.diagnosis.until]
    assert [moment - NOW > timedelta(hours=23) for moment in until] == [True, True]


def is_as_expected(verdict: Verdict, case: Case) -> bool:
    """Whether all is said that the case says, and nothing else."""
    return verdict.outcome in case.outcome and all(
        finding.status in expected.status
        and code_of(finding) in expected.code
        and all(of_diagnosis(finding, expected))
        for finding, expected in zip(verdict.findings, case.expected, strict=True)
    )


def code_of(finding: Finding) -> str:
    """The code, or nothing where there is nothing to say."""
    return finding.diagnosis.code if finding.diagnosis else ""


def of_diagnosis(finding: Finding, expected: Expected) -> Iterator[bool]:
    """Whether what was seen and who was named is what the case says, each where it says it."""
    diagnosis = finding.diagnosis
    yield expected.seen is None or sorted(finding.seen) == sorted(expected.seen)
    yield expected.servers is None or (
        diagnosis is not None and sorted(diagnosis.servers) == sorted(expected.servers)
    )
    yield expected.having is None or (
        diagnosis is not None and sorted(diagnosis.having) == sorted(expected.having)
    )


def told(case: Case, verdict: Verdict) -> str:
    """What a person wants to know when a case fails."""
    lines = [
        f"{case.name}: {case.story}",
        f"  {_or(case.outcome)} was expected, and {verdict.outcome} judged",
    ]
    for finding, expected in zip(verdict.findings, case.expected, strict=True):
        lines += [f"  {finding.record.name}", f"    expected: {_or(expected.status)} {_or(expected.code)}"]
        lines += [f"    judged:   {finding.status} {code_of(finding)}, seen {list(finding.seen)}"]
        lines += [
            f"    {one.server} ({one.address}): {one.seen} {list(one.answer)}" for one in finding.servers
        ]
    return "\n".join(lines)


def _or(choice: frozenset[str]) -> str:
    return " or ".join(sorted(choice))
