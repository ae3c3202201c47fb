"""The judge of sending domains: what no observation whatever may bring it to say."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from domain.judges.sending_domain import Known, judge
from domain.observation import CLEAR, Answer, Asked, Delegation, Observation, Question, Seen, Sight, Whom
from domain.questions import Manner, further
from domain.verdict import STATUS_OF, Outcome, Status
from tests.domain.answers import (
    NAME,
    NOTHING,
    ONE_SERVER,
    OTHER,
    OTHER_NAME,
    RECORD,
    REGISTRY,
    TARGET,
    THREE,
    ZONE,
    at,
    by,
    records,
    said,
    verdict_of,
)
from tests.domain.building import CHALLENGE, START

GIVEN: list[tuple[str, ...]] = [
    (TARGET,),
    (OTHER,),
    ("a.example",),
    ("b.example",),
    (NAME,),
    (f"{TARGET}.example.org",),
    ("http://x",),
]
GIVEN += [("",), (), ("v=DKIM1; p=x",), ("192.0.2.9", TARGET)]
ANSWERS = [by(number, said(seen, *values)) for number in (1, 2, 3) for seen in Seen for values in GIVEN]
anything = [*ANSWERS, *(answer for answer in ANSWERS if answer.seen is Seen.RECORDS)]
blind = [answer for answer in ANSWERS if answer.seen not in CLEAR]
zones = st.sampled_from([ONE_SERVER, ZONE, THREE, REGISTRY, Delegation("example.org", ())])
knowns = st.builds(
    Known,
    earlier=st.sampled_from([(), verdict_of(NOTHING).findings, verdict_of(records("a.example")).findings]),
    stale_targets=st.sampled_from([(), ("a.example",)]),
    at=st.sampled_from([None, START]),
    thorough=st.booleans(),
)


def sights(answers: list[Answer], whom: Whom) -> st.SearchStrategy[Sight]:
    """Anything that may come of a question."""
    given_by = st.none() if whom is Whom.RESOLVERS else st.one_of(zones, zones, zones, st.none())
    one = st.sampled_from(answers)
    return st.builds(
        Sight, st.one_of(st.tuples(one), st.tuples(one, one), st.tuples(one, one, one)), given_by
    )


# Made once: to make them for each question takes most of the time.
ANYTHING = {whom: sights(anything, whom) for whom in Whom}
BLIND = {whom: sights(blind, whom) for whom in Whom}


def draw_look(data: st.DataObject, answers: dict[Whom, st.SearchStrategy[Sight]]) -> Observation:
    """What a look sees where each question is answered in any way; it may have ended too early."""
    observation: dict[Asked, Sight] = {}
    manner = Manner(probe=data.draw(st.booleans()), thorough=data.draw(st.booleans()))
    while asked := further(CHALLENGE, observation, manner):
        observation |= {one: data.draw(answers[one.whom]) for one in asked}
    lost = data.draw(st.sets(st.sampled_from(sorted(observation)), max_size=2))
    return {asked: sight for asked, sight in observation.items() if asked not in lost}


def is_told(observation: Observation, name: str, target: str, *, thorough: bool) -> bool:
    """Whether following single CNAMEs from a name comes to a target by enough views: the rule in other words."""
    for _ in range(8):
        following = next_if_told(observation, at(name), target, thorough=thorough)
        if following in {None, target}:
            return following == target
        name = following or ""
    return False


def next_if_told(observation: Observation, question: Question, target: str, *, thorough: bool) -> str | None:
    """Where a name points, if enough views agree about it and nobody contradicts."""
    one, others, third = (observation.get(Asked(question, whom)) for whom in Whom)
    if one is None or one.delegation is None:
        return None
    zone = [sight for sight in (one, others) if sight and sight.delegation]
    clear = [answer for sight in zone for answer in sight.answers if answer.seen in CLEAR]
    right = [(Seen.RECORDS, one.telling.values), (Seen.RECORDS, (target,))]
    agreeing = {answer.address for answer in clear if (answer.seen, answer.values) in right}
    resolved = [(answer.seen, answer.values) for answer in third.answers] if third else []
    addresses = {address for sight in zone if sight.delegation for address in sight.delegation.addresses}
    enough = len(agreeing) + any(said in right for said in resolved) > 1 or len(addresses) == 1
    contradicted = any((answer.seen, answer.values) not in right for answer in clear)
    bogus = any(seen is Seen.BOGUS for seen, _ in resolved)
    is_told = agreeing and not contradicted and not bogus and (enough or not thorough)
    return one.telling.values[0] if is_told and len(one.telling.values) == 1 else None


@given(st.data())
def test_nothing_passes_unless_every_record_was_told_as_the_contract_asks(data: st.DataObject) -> None:
    """Whatever is answered, and whatever is left out; and nothing raises."""
    observation, known = draw_look(data, ANYTHING), data.draw(knowns)

    verdict = judge(CHALLENGE, observation, known)

    told = [
        is_told(observation, record.name, record.value, thorough=known.thorough)
        for record in CHALLENGE.records
    ]
    assert verdict.outcome is not Outcome.PASSED or all(told)


@given(st.data())
def test_it_is_never_the_owners_turn_if_nothing_was_seen_clearly(data: st.DataObject) -> None:
    """Not even after findings that blamed the owner."""
    observation, known = draw_look(data, BLIND), data.draw(knowns)

    assert judge(CHALLENGE, observation, known).outcome is Outcome.INCONCLUSIVE


@given(st.data())
def test_each_record_has_one_finding_that_stands_as_its_code_says(data: st.DataObject) -> None:
    """In the challenge's order."""
    findings = judge(CHALLENGE, draw_look(data, ANYTHING), data.draw(knowns)).findings

    assert tuple(finding.record for finding in findings) == CHALLENGE.records
    for finding in findings:
        said_of = finding.diagnosis
        assert finding.status is (STATUS_OF[said_of.code] if said_of else Status.OK)


@cache
def lucky(question: Asked) -> st.SearchStrategy[Sight]:
    """Mostly what an owner who did everything right is seen with."""
    target = {RECORD: TARGET, at(OTHER_NAME): OTHER}.get(question.question, "")
    good = [records(target)] if target else [NOTHING]
    answers = [Sight((by(1, *good), by(2, *good)), None if question.whom is Whom.RESOLVERS else ZONE)]
    return st.one_of(st.sampled_from(answers), st.sampled_from(answers), ANYTHING[question.whom])


@given(st.data())
def test_near_a_pass_the_rule_holds_as_well(data: st.DataObject) -> None:
    """Where nearly everything is right, as dice alone would hardly make it."""
    observation: dict[Asked, Sight] = {}
    while asked := further(CHALLENGE, observation, Manner()):
        observation |= {one: data.draw(lucky(one)) for one in asked}

    verdict = judge(CHALLENGE, observation)

    told = [is_told(observation, record.name, record.value, thorough=True) for record in CHALLENGE.records]
    assert verdict.outcome is not Outcome.PASSED or all(told)
