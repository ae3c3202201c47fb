"""The schedule of looks, and what it promises an owner."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.schedule import Moment, is_fresh, next_look, next_watch, pause, prolong, revocable_at
from tests.domain.building import START, WINDOW

jitters = st.floats(min_value=0, max_value=1, exclude_max=True)


def all_looks(jitter: float) -> list[datetime]:
    """Every look of a window in which the record never appears."""
    looks = [START]
    while looks[-1] < START + WINDOW:
        looks.append(next_look(START, START + WINDOW, Moment(looks[-1], jitter)))
    return looks


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (timedelta(0), timedelta(seconds=5)),
        (timedelta(seconds=59), timedelta(seconds=5)),
        (timedelta(seconds=60), timedelta(seconds=10)),
        (timedelta(seconds=599), timedelta(seconds=10)),
        (timedelta(minutes=10), timedelta(minutes=1)),
        (timedelta(hours=1), timedelta(minutes=6)),
        (timedelta(hours=5), timedelta(minutes=30)),
        (timedelta(hours=47), timedelta(minutes=30)),
    ],
)
def test_the_pause_grows_with_the_time_waited(waited: timedelta, expected: timedelta) -> None:
    """5 s in the first minute, 10 s up to ten minutes, then a tenth, 30 minutes at most."""
    assert pause(waited) == expected


@given(jitters)
def test_a_window_takes_between_189_and_210_looks_and_ends_at_the_deadline(jitter: float) -> None:
    """However the dice fall, the number of looks is bounded and the last is exactly at the deadline."""
    looks = all_looks(jitter)

    assert 189 <= len(looks) <= 210
    assert looks[-1] == START + WINDOW


@given(st.timedeltas(timedelta(0), WINDOW), jitters)
def test_a_record_is_noticed_as_soon_as_promised_whenever_it_appears(
    appears: timedelta, jitter: float
) -> None:
    """Within ten seconds in the first ten minutes, later within a tenth of the time waited, never over 30 minutes."""
    noticed = next(look for look in all_looks(jitter) if look >= START + appears)

    delay = noticed - (START + appears)
    promised = max(timedelta(seconds=10), min(appears * 0.1, timedelta(minutes=30)))
    assert delay <= promised + timedelta(microseconds=1)


@given(st.timedeltas(timedelta(0), WINDOW), jitters)
def test_jitter_shortens_by_a_tenth_at_most_and_never_lengthens(waited: timedelta, jitter: float) -> None:
    """Looks spread out, but no promise is stretched."""
    far = START + timedelta(days=400)
    now = START + waited

    due = next_look(START, far, Moment(now, jitter)) - now

    assert pause(waited) * 0.9 - timedelta(microseconds=1) <= due <= pause(waited)


@given(jitters)
def test_what_is_proven_is_looked_at_every_hour_or_a_little_sooner(jitter: float) -> None:
    """A million domains verified in one night do not come due in one second for ever."""
    due = next_watch(Moment(START, jitter)) - START

    assert timedelta(minutes=54) - timedelta(microseconds=1) <= due <= timedelta(hours=1)


@given(jitters)
def test_what_is_missing_is_looked_at_exactly_when_it_may_be_revoked(jitter: float) -> None:
    """72 hours are 72 hours; who could not see then looks again after an hour."""
    first = START - timedelta(hours=71, minutes=30)
    last = Moment(revocable_at(first), jitter)

    assert next_watch(Moment(START, jitter), (first, START)) == last.now == START + timedelta(minutes=30)
    assert next_watch(last, (first,)) == next_watch(last)


def test_an_inconclusive_deadline_is_prolonged_in_half_hours_for_a_day() -> None:
    """48 steps of 30 minutes, then no more."""
    deadline = START
    steps = [deadline]
    while (again := prolong(deadline, steps[-1])) is not None:
        steps.append(again)

    assert len(steps) == 49
    assert steps[-1] == deadline + timedelta(hours=24)


def test_the_first_ten_minutes_after_an_action_are_fresh() -> None:
    """Somebody is waiting then: those looks have a queue of their own."""
    assert is_fresh(START, START + timedelta(minutes=9, seconds=59))
    assert not is_fresh(START, START + timedelta(minutes=10))
