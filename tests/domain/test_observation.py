"""Which questions a look asks: one for each record, and more only where the answers call for them."""

import pytest

from domain.challenge import Challenge
from domain.observation import Answer, Observation, Question, Seen, further_questions
from tests.domain.building import CHALLENGE

FIRST, SECOND = CHALLENGE.records
ONE = Challenge((FIRST,))
NAME = "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.example.org"
ASKED = Question(NAME, "CNAME")
DOUBLED = Question(f"{NAME}.example.org", "CNAME")


def pointing(*targets: str) -> Observation:
    """The record's name points to the first target, that to the second, and so on."""
    names = [NAME, *targets]
    return {
        Question(name, "CNAME"): Answer(Seen.RECORDS, (target,))
        for name, target in zip(names, targets, strict=False)
    }


def test_a_look_begins_with_one_question_for_each_record() -> None:
    """Whether probes are wanted or not."""
    expected = (ASKED, Question("sg2-bbbbbbbbbbbbbbbbbbbbbbbbbb._domainkey.example.org", "CNAME"))

    assert further_questions(CHALLENGE, {}, probe=False) == expected
    assert further_questions(CHALLENGE, {}, probe=True) == expected


def test_a_domain_without_records_asks_nothing() -> None:
    """Route `smtp`: nothing is to be published."""
    assert further_questions(Challenge(), {}, probe=True) == ()


def test_a_record_that_points_to_its_target_asks_no_more() -> None:
    """What stands behind the target is ours."""
    assert further_questions(ONE, pointing(FIRST.value), probe=True) == ()


def test_a_chain_is_followed_hop_by_hop() -> None:
    """Each look asks only where the last known hop points."""
    assert further_questions(ONE, pointing("a.example"), probe=False) == (Question("a.example", "CNAME"),)
    assert further_questions(ONE, pointing("a.example", "b.example"), probe=False) == (
        Question("b.example", "CNAME"),
    )
    assert further_questions(ONE, pointing("a.example", FIRST.value), probe=False) == ()


@pytest.mark.parametrize(
    "targets",
    [
        ("a.example", "b.example", "a.example"),
        (NAME,),
        tuple(f"hop{number}.example" for number in range(1, 9)),
        ("https://a.example",),
        ("a b.example",),
    ],
    ids=["loop", "to itself", "eight hops", "no name", "spaces"],
)
def test_a_chain_that_leads_nowhere_is_not_followed_for_ever(targets: tuple[str, ...]) -> None:
    """A loop, more than eight hops, a target that is no host name."""
    assert further_questions(ONE, pointing(*targets), probe=True) == ()


def test_several_cnames_at_one_name_are_not_followed() -> None:
    """Which of them counts is nobody's to say."""
    seen = {ASKED: Answer(Seen.RECORDS, ("a.example", "b.example"))}

    assert further_questions(ONE, seen, probe=True) == ()


def test_without_a_probe_a_missing_record_asks_no_more() -> None:
    """A routine look at a pending domain costs one question for each record."""
    for seen in (Seen.NODATA, Seen.NXDOMAIN):
        assert further_questions(ONE, {ASKED: Answer(seen)}, probe=False) == ()


def test_a_probe_where_no_name_is_asks_for_the_doubled_name_and_the_domain() -> None:
    """There can be no other type at a name that does not exist (RFC 8020)."""
    assert further_questions(ONE, {ASKED: Answer(Seen.NXDOMAIN)}, probe=True) == (
        DOUBLED,
        Question("example.org", "SOA"),
    )


def test_a_probe_where_the_name_has_other_types_asks_for_those() -> None:
    """A pasted text, or the addresses of a proxy."""
    assert further_questions(ONE, {ASKED: Answer(Seen.NODATA)}, probe=True) == (
        Question(NAME, "TXT"),
        Question(NAME, "A"),
        Question(NAME, "AAAA"),
        DOUBLED,
    )


def test_two_missing_records_ask_for_their_domain_once() -> None:
    """One question serves both."""
    seen = {Question(record.name, "CNAME"): Answer(Seen.NXDOMAIN) for record in CHALLENGE.records}

    assert further_questions(CHALLENGE, seen, probe=True).count(Question("example.org", "SOA")) == 1


@pytest.mark.parametrize("seen", [Seen.SERVFAIL, Seen.REFUSED, Seen.TIMEOUT, Seen.MALFORMED])
def test_what_could_not_be_seen_is_not_probed(seen: Seen) -> None:
    """Only a clear missing calls for probes."""
    assert further_questions(ONE, {ASKED: Answer(seen)}, probe=True) == ()
