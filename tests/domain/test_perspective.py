"""Seen from several places: the quorum of the CA/Browser Forum, and nobody blamed for what was not seen."""

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.diagnosis import Code
from domain.perspective import Remote, corroborate, may_differ
from domain.verdict import Outcome, Status, Verdict
from tests.domain.building import BLIND, MISSING, PASSED, a_verdict

REFUSED: Final = a_verdict(Outcome.REFUSED, Code.WRONG_TARGET)
# p: passed, n: seen clearly and not there, r: a final no, i: saw nothing, -: gave no answer.
SAID: Final = {"p": PASSED, "n": MISSING, "r": REFUSED, "i": BLIND, "-": None}
MISSING_OR_WRONG: Final = {Status.MISSING, Status.WRONG}

letters = st.sampled_from("pnri-")
sayings = st.lists(letters, max_size=9).map("".join)


def remotes(said: str) -> list[Remote]:
    """Perspectives with names of their own, each with what it said."""
    return [Remote(perspective=f"place {place}", verdict=SAID[letter]) for place, letter in enumerate(said)]


def outcome(said: str, primary: Verdict = PASSED) -> Outcome:
    """What comes of it."""
    return corroborate(primary, remotes(said)).outcome


@pytest.mark.parametrize(
    ("count", "allowed"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2), (50, 2)]
)
def test_how_many_may_differ_is_the_forums_table(count: int, allowed: int) -> None:
    """2 to 5 remote perspectives: one. 6 and more: two."""
    assert may_differ(count) == allowed


@pytest.mark.parametrize(
    ("what", "said", "expected"),
    [
        ("no remote perspective: the primary alone decides", "", "passed"),
        ("the only one agrees", "p", "passed"),
        ("the only one saw something else", "n", "not_yet"),
        ("the only one could not see", "i", "inconclusive"),
        ("the only one gave no answer", "-", "inconclusive"),
        ("1 of 2 saw something else", "pn", "passed"),
        ("1 of 2 gave no answer", "p-", "passed"),
        ("2 of 2 saw something else", "nn", "not_yet"),
        ("of 2, one saw something else and the other nothing", "ni", "inconclusive"),
        ("all of 3 agree", "ppp", "passed"),
        ("1 of 3 saw something else", "ppn", "passed"),
        ("1 of 3 said a final no", "prp", "passed"),
        ("1 of 3 could not see", "ipp", "passed"),
        ("1 of 3 is slow", "pp-", "passed"),
        ("2 of 3 saw something else", "pnn", "not_yet"),
        ("2 of 3 said no, in different ways", "prn", "not_yet"),
        ("2 of 3 are slow", "p--", "inconclusive"),
        ("2 of 3 could not see", "pii", "inconclusive"),
        ("1 of 3 saw something else, 1 is slow: that one decides", "pn-", "inconclusive"),
        ("all of 3 saw something else", "nnn", "not_yet"),
        ("all of 3 are slow", "---", "inconclusive"),
        ("all of 3 could not see", "iii", "inconclusive"),
        ("2 of 3 saw something else, 1 is slow: it changes nothing", "nn-", "not_yet"),
        ("1 of 3 saw something else, 2 are slow", "n--", "inconclusive"),
        ("1 of 4 saw something else", "pppn", "passed"),
        ("2 of 4 saw something else", "ppnn", "not_yet"),
        ("1 of 5 saw something else", "ppppn", "passed"),
        ("1 of 5 is slow", "pppp-", "passed"),
        ("2 of 5 saw something else", "pppnn", "not_yet"),
        ("2 of 5 are slow", "ppp--", "inconclusive"),
        ("2 of 5 saw something else, 3 are slow: too few for a word", "nn---", "inconclusive"),
        ("2 of 5 saw something else, 1 is slow", "ppnn-", "not_yet"),
        ("2 of 6 saw something else", "ppppnn", "passed"),
        ("2 of 6 are slow", "pppp--", "passed"),
        ("3 of 6 saw something else", "pppnnn", "not_yet"),
        ("3 of 6 are slow", "ppp---", "inconclusive"),
        ("of 6, two saw something else and one nothing", "pppnni", "inconclusive"),
        ("2 of 9 may differ, and no more", "pppppppnn", "passed"),
        ("3 of 9 saw something else", "ppppppnnn", "not_yet"),
    ],
)
def test_a_pass_needs_the_quorum(what: str, said: str, expected: str) -> None:
    """Boulder's cases, and those where some could not see."""
    assert outcome(said) == expected, what
    assert outcome(said[::-1]) == expected, what


