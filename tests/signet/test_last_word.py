"""The last line of `signet check`: what to do next, and when to look again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.diagnosis import Code
from domain.names import DomainName
from domain.observation import Answer, Asked, Delegation, Observation, Seen, Sight
from domain.questions import question_of
from domain.verdict import STATUS_OF, Finding, Outcome, Verdict
from signet.check_page import Looked, last_word
from signet.delegation_view import Surroundings
from tests.domain.building import CHALLENGE, PASSED, START, a_finding, a_verdict

RECORD = CHALLENGE.records[0]
DIRECTLY = "Signet asks the name servers directly, so it sees a record as soon as they have it."


def looked(verdict: Verdict, observation: Observation | None = None, *, is_watched: bool = False) -> Looked:
    """One look, at START."""
    return Looked(
        name=DomainName("example.org", "example.org"),
        verdict=verdict,
        observation=observation or {},
        around=Surroundings(domain="example.org", suffix="org", resolvers=["192.0.2.53"]),
        at=START,
        is_watched=is_watched,
    )


def found(code: Code) -> Finding:
    """A finding that stands as its code says."""
    return replace(a_finding(RECORD, code), status=STATUS_OF[code])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Code.RECORD_MISSING, f"then look again. {DIRECTLY}"),
        (Code.WRONG_TARGET, f"then look again. {DIRECTLY}"),
        (Code.PARTIAL, "Next: look again in a quarter of an hour."),
        (Code.DOMAIN_NOT_FOUND, "then look again in an hour."),
        (Code.NOT_DELEGATED, "then look again in an hour."),
    ],
)
def test_when_to_look_again_hangs_on_what_is_wrong(code: Code, expected: str) -> None:
    """What the owner changes is seen at once; registries and name servers take their time."""
    word = last_word(looked(Verdict(Outcome.NOT_YET, (found(code),))))

    assert expected in word
    assert word.endswith("With --watch, Signet looks by itself until everything is in place.")


@pytest.mark.parametrize("code", [Code.RECORD_MISSING, Code.PARTIAL, Code.DOMAIN_NOT_FOUND])
def test_who_watches_is_not_told_to_look(code: Code) -> None:
    """Signet does it."""
    word = last_word(looked(Verdict(Outcome.NOT_YET, (found(code),)), is_watched=True))

    assert "look again" not in word
    assert word.endswith("Signet looks again by itself until everything is in place.")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 minute"),
        (300, "5 minutes"),
        (301, "6 minutes"),
        (3600, "1 hour"),
        (7200, "2 hours"),
        (90_000, "25 hours"),
    ],
)
def test_nobody_has_to_wait_for_those_who_remember_that_it_was_missing(seconds: int, said: str) -> None:
    """The zone says for how long they do (RFC 2308)."""
    denial = Answer(Seen.NXDOMAIN, ttl=seconds)
    seen = {Asked(question_of(RECORD)): Sight((denial,), Delegation("example.org", ()))}

    word = last_word(looked(Verdict(Outcome.NOT_YET, (found(Code.RECORD_MISSING),)), seen))

    assert f"Others may see it up to {said} later; there is no need to wait for them." in word


def test_until_when_others_may_see_the_old_answer_is_said() -> None:
    """By the clock, and as a length of time."""
    stale = found(Code.STALE_CACHE)
    assert stale.diagnosis
    until = START + timedelta(minutes=40)
    stale = replace(stale, diagnosis=replace(stale.diagnosis, until=until))

    word = last_word(looked(Verdict(Outcome.PASSED, (stale,))))

    assert "the old answer until 2026-11-23 12:40 UTC (for 40 minutes more)" in word
    assert word.endswith("There is nothing left to do.")


def test_when_all_is_well_there_is_nothing_left_to_do() -> None:
    """No more is said."""
    assert last_word(looked(PASSED)) == "Every record is in place. There is nothing left to do."


def test_what_could_not_be_seen_is_nobodys_fault() -> None:
    """It is worth another look, and the records may be right."""
    word = last_word(looked(a_verdict(Outcome.INCONCLUSIVE)))

    assert "look again in a few minutes" in word
    assert "may well be right" in word
