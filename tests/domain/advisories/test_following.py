"""Aliases before the mail records are followed, within bounds."""

from itertools import pairwise

import pytest

from domain.advisories.following import LONGEST_CHAIN, clear, followed, is_askable
from domain.observation import Answer, Question, Seen

ASKED = Question("_dmarc.example.com", "TXT")
ALIAS = Question("_dmarc.example.com", "CNAME")
EMPTY = Answer(Seen.NODATA)
THERE = Answer(Seen.RECORDS, ("v=DMARC1; p=none",))


def to(*names: str) -> Answer:
    """An alias."""
    return Answer(Seen.RECORDS, names)


def chain(hops: int) -> dict[Question, Answer]:
    """Aliases from the name that is asked for, one after the other, to a record."""
    names = [ASKED.name, *(f"n{number}.example" for number in range(hops))]
    aliases = {Question(name, "CNAME"): to(target) for name, target in pairwise(names)}
    empty = {Question(name, "TXT"): EMPTY for name in names[:-1]}
    return {**aliases, **empty, Question(names[-1], "TXT"): THERE}


CASES: dict[str, tuple[dict[Question, Answer], Answer | Question]] = {
    "nothing known": ({}, ASKED),
    "a record": ({ASKED: THERE}, THERE),
    "no such name: the end of the aliases is none either": (
        {ASKED: Answer(Seen.NXDOMAIN)},
        Answer(Seen.NXDOMAIN),
    ),
    "silence": ({ASKED: Answer(Seen.TIMEOUT)}, Answer(Seen.TIMEOUT)),
    "no such type: is there an alias?": ({ASKED: EMPTY}, ALIAS),
    "no such type, and no alias": ({ASKED: EMPTY, ALIAS: EMPTY}, EMPTY),
    "no such type, and an alias that cannot be seen": (
        {ASKED: EMPTY, ALIAS: Answer(Seen.TIMEOUT)},
        Answer(Seen.TIMEOUT),
    ),
    "an alias": ({ASKED: EMPTY, ALIAS: to("n0.example")}, Question("n0.example", "TXT")),
    "an alias to a record": (chain(1), THERE),
    "as many as are followed": (chain(LONGEST_CHAIN - 1), THERE),
    "one more": (chain(LONGEST_CHAIN), Answer(Seen.MALFORMED)),
    "a circle": ({ASKED: EMPTY, ALIAS: to(ASKED.name)}, Answer(Seen.MALFORMED)),
    "several": ({ASKED: EMPTY, ALIAS: to("n0.example", "n1.example")}, Answer(Seen.MALFORMED)),
    "none, though it says so": ({ASKED: EMPTY, ALIAS: to()}, Answer(Seen.MALFORMED)),
    "a target that is no name": ({ASKED: EMPTY, ALIAS: to("https://n0.example")}, Answer(Seen.MALFORMED)),
}


@pytest.mark.parametrize(("answers", "expected"), CASES.values(), ids=CASES.keys())
def test_aliases_are_followed_to_their_end(
    answers: dict[Question, Answer], expected: Answer | Question
) -> None:
    """Or to the next question on the way."""
    assert followed(ASKED, answers) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({ASKED: THERE}, THERE),
        ({ASKED: EMPTY, ALIAS: EMPTY}, EMPTY),
        ({ASKED: EMPTY}, None),
        ({ASKED: Answer(Seen.SERVFAIL)}, None),
    ],
)
def test_only_a_clear_answer_counts(answers: dict[Question, Answer], expected: Answer | None) -> None:
    """Whether something is there or not."""
    assert clear(ASKED, answers) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.com", True),
        ("_spf.xn--hkyrky-ptac70bc.cz", True),
        (f"{'a' * 63}.com", True),
        (f"{'a' * 64}.com", False),
        (".".join(["a" * 62] * 4) + ".c", True),
        (".".join(["a" * 62] * 4) + ".co", False),
        ("com", False),
        ("", False),
        ("a..com", False),
        (".com", False),
        ("example.com.", False),
        ("EXAMPLE.com", False),
        ("%{d}.example.com", False),
        ("a b.com", False),
        ("a\n.com", False),
        ("řeka.cz", False),
        ("a.com\n", False),
    ],
)
def test_a_name_that_a_stranger_wrote_is_asked_for_only_where_it_is_one(name: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Two labels at least, in lower case, within the lengths of RFC 1035."""
    assert is_askable(name) is expected
