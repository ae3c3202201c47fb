"""The judge of sending domains: the rules that hold whatever is answered, and from look to look."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.challenge import Challenge
from domain.diagnosis import Code
from domain.judges.sending_domain import judge
from domain.observation import Answer, Observation, Question, Seen, further_questions
from domain.verdict import Outcome, ServerAnswer, Status, Verdict
from tests.domain.answers import (
    DOUBLED,
    EMPTY,
    GOOD_SECOND,
    NAME,
    NOTHING,
    OTHER,
    SECOND,
    SOA,
    TARGET,
    at,
    records,
    verdict_of,
)
from tests.domain.building import CHALLENGE


def test_a_diagnosis_names_what_was_wanted_what_was_seen_and_who_said_so() -> None:
    """Everything that a person needs to find it."""
    finding = verdict_of(records("www.example.net")).findings[0]

    assert finding.diagnosis is not None
    assert finding.diagnosis.name == NAME
    assert finding.diagnosis.expected == TARGET
    assert finding.diagnosis.seen == ("www.example.net",)
    assert finding.diagnosis.servers == ("192.0.2.1",)
    assert finding.servers == (
        ServerAnswer(server="", address="192.0.2.1", answer=("www.example.net",), rcode="NOERROR"),
    )


def test_both_records_with_each_others_target_are_swapped() -> None:
    """Only where both are: one alone has a wrong target."""
    verdict = judge(CHALLENGE, {at(NAME): records(OTHER), at(SECOND.name): records(TARGET)})

    codes = [finding.diagnosis.code for finding in verdict.findings if finding.diagnosis]
    assert codes == [Code.SELECTORS_SWAPPED, Code.SELECTORS_SWAPPED]


def test_the_others_target_alone_is_a_wrong_one() -> None:
    """The other has it as well, or nobody was asked about the other."""
    both = judge(CHALLENGE, {at(NAME): records(OTHER), **GOOD_SECOND}).findings[0]
    alone = judge(CHALLENGE, {at(NAME): records(OTHER)}).findings[0]

    assert [finding.diagnosis and finding.diagnosis.code for finding in (both, alone)] == [
        Code.WRONG_TARGET,
        Code.WRONG_TARGET,
    ]


def test_one_missing_beside_one_unseen_is_the_owners_turn() -> None:
    """Else any missing or wrong: not yet."""
    verdict = judge(CHALLENGE, {at(NAME): NOTHING, at(SECOND.name): Answer(Seen.TIMEOUT)})

    assert verdict.outcome is Outcome.NOT_YET


def test_a_record_that_nobody_was_asked_about_was_not_seen() -> None:
    """Silence is never absence."""
    verdict = judge(CHALLENGE, {})

    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert {finding.diagnosis and finding.diagnosis.code for finding in verdict.findings} == {Code.TIMEOUT}


def test_a_domain_without_records_waits_for_something_else() -> None:
    """Route `smtp`: DNS proves nothing."""
    assert judge(Challenge(), {}) == Verdict(Outcome.NOT_YET)


def test_a_chain_of_eight_passes_and_one_of_nine_does_not() -> None:
    """Within eight hops."""

    def outcome(hops: int) -> Outcome:
        names = [NAME, *(f"hop{number}.example" for number in range(1, hops)), TARGET]
        chain = {at(name): records(target) for name, target in pairwise(names)}
        return judge(CHALLENGE, {**GOOD_SECOND, **chain}).outcome

    assert [outcome(hops) for hops in (1, 8, 9)] == [Outcome.PASSED, Outcome.PASSED, Outcome.NOT_YET]


def test_without_a_probe_a_missing_record_keeps_what_the_last_probe_found() -> None:
    """A routine look asks less, and must not know less."""
    doubled = verdict_of(NOTHING, {DOUBLED: records(TARGET), SOA: records("…")}).findings[0]

    again = verdict_of(NOTHING, None, doubled).findings[0]

    assert again == doubled


@pytest.mark.parametrize("first", [NOTHING, EMPTY])
def test_a_probe_that_could_not_see_takes_nothing_back(first: Answer) -> None:
    """The doubled name was there; now its server is silent."""
    doubled = verdict_of(NOTHING, {DOUBLED: records(TARGET), SOA: records("…")}).findings[0]

    again = verdict_of(first, {DOUBLED: Answer(Seen.TIMEOUT), SOA: records("…")}, doubled).findings[0]

    assert again.gist == doubled.gist


def test_a_probe_that_sees_clearly_replaces_what_was_known() -> None:
    """The doubled name is gone."""
    doubled = verdict_of(NOTHING, {DOUBLED: records(TARGET), SOA: records("…")}).findings[0]

    again = verdict_of(NOTHING, {DOUBLED: NOTHING, SOA: records("…")}, doubled).findings[0]

    assert again.diagnosis is not None
    assert again.diagnosis.code is Code.RECORD_MISSING


@pytest.mark.parametrize(
    "before",
    [
        verdict_of(EMPTY, {at(NAME, "A"): records("192.0.2.9"), DOUBLED: NOTHING}),
        verdict_of(EMPTY, {at(NAME, "TXT"): records(TARGET), DOUBLED: NOTHING}),
        verdict_of(records("www.example.net")),
        verdict_of(Answer(Seen.TIMEOUT)),
        verdict_of(records(TARGET)),
    ],
    ids=["proxied", "text", "wrong target", "unseen", "in place"],
)
def test_what_cannot_be_so_any_more_is_not_kept(before: Verdict) -> None:
    """Where no name is, there is no proxy and no text; and a record that is gone points nowhere."""
    again = verdict_of(NOTHING, None, *before.findings).findings[0]

    assert again.diagnosis is not None
    assert (again.status, again.diagnosis.code) == (Status.MISSING, Code.RECORD_MISSING)


def test_the_order_in_which_a_server_lists_values_is_no_news() -> None:
    """Servers turn it around from answer to answer."""
    one = verdict_of(records("b.example", "a.example")).findings[0]
    other = verdict_of(records("a.example", "b.example")).findings[0]

    assert one.gist == other.gist


def test_what_a_stranger_sends_is_cut_and_made_visible() -> None:
    """A few values of a hundred signs, without control codes and marks of direction."""
    hostile = tuple(f"{number:02}\x1b[2J\u202e{'x' * 200}" for number in range(50))

    finding = verdict_of(records(*hostile)).findings[0]

    assert len(finding.seen) == 8
    assert all(len(value) == 100 and value.endswith("…") for value in finding.seen)
    assert finding.seen[0].startswith("00\ufffd[2J\ufffdxxx")
    assert finding.servers[0].answer == finding.seen


targets = st.sampled_from([TARGET, OTHER, "a.example", "b.example", f"{TARGET}.example.org", "http://x"])
blind = st.sampled_from([Seen.SERVFAIL, Seen.REFUSED, Seen.TIMEOUT, Seen.MALFORMED]).map(Answer)
clear = st.one_of(
    st.sampled_from([NOTHING, EMPTY]),
    st.lists(targets, min_size=1, max_size=2).map(lambda values: records(*values)),
)


def looked(data: st.DataObject, answers: st.SearchStrategy[Answer]) -> Observation:
    """What a look sees where each question is answered in any way."""
    observation: dict[Question, Answer] = {}
    probe = data.draw(st.booleans())
    while questions := further_questions(CHALLENGE, observation, probe=probe):
        observation |= {question: data.draw(answers) for question in questions}
    return observation


def leads_to(observation: Observation, name: str, target: str) -> bool:
    """Whether following single CNAMEs from a name comes to a target: the rule again, in other words."""
    for _ in range(8):
        answer = observation.get(at(name))
        if answer is None or answer.seen is not Seen.RECORDS or len(answer.values) != 1:
            return False
        name = answer.values[0]
        if name == target:
            return True
    return False


@given(st.data())
def test_it_passes_exactly_if_every_record_leads_to_its_own_target(data: st.DataObject) -> None:
    """Whatever is answered."""
    observation = looked(data, st.one_of(clear, blind))

    verdict = judge(CHALLENGE, observation)

    reached = [leads_to(observation, record.name, record.value) for record in CHALLENGE.records]
    assert (verdict.outcome is Outcome.PASSED) == all(reached)


@given(st.data())
def test_it_is_never_the_owners_turn_if_nothing_was_seen_clearly(data: st.DataObject) -> None:
    """Not even after findings that blamed the owner."""
    observation = looked(data, blind)
    earlier = judge(CHALLENGE, looked(data, clear)).findings

    assert judge(CHALLENGE, observation, earlier).outcome is Outcome.INCONCLUSIVE


@given(st.data())
def test_each_record_has_one_finding_and_only_what_is_not_in_place_has_a_diagnosis(
    data: st.DataObject,
) -> None:
    """In the challenge's order."""
    findings = judge(CHALLENGE, looked(data, st.one_of(clear, blind))).findings

    assert tuple(finding.record for finding in findings) == CHALLENGE.records
    assert all((finding.status is Status.OK) == (finding.diagnosis is None) for finding in findings)
