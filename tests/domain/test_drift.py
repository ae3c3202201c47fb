"""What is proven is watched: when it comes to be at risk, how it recovers, and when it is revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain.diagnosis import Code
from domain.identity import Identity, Progress, State
from domain.lifecycle import News, Step, advance
from domain.schedule import Moment
from domain.verdict import Outcome, Verdict
from tests.domain.building import BLIND, MISSING, PASSED, START, a_verdict, after, an_identity

HOUR = timedelta(hours=1)
VERIFIED = replace(an_identity(), state=State.VERIFIED, findings=PASSED.findings, looks_made=4)
WRONG = a_verdict(Outcome.NOT_YET, Code.WRONG_TARGET, "elsewhere.example")
FINAL = Verdict(Outcome.REFUSED)


@dataclass(slots=True)
class Life:
    """A domain under watch: every look at the moment when it is due, until none is."""

    identity: Identity = VERIFIED
    progress: Progress = field(default_factory=lambda: Progress(attempt=5))
    due: datetime | None = START
    steps: list[Step] = field(default_factory=list)

    def look(self, verdict: Verdict, *, asked: bool = False, jitter: float = 0.0) -> Step:
        """The next look; one that is `asked` for comes half an hour before it is due."""
        assert self.due is not None
        at = self.due - HOUR / 2 if asked else self.due
        progress = replace(self.progress, unasked_at=self.due if asked else None)
        step = advance(self.identity, progress, verdict, Moment(at, jitter))
        self.identity, self.progress, self.due = step.identity, step.progress, step.due_at
        self.steps.append(step)
        return step

    @property
    def news(self) -> list[News]:
        """All that was told of it."""
        return [news for step in self.steps for news in step.news]


def live(*verdicts: Verdict) -> Life:
    """A life of unasked looks."""
    life = Life()
    for verdict in verdicts:
        life.look(verdict)
    return life


def test_a_look_that_passes_changes_nothing_and_the_next_comes_in_an_hour() -> None:
    """All is well, a million times a day: nothing but the schedule moves."""
    step = advance(VERIFIED, Progress(attempt=5), PASSED, after(timedelta(0)))

    assert step == Step(identity=VERIFIED, progress=Progress(attempt=6), due_at=START + HOUR)


@pytest.mark.parametrize(
    ("seen", "state", "absences"),
    [
        ((MISSING,), State.VERIFIED, 1),
        ((MISSING, WRONG), State.VERIFIED, 2),
        ((MISSING, WRONG, MISSING), State.AT_RISK, 3),
        ((MISSING, MISSING, PASSED), State.VERIFIED, 0),
        ((MISSING, MISSING, PASSED, MISSING, MISSING), State.VERIFIED, 2),
        ((MISSING, BLIND, MISSING), State.VERIFIED, 2),
        ((MISSING, BLIND, BLIND, BLIND, MISSING, BLIND, MISSING), State.AT_RISK, 3),
        ((MISSING, FINAL, MISSING), State.VERIFIED, 2),
        ((BLIND,) * 9, State.VERIFIED, 0),
        ((MISSING,) * 3 + (BLIND,) * 9, State.AT_RISK, 3),
        ((MISSING,) * 3 + (PASSED,), State.VERIFIED, 0),
        ((MISSING,) * 3 + (PASSED, MISSING, MISSING), State.VERIFIED, 2),
    ],
)
def test_three_clear_absences_in_a_row_put_a_domain_at_risk(
    seen: Sequence[Verdict], state: State, absences: int
) -> None:
    """What could not be seen neither adds to the row nor ends it; a pass ends it."""
    life = live(*seen)

    assert (life.identity.state, len(life.progress.absences)) == (state, absences)


def test_until_then_nothing_is_told_and_what_is_shown_stays() -> None:
    """A name server that answers wrongly for an hour is nobody's news."""
    life = live(MISSING, WRONG)

    assert life.identity == VERIFIED
    assert life.news == []


