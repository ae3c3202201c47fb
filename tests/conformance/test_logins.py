"""Logins are counted before they are made, one asker at a time, and only as much of them is kept as is needed."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.logins import (
    HOUR,
    MOST_AT_HOST,
    MOST_FAILED,
    MOST_OF_ACCOUNT,
    MOST_USERS,
    LoginEnd,
    LoginKey,
    Tried,
    wait_until,
)
from tests.conformance.building import Units

KEY = LoginKey(account="acme", host="smtp.example.org", user=b"info")


def tried(unit: Units, key: LoginKey = KEY) -> Tried:
    """What was tried."""
    with unit() as work:
        return work.logins.tried(key)


def begin(unit: Units, key: LoginKey = KEY, end: LoginEnd | None = None, times: int = 1) -> None:
    """Count some, and how they ended."""
    with unit() as work:
        for _ in range(times):
            counted = work.logins.begin(key)
            if end:
                work.logins.end(counted, end)
        work.commit()


def age(unit: Units, by: timedelta) -> None:
    """Let all of them be so much older."""
    with unit() as work:
        work.looks._link.run("UPDATE logins SET at = at - %(by)s", {"by": by})
        work.commit()


def lengths(seen: Tried) -> tuple[int, ...]:
    """How many of each kind."""
    return tuple(map(len, (seen.of_account, seen.failed, seen.users, seen.at_host)))


def others(count: int) -> Iterable[LoginKey]:
    """Other user names."""
    return (replace(KEY, user=f"user{number}".encode()) for number in range(count))


def test_nothing_was_tried_yet(unit: Units) -> None:
    """So one may be."""
    assert tried(unit) == Tried()


def test_a_login_counts_before_it_is_made_and_as_failed_until_its_end_is_known(unit: Units) -> None:
    """A process that dies meanwhile gives nobody another guess."""
    begin(unit)

    assert lengths(tried(unit)) == (1, 1, 0, 1)


@pytest.mark.parametrize(
    ("end", "failed"), [(LoginEnd.PASSED, 0), (LoginEnd.FAILED, 1), (LoginEnd.UNTRIED, 0)]
)
def test_its_end_says_whether_it_failed_and_whether_its_host_is_proven(
    end: LoginEnd, failed: int, unit: Units
) -> None:
    """Of the same user name; the host is everybody's."""
    is_proven = end is LoginEnd.PASSED

    begin(unit, KEY, end)
    seen = tried(unit)
    elsewhere = tried(unit, replace(KEY, account="other"))

    assert (lengths(seen), seen.is_proven) == ((1, failed, 0, 1), is_proven)
    assert (lengths(elsewhere), elsewhere.is_proven) == ((0, failed, 0, 1), is_proven)


def test_an_end_is_written_once(unit: Units) -> None:
    """What comes late changes nothing."""
    with unit() as work:
        counted = work.logins.begin(KEY)
        work.logins.end(counted, LoginEnd.FAILED)
        work.logins.end(counted, LoginEnd.PASSED)
        work.commit()

    assert not tried(unit).is_proven


def test_each_kind_is_counted_for_itself(unit: Units) -> None:
    """By account; by host and user name; the user names of an account at a host; by host."""
    begin(unit, KEY, LoginEnd.FAILED, 2)
    begin(unit, replace(KEY, account="other"), LoginEnd.FAILED)
    begin(unit, replace(KEY, host="mail.example.net"), LoginEnd.FAILED)
    begin(unit, replace(KEY, user=b"sales"), LoginEnd.FAILED, 2)
    begin(unit, replace(KEY, user=b"press", account="other"), LoginEnd.FAILED)

    assert lengths(tried(unit)) == (5, 3, 1, 6)


def test_no_more_is_read_than_the_limits_need(unit: Units) -> None:
    """However much was tried."""
    begin(unit, KEY, LoginEnd.FAILED, MOST_AT_HOST + 10)
    for key in others(MOST_USERS + 5):
        begin(unit, key)

    seen = tried(unit)

    assert lengths(seen) == (MOST_OF_ACCOUNT, MOST_FAILED, MOST_USERS, MOST_AT_HOST)
    for moments in (seen.of_account, seen.failed, seen.users, seen.at_host):
        assert list(moments) == sorted(moments, reverse=True)


def test_after_an_hour_nothing_of_it_counts_but_that_it_passed(unit: Units) -> None:
    """For thirty days."""
    begin(unit, KEY, LoginEnd.PASSED)
    begin(unit, KEY, LoginEnd.FAILED)
    age(unit, HOUR)
    hour_later = tried(unit)
    age(unit, timedelta(days=29, hours=22))
    day_thirty = tried(unit)
    age(unit, HOUR)

    assert (lengths(hour_later), hour_later.is_proven) == ((0, 0, 0, 0), True)
    assert day_thirty.is_proven
    assert not tried(unit).is_proven


def test_when_one_may_try_again_is_an_hour_after_the_one_that_made_it_too_many(unit: Units) -> None:
    """By the database's clock."""
    begin(unit, KEY, LoginEnd.FAILED)
    age(unit, timedelta(minutes=50))
    begin(unit, KEY, LoginEnd.FAILED, MOST_FAILED - 1)

    retry_at = wait_until(tried(unit))

    assert retry_at is not None
    with unit() as work:
        assert timedelta(minutes=9) < retry_at - work.now <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("keys", "end", "allowed"),
    [
        ([replace(KEY, host=f"{n}.example.org") for n in range(50)], LoginEnd.UNTRIED, MOST_OF_ACCOUNT),
        ([replace(KEY, account=f"a{n}") for n in range(50)], LoginEnd.FAILED, MOST_FAILED),
        ([replace(KEY, account=f"a{n}") for n in range(50)], None, MOST_FAILED),
    ],
)
def test_of_fifty_at_once_no_more_get_through_than_may(
    keys: list[LoginKey], end: LoginEnd | None, allowed: int, unit: Units
) -> None:
    """Those of one account at many hosts; those of many accounts for one user name."""

    def attempt(key: LoginKey) -> bool:
        with unit() as work:
            if wait_until(work.logins.tried(key)) is not None:
                return False
            counted = work.logins.begin(key)
            work.commit()
        if end:
            with unit() as work:
                work.logins.end(counted, end)
                work.commit()
        return True

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(attempt, keys)) == allowed


def test_of_a_user_name_only_a_digest_is_kept(unit: Units) -> None:
    """And no password at all."""
    begin(unit)

    with unit() as work:
        [[columns]] = work.looks._link.rows(
            "SELECT array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns"
            " WHERE table_name = 'logins'"
        )
    assert columns == ["number", "account", "host", "user_digest", "at", "ended"]
