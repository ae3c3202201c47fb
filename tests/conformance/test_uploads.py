"""When uploads of certificates may be opened: what every store must keep."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

from domain.allowance import MOST_UPLOADS
from infra.db.unit_of_work import SqlUnitOfWork
from tests.conformance.building import HOUR

Units = Callable[[], SqlUnitOfWork]


def take(unit: Units, account: str = "acme", times: int = 1) -> list[datetime]:
    """Take times, for good."""
    with unit() as work:
        work.uploads.hold({account})
        taken = [work.uploads.slot(account) for _ in range(times)]
        work.commit()
    return taken


def test_what_is_above_the_allowance_waits_for_an_hour(unit: Units) -> None:
    """Each behind those that were there first."""
    taken = take(unit, times=MOST_UPLOADS + 1)

    assert set(taken[:-1]) == {taken[0]}
    assert taken[-1] - taken[0] == HOUR
    assert take(unit) == [taken[-1]]


def test_another_account_waits_for_nobody(unit: Units) -> None:
    """Each has its own."""
    [first] = set(take(unit, times=MOST_UPLOADS))

    [other] = take(unit, "other")

    assert other - first < HOUR / 2


def test_what_was_not_committed_was_not_taken(unit: Units) -> None:
    """A batch that is refused leaves nothing behind."""
    with unit() as work:
        for _ in range(MOST_UPLOADS):
            work.uploads.slot("acme")

    with unit() as work:
        assert work.uploads.slot("acme") == work.now


def test_many_at_once_get_no_more_than_the_allowance(unit: Units) -> None:
    """However many processes ask."""
    given: list[datetime] = []
    part = MOST_UPLOADS // 4
    threads = [Thread(target=lambda: given.extend(take(unit, times=part))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ordered = sorted(given)
    assert len(ordered) == 5 * part
    assert ordered[MOST_UPLOADS] - ordered[0] >= HOUR
    assert ordered[MOST_UPLOADS - 1] - ordered[0] < timedelta(minutes=5)