def test_at_risk_is_told_with_what_was_seen_and_the_next_look_comes_in_an_hour() -> None:
    """The third look's findings; the row keeps the moment of the first."""
    life = live(MISSING, MISSING, WRONG)

    assert life.identity == replace(VERIFIED, state=State.AT_RISK, findings=WRONG.findings)
    assert life.steps[-1].news == (News.AT_RISK,)
    assert life.progress.absences == (START, START + HOUR, START + 2 * HOUR)
    assert life.due == START + 3 * HOUR


def test_at_risk_another_diagnosis_is_news_and_the_same_is_none() -> None:
    """Who is putting it right hears what has changed; what we cannot see is news the third time."""
    life = live(MISSING, MISSING, MISSING, MISSING, WRONG, BLIND, BLIND, BLIND)

    assert [step.news for step in life.steps[3:]] == [
        (),
        (News.DIAGNOSIS_CHANGED,),
        (),
        (),
        (News.DIAGNOSIS_CHANGED,),
    ]
    assert life.identity.state is State.AT_RISK


def test_a_pass_at_risk_recovers_and_what_was_missed_is_forgotten() -> None:
    """Verified as before; the next row begins anew."""
    life = live(MISSING, MISSING, MISSING, PASSED)

    assert life.identity == VERIFIED
    assert life.steps[-1].news == (News.RECOVERED,)
    assert life.progress.absences == ()
    assert life.due == START + 4 * HOUR


def test_it_is_revoked_exactly_72_hours_after_the_first_absence() -> None:
    """No look follows: only a request begins again."""
    life = live(*[MISSING] * 72)
    at_risk = life.identity

    assert life.due == START + 72 * HOUR
    last = life.look(MISSING)

    assert last.identity == replace(at_risk, state=State.REVOKED, looks_made=77)
    assert (last.news, last.due_at) == ((News.REVOKED,), None)


def test_it_is_revoked_only_by_a_look_that_sees_clearly() -> None:
    """A silent name server at the end puts it off, hour by hour; a record that is back saves it."""
    life = live(*[MISSING] * 72, *[BLIND] * 30)
    blind = life.identity
    saved = advance(blind, life.progress, PASSED, Moment(START + 102 * HOUR))
    lost = advance(blind, life.progress, WRONG, Moment(START + 102 * HOUR))

    assert blind.state is State.AT_RISK
    assert life.due == START + 102 * HOUR
    assert (saved.identity.state, saved.news) == (State.VERIFIED, (News.RECOVERED,))
    assert (lost.identity.state, lost.identity.findings) == (State.REVOKED, WRONG.findings)
    assert lost.news == (News.REVOKED,)


def test_an_absence_that_somebody_asked_about_is_not_counted() -> None:
    """A manual check never harms: neither a verified domain nor one at risk, however late."""
    verified = live(MISSING, MISSING)
    for _ in range(9):
        verified.look(MISSING, asked=True)
    at_risk = live(*[MISSING] * 72)
    due, at_risk.due = at_risk.due, START + 90 * HOUR
    at_risk.look(WRONG, asked=True)

    assert verified.identity == VERIFIED
    assert verified.progress.absences == (START, START + HOUR)
    assert verified.due == START + 2 * HOUR
    assert due == START + 72 * HOUR
    assert (at_risk.identity.state, at_risk.news[-1]) == (State.AT_RISK, News.DIAGNOSIS_CHANGED)


def test_who_asks_often_puts_off_no_look_of_ours() -> None:
    """Asking every minute must not keep a domain verified whose records are gone."""
    life = live(MISSING)
    for _ in range(2):
        life.look(MISSING, asked=True)
        life.look(MISSING)

    assert life.identity.state is State.AT_RISK
    assert life.progress.absences == (START, START + HOUR, START + 2 * HOUR)


def test_a_look_that_was_asked_for_while_another_was_due_is_followed_by_it() -> None:
    """The hour's own look is late already: it comes at once."""
    step = advance(VERIFIED, Progress(unasked_at=START), PASSED, after(HOUR))

    assert step.due_at == START + HOUR


