"""The life of an identity under every verdict."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.challenge import Challenge
from domain.diagnosis import Code
from domain.identity import Identity, Progress, Route, State
from domain.lifecycle import TRANSITIONS, News, Step, advance, disprove, expire
from domain.registration import Registration, Requests, look_again, register_again, remove
from domain.schedule import Moment
from domain.verdict import Outcome, Reason, Verdict
from tests.domain.building import BLIND, MISSING, PASSED, START, WINDOW, a_verdict, after, an_identity

jitters = st.floats(min_value=0, max_value=1, exclude_max=True)
WANTED = Registration(account="acme", subject="example.org", plan="BUSINESS", route=Route.CLOUD, contact=None)
waiting = st.sampled_from(
    [MISSING, BLIND, a_verdict(Outcome.NOT_YET, Code.WRONG_TARGET, "elsewhere.example")]
)


def live(identity: Identity, verdicts: list[Verdict]) -> list[Step]:
    """Apply verdicts one after the other, each at the moment its look is due."""
    steps: list[Step] = []
    progress, due = Progress(), START
    for verdict in verdicts:
        steps.append(advance(identity, progress, verdict, Moment(due)))
        identity, progress = steps[-1].identity, steps[-1].progress
        if steps[-1].due_at is None:
            break
        due = steps[-1].due_at
    return steps


def test_a_passed_look_verifies() -> None:
    """One look that passes is enough; from then on it is looked at every hour."""
    step = advance(an_identity(), Progress(), PASSED, after(timedelta(0)))

    assert step.identity.state is State.VERIFIED
    assert step.identity.findings == PASSED.findings
    assert step.news == (News.VERIFIED,)
    assert step.due_at == START + timedelta(hours=1)
    assert step.progress == Progress(attempt=2)


def test_a_final_no_ends_the_window_at_once() -> None:
    """Waiting would not help; a new request begins anew."""
    step = advance(an_identity(), Progress(attempt=3), Verdict(Outcome.REFUSED), after(timedelta(hours=1)))

    assert (step.identity.state, step.identity.looks_made) == (State.FAILED, 3)
    assert step.due_at is None


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED, State.REVOKED, State.REMOVED])
@pytest.mark.parametrize("verdict", [PASSED, MISSING, BLIND])
def test_a_settled_identity_comes_back_unchanged(state: State, verdict: Verdict) -> None:
    """A late look changes nothing, whatever it saw."""
    settled = replace(an_identity(), state=state)

    step = advance(settled, Progress(attempt=7), verdict, after(timedelta(days=9)))

    assert step == Step(identity=settled, progress=Progress(attempt=8, inconclusive=verdict is BLIND))


@pytest.mark.parametrize("verdict", [PASSED, Verdict(Outcome.NOT_YET), BLIND])
def test_what_is_proven_without_records_is_not_looked_at(verdict: Verdict) -> None:
    """On route `smtp` nothing can be seen in DNS, and nothing is lost there."""
    proven = replace(an_identity(challenge=Challenge()), state=State.VERIFIED)

    step = advance(proven, Progress(absences=(START, START)), verdict, after(timedelta(days=9)))

    assert (step.identity, step.due_at, step.news) == (proven, None, ())


def test_the_first_clear_look_shows_its_diagnosis_and_equal_ones_are_no_news() -> None:
    """The owner hears of a diagnosis when it changes, not at every look."""
    first, second = live(an_identity(), [MISSING, MISSING])

    assert first.news == (News.DIAGNOSIS_CHANGED,)
    assert first.identity.findings == MISSING.findings
    assert second.news == ()
    assert second.identity == first.identity


def test_two_inconclusive_looks_do_not_change_the_diagnosis_but_a_third_does() -> None:
    """A hiccup is no diagnosis."""
    steps = live(an_identity(), [MISSING, BLIND, BLIND, BLIND, BLIND])

    assert [step.news for step in steps] == [(News.DIAGNOSIS_CHANGED,), (), (), (News.DIAGNOSIS_CHANGED,), ()]
    assert [step.progress.inconclusive for step in steps] == [0, 1, 2, 3, 4]
    assert steps[2].identity.findings == MISSING.findings
    assert steps[3].identity.findings == BLIND.findings


def test_a_clear_look_between_ends_the_inconclusive_run() -> None:
    """Only three in a row count."""
    steps = live(an_identity(), [MISSING, BLIND, BLIND, MISSING, BLIND])

    assert all(step.news == () for step in steps[1:])


def test_the_same_code_with_another_value_seen_is_news() -> None:
    """An owner who changed a record wants to hear that it was noticed."""
    wrong = [a_verdict(Outcome.NOT_YET, Code.WRONG_TARGET, seen) for seen in ("a.example", "b.example")]

    _, second = live(an_identity(), wrong)

    assert second.news == (News.DIAGNOSIS_CHANGED,)
    assert second.identity.findings == wrong[1].findings


def test_without_records_only_the_end_of_the_window_is_looked_at() -> None:
    """On route `smtp` a look in between would see nothing."""
    step = advance(
        an_identity(challenge=Challenge()), Progress(), Verdict(Outcome.NOT_YET), after(timedelta(0))
    )

    assert step.due_at == START + WINDOW


def test_a_clear_no_at_the_deadline_expires() -> None:
    """The window closes with the diagnosis that was last seen."""
    step = advance(an_identity(), Progress(attempt=189), MISSING, after(WINDOW))

    assert step.identity.state is State.EXPIRED
    assert step.news == (News.DIAGNOSIS_CHANGED, News.EXPIRED)
    assert step.due_at is None


def test_an_inconclusive_deadline_is_prolonged_for_a_day_then_expires_with_that_diagnosis() -> None:
    """What we could not see is never the owner's failure, but it does not wait for ever."""
    identity, progress, moment, looks = an_identity(), Progress(), after(WINDOW), 0
    while True:
        step = advance(identity, progress, BLIND, moment)
        looks += 1
        if step.due_at is None:
            break
        assert step.due_at == moment.now + timedelta(minutes=30)
        identity, progress, moment = step.identity, step.progress, Moment(step.due_at)

    assert looks == 49
    assert step.identity.state is State.EXPIRED
    assert step.identity.deadline == START + WINDOW
    assert step.identity.findings == BLIND.findings
    assert step.news == (News.EXPIRED,)