@pytest.mark.parametrize("primary", [MISSING, BLIND, REFUSED])
@given(said=sayings)
def test_the_primary_must_always_agree(primary: Verdict, said: str) -> None:
    """However many others saw it: what the primary says instead of a pass stands as it is."""
    assert corroborate(primary, remotes(said)) is primary


def test_a_corroborated_pass_is_the_primarys_own() -> None:
    """With its findings, and no word of who differed."""
    assert corroborate(PASSED, remotes("ppn")) is PASSED


@pytest.mark.parametrize(
    ("said", "expected"),
    [("pp", "passed"), ("pnpp", "not_yet"), ("nn", "not_yet"), ("p-p", "inconclusive"), ("ip-n", "not_yet")],
)
def test_one_perspective_heard_more_than_once_counts_once(said: str, expected: str) -> None:
    """It alone has to agree, and its worst word counts, whichever came first."""
    same = [Remote(perspective="the same", verdict=SAID[letter]) for letter in said]

    assert corroborate(PASSED, same).outcome == expected
    assert corroborate(PASSED, same[::-1]).outcome == expected


def test_a_name_given_twice_makes_no_sixth_perspective() -> None:
    """Five places allow one to differ, whatever number of lines they fill."""
    five = remotes("pppnn")

    assert corroborate(PASSED, [*five, five[0], five[1]]).outcome is Outcome.NOT_YET
    assert corroborate(PASSED, [*five, *five]).outcome is Outcome.NOT_YET


def test_a_pass_that_was_not_corroborated_tells_what_was_seen_elsewhere() -> None:
    """The owner reads what the first of the others saw, and can act on it."""
    elsewhere = a_verdict(Outcome.NOT_YET, Code.WRONG_TARGET, "old.example")

    verdict = corroborate(PASSED, [*remotes("pi"), *_named(elsewhere, MISSING, MISSING)])

    assert verdict == Verdict(Outcome.NOT_YET, elsewhere.findings)


def test_where_others_could_not_see_their_reason_is_told() -> None:
    """Silence has none: the first perspective that knows why speaks."""
    refused = a_verdict(Outcome.INCONCLUSIVE, Code.REFUSED)

    verdict = corroborate(PASSED, [*remotes("p-n"), *_named(refused, BLIND)])

    assert verdict == Verdict(Outcome.INCONCLUSIVE, refused.findings)


def test_where_others_gave_no_answer_nothing_is_called_wrong() -> None:
    """The primary's findings stay, as not certain: our own perspectives failed, and not the owner."""
    verdict = corroborate(PASSED, remotes("p--"))

    assert [finding.status for finding in verdict.findings] == [Status.UNKNOWN, Status.UNKNOWN]
    assert [finding.diagnosis for finding in verdict.findings] == [None, None]
    assert [finding.seen for finding in verdict.findings] == [finding.seen for finding in PASSED.findings]


@given(sayings)
def test_who_could_not_see_blames_nobody(said: str) -> None:
    """Not yet: only by more clear contradictions than may differ, with enough clear views. Else no blame at all."""
    verdict = corroborate(PASSED, remotes(said))
    no, clear = (sum(said.count(letter) for letter in group) for group in ("nr", "pnr"))

    if verdict.outcome is Outcome.NOT_YET:
        assert no > may_differ(len(said))
        assert clear >= len(said) - may_differ(len(said))
    else:
        assert not {finding.status for finding in verdict.findings} & MISSING_OR_WRONG


@given(sayings.filter(bool), st.data())
def test_losing_sight_never_turns_into_a_no(said: str, data: st.DataObject) -> None:
    """One perspective less that saw: a pass may become inconclusive, and so may a no; nothing becomes a no."""
    place = data.draw(st.integers(0, len(said) - 1))
    blinder = said[:place] + data.draw(st.sampled_from("i-")) + said[place + 1 :]

    assert outcome(blinder) in {outcome(said), Outcome.INCONCLUSIVE}


@given(sayings.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_the_order_of_perspectives_changes_nothing(orders: tuple[str, Sequence[str]]) -> None:
    """Whoever answers first has no more to say."""
    said, shuffled = orders

    assert outcome("".join(shuffled)) is outcome(said)


def _named(*verdicts: Verdict) -> Sequence[Remote]:
    return [Remote(perspective=f"other {place}", verdict=verdict) for place, verdict in enumerate(verdicts)]