def test_a_pass_that_somebody_asked_for_ends_the_row_and_recovers() -> None:
    """It can only do good."""
    verified, at_risk = live(MISSING, MISSING), live(MISSING, MISSING, MISSING)

    assert verified.look(PASSED, asked=True).progress.absences == ()
    assert at_risk.look(PASSED, asked=True).news == (News.RECOVERED,)
    assert at_risk.due == START + 3 * HOUR


def test_at_risk_without_a_row_the_row_begins_with_the_next_absence() -> None:
    """What was forgotten is never counted against the owner."""
    at_risk = replace(VERIFIED, state=State.AT_RISK)

    step = advance(at_risk, Progress(), MISSING, after(HOUR))

    assert (step.identity.state, step.progress.absences) == (State.AT_RISK, (START + HOUR,))


def test_looks_that_see_nothing_for_years_are_counted_no_further() -> None:
    """A number in the database has an end."""
    step = advance(VERIFIED, Progress(inconclusive=1_000), BLIND, after(HOUR))

    assert step.progress.inconclusive == 1_000


looks = st.lists(
    st.tuples(
        st.sampled_from([PASSED, MISSING, WRONG, BLIND]),
        st.booleans(),
        st.floats(min_value=0, max_value=1, exclude_max=True),
    ),
    max_size=120,
)
# Long runs of the same, as the world has them: or hardly any life would last to its revocation.
spells = st.lists(
    st.tuples(st.sampled_from([PASSED, MISSING, MISSING, WRONG, BLIND]), st.integers(1, 60)), max_size=8
).map(lambda runs: [(verdict, False, 0.5) for verdict, times in runs for _ in range(times)])


@given(looks | spells)
def test_whatever_is_seen_no_state_is_lost_but_by_clear_looks(
    seen: Sequence[tuple[Verdict, bool, float]],
) -> None:
    """At risk after three absences without a pass between, revoked 72 hours after the first of them, else nothing."""
    life, row = Life(), list[datetime]()
    for verdict, asked, jitter in seen:
        before, at = life.identity.state, (life.due or START) - (HOUR / 2 if asked else timedelta())
        step = life.look(verdict, asked=asked, jitter=jitter)
        row = [] if verdict is PASSED else [*row, at] if verdict is not BLIND and not asked else row
        now = step.identity.state
        if now is not before:
            assert verdict.outcome is not Outcome.INCONCLUSIVE
            assert not asked or now is State.VERIFIED
        if now is State.REVOKED:
            assert at - row[0] >= timedelta(hours=72)
            break
        assert now is (State.AT_RISK if len(row) >= 3 else State.VERIFIED)
        assert step.due_at is not None
        assert at <= step.due_at <= at + HOUR
    event(life.identity.state)


@given(looks | spells)
def test_every_turn_is_told_once(seen: Sequence[tuple[Verdict, bool, float]]) -> None:
    """One piece of news for each occurrence, in turns, and none without one."""
    life, turns = Life(), list[News]()
    told = {State.AT_RISK: News.AT_RISK, State.VERIFIED: News.RECOVERED, State.REVOKED: News.REVOKED}
    for verdict, asked, jitter in seen:
        before = life.identity.state
        step = life.look(verdict, asked=asked, jitter=jitter)
        turns += [told[step.identity.state]] if step.identity.state is not before else []
        if step.due_at is None:
            break

    assert [news for news in life.news if news is not News.DIAGNOSIS_CHANGED] == turns
    assert all(one is not other for one, other in pairwise(turns))


@given(st.integers(0, 400), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_inconclusive_looks_alone_never_change_a_state(times: int, jitter: float) -> None:
    """For weeks, verified or at risk."""
    verified, at_risk = Life(), live(MISSING, MISSING, MISSING)
    for life in (verified, at_risk):
        for _ in range(times):
            life.look(BLIND, jitter=jitter)

    assert (verified.identity, verified.news) == (VERIFIED, [])
    assert at_risk.identity.state is State.AT_RISK
