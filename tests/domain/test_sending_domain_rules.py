"""The judge of sending domains: the rules that hold whatever is answered."""

from itertools import pairwise

import pytest

from domain.challenge import Challenge
from domain.diagnosis import Code
from domain.judges.sending_domain import Known, judge
from domain.observation import Answer, Asked, Observation, Seen, Sight, Whom
from domain.verdict import Outcome, ServerAnswer, Status, Verdict
from tests.domain.answers import (
    NAME,
    NOTHING,
    OTHER,
    OTHER_NAME,
    PROVEN_FIRST,
    PROVEN_SECOND,
    RECORD,
    SIBLING,
    TARGET,
    at,
    by,
    everybody,
    found,
    looked,
    records,
    resolver,
    said,
    servers,
    source,
)
from tests.domain.building import CHALLENGE, START


def test_a_diagnosis_names_what_was_wanted_what_was_seen_and_who_said_so() -> None:
    """Everything that a person needs to find it."""
    finding = found(records("www.example.net"), source(at("www.example.net"), NOTHING))

    assert finding.diagnosis is not None
    assert finding.diagnosis.name == NAME
    assert finding.diagnosis.expected == TARGET
    assert finding.diagnosis.seen == ("www.example.net",)
    assert finding.servers == (
        ServerAnswer(
            server="ns1.example.net",
            address="192.0.2.1",
            answer=("www.example.net",),
            rcode="NOERROR",
            seen=Seen.RECORDS,
        ),
    )


def test_both_records_with_each_others_target_are_swapped() -> None:
    """Only where both are: one alone has a wrong target."""
    verdict = judge(
        CHALLENGE, looked(source(RECORD, records(OTHER)), source(at(OTHER_NAME), records(TARGET)))
    )

    codes = [finding.diagnosis.code for finding in verdict.findings if finding.diagnosis]
    assert codes == [Code.SELECTORS_SWAPPED, Code.SELECTORS_SWAPPED]


@pytest.mark.parametrize(
    "more", [PROVEN_SECOND, {}], ids=["the other has it as well", "the other was not asked"]
)
def test_the_others_target_alone_is_a_wrong_one(more: Observation) -> None:
    """Swapped are two."""
    first = judge(
        CHALLENGE, looked(source(RECORD, records(OTHER)), source(at(OTHER), NOTHING), more)
    ).findings[0]

    assert first.diagnosis is not None
    assert first.diagnosis.code is Code.WRONG_TARGET


def test_a_wildcard_never_passes_for_two_records() -> None:
    """Nor with one record beside it: each has to be published by itself."""
    everywhere = everybody(RECORD, records(TARGET))
    other = looked(
        PROVEN_SECOND, source(at("sg2-bbbbbbbbbbbbbbbbbbbbbbbbbbx._domainkey.example.org"), records(TARGET))
    )

    verdict = judge(CHALLENGE, looked(PROVEN_FIRST, other, everywhere, source(SIBLING, records(TARGET))))

    assert verdict.outcome is Outcome.NOT_YET
    assert [finding.status for finding in verdict.findings] == [Status.WRONG, Status.OK]


def test_one_missing_beside_one_unseen_is_the_owners_turn() -> None:
    """Else any missing or wrong: not yet."""
    verdict = judge(CHALLENGE, looked(source(RECORD, NOTHING), source(at(OTHER_NAME), said(Seen.TIMEOUT))))

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
        chain = [everybody(at(name), records(target)) for name, target in pairwise(names)]
        return judge(CHALLENGE, looked(PROVEN_FIRST, PROVEN_SECOND, *chain)).outcome

    assert [outcome(hops) for hops in (1, 2, 8, 9)] == [
        Outcome.PASSED,
        Outcome.PASSED,
        Outcome.PASSED,
        Outcome.NOT_YET,
    ]


def test_the_order_in_which_a_server_lists_values_is_no_news() -> None:
    """Servers turn it around from answer to answer."""
    assert found(records("b.example", "a.example")).gist == found(records("a.example", "b.example")).gist


def test_which_server_was_asked_is_no_news() -> None:
    """Nor whether the others were asked as well, nor until when somebody may give an older answer."""
    parted = servers(RECORD, records(TARGET), NOTHING)
    stale = {Asked(RECORD, Whom.RESOLVERS): Sight((resolver(said(Seen.NODATA, ttl=60)),))}

    assert found(NOTHING).gist == found(by(2, NOTHING), servers(RECORD, NOTHING, NOTHING)).gist
    assert found(NOTHING, parted).gist == found(records(TARGET), PROVEN_FIRST, parted).gist
    assert (
        found(records(TARGET), PROVEN_FIRST, stale).gist
        == found(records(TARGET), PROVEN_FIRST, stale, known=Known(at=START)).gist
    )


def test_what_a_stranger_sends_is_cut_and_made_visible() -> None:
    """A few values of a hundred signs, without control codes and marks of direction; the names of servers as well."""
    hostile = tuple(f"{number:02}\x1b[2J\u202e{'x' * 200}" for number in range(50))

    finding = found(records(*hostile)._replace(server="ns\x1b[2J"))
    silent = found(said(Seen.TIMEOUT)._replace(server="ns\x1b[2J"))

    assert len(finding.seen) == 8
    assert all(len(value) == 100 and value.endswith("…") for value in finding.seen)
    assert finding.seen[0].startswith("00\ufffd[2J\ufffdxxx")
    assert finding.servers[0].answer == finding.seen
    assert finding.servers[0].server == "ns\ufffd[2J"
    assert silent.diagnosis is not None
    assert silent.diagnosis.servers == ("ns\ufffd[2J",)


def test_a_name_that_cannot_be_asked_for_is_named_by_nobody() -> None:
    """The answer is our own: what has no form on the wire stands in no zone."""
    assert found(Answer(Seen.NXDOMAIN)).servers == ()
