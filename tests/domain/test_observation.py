"""Which questions a look asks, and how little it asks when nothing is wrong."""

from itertools import pairwise

from domain.challenge import Challenge, ExpectedRecord
from domain.observation import Answer, Observation, Question, Seen, further_questions

RECORD = ExpectedRecord(
    type="CNAME", name="sg1-a._domainkey.example.org", value="sg1-a.dkim.example", purpose="dkim"
)
ONE = Challenge((RECORD,))
ASKED = Question(RECORD.name, "CNAME")
ABSENT = Answer(Seen.NXDOMAIN)
DOUBLED = Question("sg1-a._domainkey.example.org.example.org", "CNAME")


def to(target: str) -> Answer:
    """A CNAME to a target."""
    return Answer(Seen.RECORDS, (target,))


def chain(length: int, end: str) -> Observation:
    """A chain of so many CNAMEs, the last to `end`."""
    names = [RECORD.name, *(f"hop{number}.example" for number in range(1, length)), end]
    return {Question(name, "CNAME"): to(target) for name, target in pairwise(names)}


def test_a_routine_look_begins_with_one_question_for_each_record() -> None:
    """Nothing else is asked before something is known."""
    assert further_questions(ONE, {}, probe=True) == (ASKED,)
    assert further_questions(Challenge(), {}, probe=True) == ()


def test_nothing_more_is_asked_of_a_record_that_is_right() -> None:
    """The target itself is ours, and no part of the proof."""
    assert further_questions(ONE, {ASKED: to(RECORD.value)}, probe=True) == ()


def test_a_name_that_does_not_exist_is_sought_doubled_and_its_domain_asked_for() -> None:
    """No other type can stand at a name that does not exist."""
    assert further_questions(ONE, {ASKED: ABSENT}, probe=True) == (DOUBLED, Question("example.org", "SOA"))


def test_a_name_with_other_types_is_asked_for_them() -> None:
    """A TXT in place of the CNAME, or the addresses of a proxy."""
    assert further_questions(ONE, {ASKED: Answer(Seen.NODATA)}, probe=True) == (
        Question(RECORD.name, "TXT"),
        Question(RECORD.name, "A"),
        Question(RECORD.name, "AAAA"),
        DOUBLED,
    )


def test_without_a_probe_an_absence_costs_nothing_more() -> None:
    """The routine look of a pending domain stays at one question per record."""
    assert further_questions(ONE, {ASKED: ABSENT}, probe=False) == ()


def test_silence_is_no_reason_to_seek_mistakes() -> None:
    """Only a clear *missing* is."""
    assert further_questions(ONE, {ASKED: Answer(Seen.TIMEOUT)}, probe=True) == ()


def test_a_chain_is_followed_to_the_target_or_for_eight_hops() -> None:
    """One question where the last one points, also in a routine look."""
    assert further_questions(ONE, {ASKED: to("alias.example")}, probe=False) == (
        Question("alias.example", "CNAME"),
    )
    assert further_questions(ONE, chain(3, RECORD.value), probe=False) == ()
    assert further_questions(ONE, chain(7, "more.example"), probe=False) == (
        Question("more.example", "CNAME"),
    )
    assert further_questions(ONE, chain(8, "more.example"), probe=False) == ()


def test_a_loop_a_fork_and_what_is_no_host_name_end_a_chain() -> None:
    """None of them leads anywhere."""
    for target in (Answer(Seen.RECORDS, (RECORD.name,)), Answer(Seen.RECORDS, ("a", "b")), to("https://x")):
        assert further_questions(ONE, {ASKED: target}, probe=False) == ()
