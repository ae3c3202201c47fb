"""Tickets that are handled one by one: a fault with one is counted against it alone."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import structlog

from domain.ports import NotReachable, Ticket, Work
from infra.db.engine import connect
from infra.db.link import Link
from infra.db.unit_of_work import SqlUnitOfWork
from workers.apart import each_apart

Units = Callable[[], SqlUnitOfWork]
SECRET = "what must not be told"


@pytest.fixture
def tickets(database_url: str, unit: Units) -> Sequence[Ticket]:
    """Three logins that are due, claimed."""
    engine = connect(database_url, role="test")
    with engine.begin() as connection:
        for _ in range(3):
            Link(connection).run(
                "INSERT INTO schedule (id, work, attempt, due_at) VALUES (gen_random_uuid(), 'smtp', 1, now())"
            )
    engine.dispose()
    return claimed(unit)


def claimed(unit: Units) -> Sequence[Ticket]:
    """What is due now, under fresh tokens."""
    with unit() as work:
        found = work.schedule.claim(Work.SMTP, limit=10, lease=timedelta(minutes=5))
        work.commit()
    return found


def standing(unit: Units) -> dict[str, tuple[int, bool, int]]:
    """By id: how often it failed, whether it is leased, and in how many seconds it is due."""
    with unit() as work:
        rows = work.outbox._link.rows(
            "SELECT id::text, failures, lease_token IS NOT NULL, extract(epoch FROM due_at - now()) FROM schedule"
        )
    return {row[0]: (row[1], row[2], int(row[3])) for row in rows}


def stumbling_over(bad: Ticket, error: Exception, done: list[str]) -> Callable[[Ticket], None]:
    """What handles all but one."""

    def handle(ticket: Ticket) -> None:
        if ticket == bad:
            raise error
        done.append(ticket.id)

    return handle


def test_a_fault_with_one_is_counted_against_it_and_the_others_go_on(
    unit: Units, tickets: Sequence[Ticket]
) -> None:
    """It is due again in a minute, and the log says which, and what kind of fault; never what it was about."""
    first, bad, last = tickets
    done: list[str] = []

    with structlog.testing.capture_logs() as lines:
        each_apart(tickets, stumbling_over(bad, ValueError(SECRET), done), unit, "login.failed")

    assert done == [first.id, last.id]
    assert lines == [
        {"event": "login.failed", "log_level": "error", "identity": bad.id, "error": "ValueError"}
    ]
    stands = standing(unit)
    assert (stands[bad.id][:2], stands[first.id][:2]) == ((1, False), (0, True))
    assert 30 <= stands[bad.id][2] <= 60


def test_after_five_times_it_is_parked(unit: Units, tickets: Sequence[Ticket]) -> None:
    """A person has to look; nothing is tried for ever."""
    bad = tickets[0]
    for _ in range(5):
        each_apart([bad], stumbling_over(bad, KeyError(SECRET), []), unit, "login.failed")
        with unit() as work:
            work.outbox._link.run("UPDATE schedule SET due_at = now() WHERE id = %(id)s", {"id": bad.id})
            work.commit()
        bad = next((ticket for ticket in claimed(unit) if ticket.id == bad.id), bad)

    with unit() as work:
        assert work.schedule.parked() == [bad.id]


def test_that_the_database_is_away_is_nobodys_fault(unit: Units, tickets: Sequence[Ticket]) -> None:
    """It ends the round; what was leased comes again as its lease ends."""
    first, bad, _ = tickets
    done: list[str] = []

    with pytest.raises(NotReachable), structlog.testing.capture_logs() as lines:
        each_apart(tickets, stumbling_over(bad, NotReachable("away"), done), unit, "login.failed")

    assert (done, lines) == ([first.id], [])
    assert {stands[:2] for stands in standing(unit).values()} == {(0, True)}


def test_a_ticket_that_is_no_longer_awaited_is_not_counted(unit: Units, tickets: Sequence[Ticket]) -> None:
    """Somebody else has it by now, under a token of his own."""
    bad = tickets[0]
    with unit() as work:
        work.outbox._link.run(
            "UPDATE schedule SET lease_token = gen_random_uuid() WHERE id = %(id)s", {"id": bad.id}
        )
        work.commit()

    each_apart([bad], stumbling_over(bad, ValueError(SECRET), []), unit, "login.failed")

    assert standing(unit)[bad.id][:2] == (0, True)


def test_what_ends_the_process_is_not_held_up(unit: Units, tickets: Sequence[Ticket]) -> None:
    """Neither a time limit nor Ctrl-C is a fault with one ticket."""

    def interrupted(ticket: Ticket) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each_apart(tickets, interrupted, unit, "login.failed")

    assert {stands[:2] for stands in standing(unit).values()} == {(0, True)}
