"""When the next confirmation mail may leave, and when the next upload may be opened."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allowance import (
    HOUR,
    MINUTE,
    MOST_UPLOADS,
    PER_ACCOUNT,
    PER_RECIPIENT,
    for_account,
    for_recipient,
    for_upload,
)
from tests.domain.building import START

SECOND = timedelta(seconds=1)
MOST, WITHIN = PER_ACCOUNT


def at(*minutes: float) -> list[datetime]:
    """Moments so many minutes after the start."""
    return [START + minute * MINUTE for minute in minutes]


def take(taken: Sequence[datetime], wanted: datetime) -> datetime:
    """Ask for the account's next time as the store does, which hands over what is near and what came last."""
    near = sorted(one for one in taken if wanted - WITHIN < one < wanted + WITHIN)
    return for_account(near, sorted(taken)[-MOST:], wanted)


@pytest.mark.parametrize(
    ("taken", "now", "free"),
    [
        ([], 0, 0),
        ([0], 0, 1),
        ([0], 0.5, 1),
        ([0], 1, 1),
        ([0], 5, 5),
        ([0, 1], 2, 2),
        ([0, 1, 2], 3, 360),
        ([0, 1, 2], 361, 361),
        ([0, 1, 2, 360, 361, 362, 720, 721, 722, 1080], 1081, 1440),
        ([0, 1, 2, 360, 361, 362, 720, 721, 722, 1080], 1441, 1441),
    ],
)
def test_a_recipient_gets_one_a_minute_three_in_six_hours_ten_a_day(
    taken: list[float], now: float, free: float
) -> None:
    """The first counts."""
    assert for_recipient(at(*taken), START + now * MINUTE) == START + free * MINUTE


@given(st.lists(st.integers(min_value=0, max_value=3600), min_size=1, max_size=60))
def test_no_window_of_a_recipient_holds_more_than_it_may(pauses: list[int]) -> None:
    """However often somebody asks."""
    now, taken = START, list[datetime]()
    for pause in pauses:
        now += pause * SECOND
        taken.append(for_recipient(taken, now))

    for most, within in PER_RECIPIENT:
        assert all(later - first >= within for first, later in zip(taken, taken[most:], strict=False))


def test_an_account_sends_thirty_an_hour_and_the_rest_later() -> None:
    """They are postponed, each behind the one that was there first."""
    taken: list[datetime] = []
    for _ in range(95):
        taken.append(take(taken, START))

    assert [one - START for one in taken] == [index // MOST * HOUR for index in range(95)]


def test_a_mail_that_its_recipient_postpones_takes_no_room_now() -> None:
    """It counts in the hour in which it leaves."""
    later = [START + 6 * HOUR] * (MOST - 1)

    assert take(later, START) == START
    assert take([*later, *[START] * MOST], START) == START + HOUR


def test_room_is_not_taken_from_those_who_have_it() -> None:
    """A mail now must not make the hour of a later one too full."""
    soon = [START + 30 * MINUTE] * MOST

    assert take(soon, START) == START + 30 * MINUTE + HOUR


@given(st.lists(st.integers(min_value=0, max_value=4 * 3600), min_size=1, max_size=120))
def test_no_hour_of_an_account_holds_more_than_thirty(wanted: list[int]) -> None:
    """In whatever order mails are asked for."""
    taken: list[datetime] = []
    for second in wanted:
        asked = START + second * SECOND
        given_out = take(taken, asked)
        assert given_out >= asked
        taken.append(given_out)

    for end in taken:
        assert sum(end - WITHIN < one <= end for one in taken) <= MOST


def uploaded(taken: Sequence[datetime], now: datetime) -> datetime:
    """Ask for the next time as the store does, which hands over the one that is so many back."""
    return for_upload(taken[-MOST_UPLOADS] if len(taken) >= MOST_UPLOADS else None, now)


def test_an_account_has_three_hundred_uploads_an_hour_opened_and_the_rest_later() -> None:
    """At once, as whoever moves in with a thousand addresses hands them in: none is lost, the last wait 3 hours."""
    taken: list[datetime] = []
    for _ in range(1000):
        taken.append(uploaded(taken, START))

    assert [one - START for one in taken] == [index // 300 * HOUR for index in range(1000)]


@given(st.lists(st.integers(min_value=0, max_value=40), min_size=300, max_size=700))
def test_no_hour_of_an_account_holds_more_than_three_hundred_uploads(pauses: list[int]) -> None:
    """However they come; and none is opened before one that came earlier."""
    now, taken = START, list[datetime]()
    for pause in pauses:
        now += pause * SECOND
        given_out = uploaded(taken, now)
        assert given_out >= max([now, *taken[-1:]])
        taken.append(given_out)

    assert all(later - first >= HOUR for first, later in zip(taken, taken[MOST_UPLOADS:], strict=False))
