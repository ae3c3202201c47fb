"""The judge of sending domains: what each answer of DNS means, spelled out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.challenge import Challenge, dkim_challenge
from domain.diagnosis import SENTENCES, Code, Diagnosis, advice, fillings, shown, summary
from domain.judges.sending_domain import judge
from domain.observation import CLEAR, Answer, Observation, Question, Seen
from domain.verdict import Outcome, Status, Verdict

CHALLENGE = dkim_challenge("example.org", ("aaaa", "bbbb"), "dkim.signet.example")
ONE, TWO = CHALLENGE.records
DOUBLED = Question(f"{ONE.name}.example.org", "CNAME")
NXDOMAIN, NODATA = Answer(Seen.NXDOMAIN), Answer(Seen.NODATA)


def to(*targets: str) -> Answer:
    """CNAMEs at a name."""
    return Answer(Seen.RECORDS, targets, "192.0.2.53", "NOERROR")


def seen(one: Answer, others: Observation | None = None, two: Answer | None = None) -> Observation:
    """What stands at the first record and around it; the second is right unless told."""
    return {
        Question(ONE.name, "CNAME"): one,
        Question(TWO.name, "CNAME"): two or to(TWO.value),
        **(others or {}),
    }


def first(observation: Observation) -> tuple[Outcome, Status, Code | None]:
    """Outcome, and the finding of the first record."""
    verdict = judge(CHALLENGE, observation)
    diagnosis = verdict.findings[0].diagnosis
    return verdict.outcome, verdict.findings[0].status, diagnosis.code if diagnosis else None


def text(*values: str) -> Observation:
    """TXT records at the name of the first record; the name was probed."""
    return {Question(ONE.name, "TXT"): Answer(Seen.RECORDS, values), DOUBLED: NXDOMAIN}


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        pytest.param(seen(to(ONE.value)), (Outcome.PASSED, Status.OK, None), id="both are right"),
        pytest.param(
            seen(to("alias.example.org"), {Question("alias.example.org", "CNAME"): to(ONE.value)}),
            (Outcome.PASSED, Status.OK, None),
            id="a chain ends at the target",
        ),
        pytest.param(
            seen(NXDOMAIN),
            (Outcome.NOT_YET, Status.MISSING, Code.RECORD_MISSING),
            id="nothing there, not probed",
        ),
        pytest.param(
            seen(NODATA, {DOUBLED: NXDOMAIN}),
            (Outcome.NOT_YET, Status.MISSING, Code.RECORD_MISSING),
            id="nothing there, probed",
        ),
        pytest.param(
            seen(
                NXDOMAIN, {DOUBLED: NXDOMAIN, Question("example.org", "SOA"): Answer(Seen.RECORDS, ("soa",))}
            ),
            (Outcome.NOT_YET, Status.MISSING, Code.RECORD_MISSING),
            id="nothing there, but the domain exists",
        ),
        pytest.param(
            seen(NXDOMAIN, {DOUBLED: NXDOMAIN, Question("example.org", "SOA"): NXDOMAIN}),
            (Outcome.NOT_YET, Status.MISSING, Code.DOMAIN_NOT_FOUND),
            id="the domain does not exist",
        ),
        pytest.param(
            seen(NXDOMAIN, {DOUBLED: to(ONE.value)}),
            (Outcome.NOT_YET, Status.MISSING, Code.NAME_DOUBLED),
            id="the domain is in the name twice",
        ),
        pytest.param(
            seen(to("elsewhere.example.net"), {Question("elsewhere.example.net", "CNAME"): NXDOMAIN}),
            (Outcome.NOT_YET, Status.WRONG, Code.WRONG_TARGET),
            id="points elsewhere",
        ),
        pytest.param(
            seen(to("loop.example"), {Question("loop.example", "CNAME"): to(ONE.name)}),
            (Outcome.NOT_YET, Status.WRONG, Code.WRONG_TARGET),
            id="points in a circle",
        ),
        pytest.param(
            seen(to("alias.example.org"), {Question("alias.example.org", "CNAME"): Answer(Seen.TIMEOUT)}),
            (Outcome.INCONCLUSIVE, Status.UNKNOWN, Code.TIMEOUT),
            id="points to an alias that we could not see",
        ),
        pytest.param(
            seen(to("sg1-aaaa.dkim.signet.exampl")),
            (Outcome.NOT_YET, Status.WRONG, Code.TARGET_TYPO),
            id="a letter is missing",
        ),
        pytest.param(
            seen(to("sg1-aaba.dkim.signt.example")),
            (Outcome.NOT_YET, Status.WRONG, Code.TARGET_TYPO),
            id="two letters are wrong",
        ),
        pytest.param(
            seen(to("sg1-abbb.dkim.signet.example")),
            (Outcome.NOT_YET, Status.WRONG, Code.WRONG_TARGET),
            id="three letters are wrong",
        ),
        pytest.param(
            seen(to(f"{ONE.value}.example.org")),
            (Outcome.NOT_YET, Status.WRONG, Code.TARGET_ORIGIN_APPENDED),
            id="the final dot was forgotten",
        ),
        pytest.param(
            seen(to(f'"{ONE.value}"')), (Outcome.NOT_YET, Status.WRONG, Code.TARGET_MALFORMED), id="in quotes"
        ),
        pytest.param(
            seen(to(f"https://{ONE.value}/")),
            (Outcome.NOT_YET, Status.WRONG, Code.TARGET_MALFORMED),
            id="a URL",
        ),
        pytest.param(
            seen(to(TWO.value), two=to(ONE.value)),
            (Outcome.NOT_YET, Status.WRONG, Code.SELECTORS_SWAPPED),
            id="swapped",
        ),
        pytest.param(
            seen(to(TWO.value), two=to(TWO.value)),
            (Outcome.NOT_YET, Status.WRONG, Code.WRONG_TARGET),
            id="one target twice",
        ),
        pytest.param(
            {Question(ONE.name, "CNAME"): to(TWO.value)},
            (Outcome.NOT_YET, Status.WRONG, Code.WRONG_TARGET),
            id="the other's target, and the other was not asked for",
        ),
        pytest.param(
            seen(NODATA, text(f"v=spf1 {ONE.value.upper()}")),
            (Outcome.NOT_YET, Status.WRONG, Code.TXT_INSTEAD_OF_CNAME),
            id="pasted into a TXT",
        ),
        pytest.param(
            seen(NODATA, text("hello")),
            (Outcome.NOT_YET, Status.MISSING, Code.RECORD_MISSING),
            id="a TXT that has nothing to do with it",
        ),
        pytest.param(
            seen(NODATA, {Question(ONE.name, "A"): Answer(Seen.RECORDS, ("192.0.2.1",)), DOUBLED: NXDOMAIN}),
            (Outcome.NOT_YET, Status.WRONG, Code.PROXIED),
            id="an address in its place",
        ),
        pytest.param(
            seen(to(ONE.value, "other.example")),
            (Outcome.NOT_YET, Status.WRONG, Code.MULTIPLE_CNAMES),
            id="two CNAMEs, one of them right",
        ),
        pytest.param(
            seen(Answer(Seen.SERVFAIL)), (Outcome.INCONCLUSIVE, Status.UNKNOWN, Code.SERVFAIL), id="SERVFAIL"
        ),
        pytest.param(
            seen(Answer(Seen.REFUSED)), (Outcome.INCONCLUSIVE, Status.UNKNOWN, Code.REFUSED), id="REFUSED"
        ),
        pytest.param(
            seen(Answer(Seen.TIMEOUT)), (Outcome.INCONCLUSIVE, Status.UNKNOWN, Code.TIMEOUT), id="silence"
        ),
        pytest.param(
            seen(Answer(Seen.MALFORMED)), (Outcome.INCONCLUSIVE, Status.UNKNOWN, Code.MALFORMED), id="garbage"
        ),
        pytest.param({}, (Outcome.INCONCLUSIVE, Status.UNKNOWN, Code.TIMEOUT), id="no answer at all"),
        pytest.param(
            seen(Answer(Seen.TIMEOUT), two=NXDOMAIN),
            (Outcome.NOT_YET, Status.UNKNOWN, Code.TIMEOUT),
            id="one unseen, one missing",
        ),
    ],
)
def test_every_situation_has_its_code(
    observation: Observation, expected: tuple[Outcome, Status, Code | None]
) -> None:
    """The table of the product contract, section 3."""
    assert first(observation) == expected


def test_without_records_there_is_nothing_to_pass() -> None:
    """On route `smtp` DNS proves nothing."""
    assert judge(Challenge(), {}) == Verdict(Outcome.NOT_YET)


def test_a_record_still_missing_keeps_what_the_last_probe_found() -> None:
    """A routine look does not forget what a more curious one knew."""
    probed = judge(CHALLENGE, seen(NXDOMAIN, {DOUBLED: to(ONE.value)}))

    routine = judge(CHALLENGE, seen(NXDOMAIN), probed.findings)

    assert [finding.gist for finding in routine.findings] == [finding.gist for finding in probed.findings]


def test_what_was_found_in_another_situation_is_not_kept() -> None:
    """A wrong target that was taken away is now a missing record."""
    wrong = judge(
        CHALLENGE, seen(to("elsewhere.example.net"), {Question("elsewhere.example.net", "CNAME"): NXDOMAIN})
    )

    finding = judge(CHALLENGE, seen(NXDOMAIN), wrong.findings).findings[0]

    assert finding.diagnosis is not None
    assert finding.diagnosis.code is Code.RECORD_MISSING


def test_a_finding_says_who_said_what() -> None:
    """The server, its answer and its code stand beside the diagnosis."""
    finding = judge(CHALLENGE, seen(to("a.example", "b.example"))).findings[0]

    assert finding.seen == ("a.example", "b.example")
    assert [(said.address, said.answer, said.rcode) for said in finding.servers] == [
        ("192.0.2.53", ("a.example", "b.example"), "NOERROR")
    ]
    assert finding.diagnosis is not None
    assert finding.diagnosis.servers == ("192.0.2.53",)


targets = st.lists(st.sampled_from([ONE.value, TWO.value, "x.example", ONE.name, '"']), min_size=1).map(tuple)
unclear = st.builds(Answer, st.sampled_from(sorted(set(Seen) - CLEAR)))
answers = st.builds(Answer, st.just(Seen.RECORDS), targets) | unclear | st.sampled_from([NODATA, NXDOMAIN])
questions = st.sampled_from(
    [
        Question(name, type_)
        for name in (ONE.name, TWO.name, "x.example", DOUBLED.name)
        for type_ in ("CNAME", "TXT", "A")
    ]
)


@given(st.dictionaries(questions, answers))
def test_nothing_passes_but_what_ends_at_its_own_target(observation: Observation) -> None:
    """Whatever is answered, each record must lead to the target that was made for it."""
    if judge(CHALLENGE, observation).outcome is Outcome.PASSED:
        for record in CHALLENGE.records:
            name = record.name
            while name != record.value:
                assert len(observation[Question(name, "CNAME")].values) == 1
                (name,) = observation[Question(name, "CNAME")].values


@given(st.dictionaries(questions, unclear))
def test_nobody_is_blamed_for_what_was_not_seen(observation: Observation) -> None:
    """Without one clear answer, every look is inconclusive."""
    assert judge(CHALLENGE, observation).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("code", Code)
def test_every_code_is_said_in_whole_sentences_with_all_its_places_filled(code: Code) -> None:
    """What is the case, and the next step."""
    diagnosis = Diagnosis(code=code, name=ONE.name, expected=ONE.value, seen=("x.example",))

    for sentence in (summary(diagnosis), advice(diagnosis)):
        assert sentence.endswith(".")
        assert "{" not in sentence
    assert SENTENCES[code].summary.format_map(fillings(diagnosis)) == summary(diagnosis)


def test_what_a_stranger_sent_is_shown_harmless_and_short() -> None:
    """No control sign, no bidi mark, at most a hundred characters."""
    assert shown("a\x1b[31m\u202eb\nc d") == "a\ufffd[31m\ufffdb\ufffdc d"
    assert len(shown("x" * 500)) == 100
    assert fillings(replace(DIAGNOSIS, seen=("a\x00b",)))["seen"] == "a\ufffdb"


DIAGNOSIS = Diagnosis(code=Code.WRONG_TARGET, name=ONE.name, expected=ONE.value)