def test_a_prolonged_window_ends_at_the_first_clear_look_at_its_end() -> None:
    """Seen clearly at last: a no is a no, a yes is a yes."""
    prolonged = advance(an_identity(), Progress(), BLIND, after(WINDOW)).identity
    later = after(WINDOW + timedelta(minutes=30))

    assert advance(prolonged, Progress(), MISSING, later).identity.state is State.EXPIRED
    assert advance(prolonged, Progress(), PASSED, later).identity.state is State.VERIFIED


def test_who_still_waits_after_a_day_is_told_once() -> None:
    """One mail after 24 hours, not one at every look."""
    early = advance(an_identity(), Progress(), MISSING, after(timedelta(hours=23, minutes=59)))
    first = advance(early.identity, Progress(), MISSING, after(timedelta(hours=24)))
    second = advance(first.identity, Progress(), MISSING, after(timedelta(hours=25)))

    assert News.STILL_WAITING not in early.news
    assert first.news == (News.STILL_WAITING,)
    assert second.news == ()


@given(st.data())
def test_an_unproven_domain_expires_after_a_bounded_number_of_looks(data: st.DataObject) -> None:
    """However the world answers, a window ends: at the deadline, or within a day after it."""
    identity, progress, due, looks = an_identity(), Progress(), START, 0
    while identity.state is State.PENDING:
        verdict = data.draw(waiting) if due >= START + WINDOW or looks < 5 else MISSING
        step = advance(identity, progress, verdict, Moment(due, data.draw(jitters) if looks < 20 else 0.5))
        looks += 1
        assert step.due_at is None or due < step.due_at <= step.identity.last_look_at
        identity, progress, due = step.identity, step.progress, step.due_at or due

    assert identity.state is State.EXPIRED
    assert START + WINDOW <= due <= START + WINDOW + timedelta(hours=24)
    assert 189 <= looks <= 210 + 48


@given(st.lists(waiting, max_size=30))
def test_a_record_that_appears_verifies_whatever_was_seen_before(before: list[Verdict]) -> None:
    """No run of bad looks stands in the way of a good one."""
    steps = live(an_identity(), [*before, PASSED])

    assert steps[-1].identity.state is State.VERIFIED


def test_the_table_of_transitions_is_what_can_happen_no_more_and_no_less() -> None:
    """The drawing in ARCHITECTURE.md is made from the table: it must be the truth."""
    moments = [after(timedelta(0)), after(WINDOW), after(3 * WINDOW)]
    possible: set[tuple[State, State]] = set()
    for state in State:
        known = replace(an_identity(), state=state)
        steps = [
            advance(known, progress, verdict, at)
            for progress in (Progress(), Progress(absences=(START, START)))
            for verdict in (PASSED, MISSING, BLIND, Verdict(Outcome.REFUSED))
            for at in moments
        ]
        steps += [register_again(known, WANTED, WINDOW, at) for at in moments if state is not State.REMOVED]
        asked = [look_again(known, Progress(), Requests(), WINDOW, at) for at in moments]
        steps += [step for step in (*asked, remove(known)) if isinstance(step, Step)]
        steps += [disprove(known, Reason(code="x.y")), expire(known)] if state is State.VERIFIED else []
        possible |= {(state, step.identity.state) for step in steps if step.identity.state is not state}

    assert possible == {(state, to) for state, ways in TRANSITIONS.items() for to in ways.values()}
