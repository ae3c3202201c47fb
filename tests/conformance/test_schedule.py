"""What is due is found in its order, leased once, and found again when its lease ran out."""

from dataclasses import replace
from datetime import timedelta

from domain.identity import Identity, Progress, State
from domain.lifecycle import Step
from domain.ports import Ticket, Work
from tests.conformance.building import HOUR, LEASE, RAN_OUT, Units, awaited, claim, register


def put(unit: Units, *steps: Step) -> None:
    """Place looks."""
    with unit() as work:
        work.schedule.put(steps)
        work.commit()


def due(unit: Units, identity: Identity, after: timedelta, **step: Progress | bool) -> Step:
    """A step that is due `after` from now."""
    with unit() as work:
        return Step(identity=identity, due_at=work.now + after, **step)  # type: ignore[arg-type]


def kinds_due(unit: Units) -> set[Work]:
    """The kinds of work that there is something of."""
    with unit() as work:
        return set(work.schedule.kinds_due())


def test_what_is_due_is_claimed_in_the_order_of_due_times(unit: Units) -> None:
    """The longest overdue goes first; what is not due stays."""
    one, two, three = (register(unit, subject=f"{name}.example") for name in "abc")
    put(unit, due(unit, one, -HOUR), due(unit, two, -2 * HOUR), due(unit, three, HOUR))

    first = claim(unit, limit=1)
    others = claim(unit)

    assert [ticket.id for ticket in first] == [two.id]
    assert [ticket.id for ticket in others] == [one.id]


def test_what_is_leased_is_not_claimed_again(unit: Units) -> None:
    """A claim is a lease."""
    register(unit)

    first, second = claim(unit), claim(unit)

    assert len(first) == 1
    assert second == []


def test_a_lease_that_ran_out_is_just_due_again(unit: Units) -> None:
    """The same attempt comes again under another token, and the old token is worth nothing."""
    register(unit)

    [lost] = claim(unit, RAN_OUT)
    [found] = claim(unit)

    assert found == replace(lost, token=found.token)
    assert found.token != lost.token
    assert awaited(unit, [lost]) == []
    assert len(awaited(unit, [found])) == 1


def test_what_another_claimer_holds_is_passed_over(unit: Units) -> None:
    """Two claimers never wait for each other, and never get the same."""
    register(unit, subject="a.example")
    register(unit, subject="b.example")

    with unit() as one, unit() as other:
        mine = one.schedule.claim(Work.DNS_FRESH, limit=1, lease=LEASE)
        theirs = other.schedule.claim(Work.DNS_FRESH, limit=10, lease=LEASE)

    assert len(mine) == len(theirs) == 1
    assert mine[0].id != theirs[0].id


def test_a_claim_that_is_not_committed_leases_nothing(unit: Units) -> None:
    """A dispatcher that dies between claim and commit has claimed nothing."""
    register(unit)
    with unit() as work:
        work.schedule.claim(Work.DNS_FRESH, limit=10, lease=LEASE)

    assert len(claim(unit)) == 1


def test_routine_looks_are_another_work_than_fresh_ones(unit: Units) -> None:
    """Looks of the first ten minutes, and those that somebody asked for, wait in a queue of their own."""
    routine, fresh, asked = (register(unit, subject=f"{name}.example") for name in "abc")
    long_ago = routine.created_at - 3 * HOUR
    put(
        unit,
        due(unit, replace(routine, acted_at=long_ago), timedelta(milliseconds=50)),
        due(unit, fresh, timedelta(milliseconds=50)),
        due(unit, replace(asked, acted_at=long_ago), timedelta()),
    )
    with unit() as work:
        kinds = {row[0]: row[1] for row in work.looks._link.rows("SELECT id::text, work FROM schedule")}

    assert kinds == {routine.id: "dns", fresh.id: "dns.fresh", asked.id: "dns.fresh"}


def test_a_step_that_is_not_rescheduled_leaves_the_schedule_alone(unit: Units) -> None:
    """Registering again moves no look."""
    identity = register(unit)
    put(unit, Step(identity=identity, due_at=None, rescheduled=False))

    assert len(claim(unit)) == 1


def test_a_settled_identity_leaves_the_schedule(unit: Units) -> None:
    """Without a due time there is no look."""
    identity = register(unit)
    put(unit, Step(identity=replace(identity, state=State.REMOVED), due_at=None))

    assert claim(unit) == []


def test_placing_a_look_frees_it_of_its_lease(unit: Units) -> None:
    """Who asks for a look gets one now, whatever was under way; and progress is kept."""
    identity = register(unit)
    [old] = claim(unit)
    put(unit, due(unit, identity, timedelta(), progress=Progress(attempt=7, inconclusive=2)))

    [new] = claim(unit)

    assert new.attempt == 7
    assert awaited(unit, [old]) == []
    assert awaited(unit, [new])[0].progress == Progress(attempt=7, inconclusive=2)


def test_the_kinds_of_what_is_due_are_known(unit: Units) -> None:
    """Not of what is leased, nor of what is due later, nor of what is parked."""
    identity = register(unit)
    known = [kinds_due(unit)]
    claim(unit)
    known.append(kinds_due(unit))
    put(unit, due(unit, identity, HOUR))
    known.append(kinds_due(unit))
    put(unit, due(unit, identity, timedelta()))
    for _ in range(5):
        fail(unit, claim(unit)[0])
    known.append(kinds_due(unit))

    assert known == [{Work.DNS_FRESH}, set(), set(), set()]


def test_pending_counts_what_is_due_and_not_leased(unit: Units) -> None:
    """Neither what is leased nor what is due later."""
    for name in "abc":
        register(unit, subject=f"{name}.example")
    claim(unit, limit=1)
    put(unit, due(unit, register(unit, subject="d.example"), HOUR))

    with unit() as work:
        assert work.schedule.pending(Work.DNS_FRESH) == 2
        assert work.schedule.pending(Work.DNS) == 0


def test_five_failures_park_a_thing_until_it_is_freed(unit: Units) -> None:
    """Our own fault is tried again, but not for ever."""
    identity = register(unit)
    for _ in range(5):
        assert parked(unit) == []
        [ticket] = claim(unit)
        fail(unit, ticket)

    assert claim(unit) == []
    assert parked(unit) == [identity.id]

    with unit() as work:
        assert work.schedule.free([identity.id]) == 1
        work.commit()

    assert [ticket.id for ticket in claim(unit)] == [identity.id]
    assert parked(unit) == []


def test_a_failure_under_an_old_token_is_not_counted(unit: Units) -> None:
    """Who was overtaken has no word in it."""
    identity = register(unit)
    [old] = claim(unit, RAN_OUT)
    claim(unit)
    for _ in range(5):
        fail(unit, old)

    with unit() as work:
        assert work.directory.find([identity.id])[0].parked is False


def fail(unit: Units, ticket: Ticket) -> None:
    """Count a failure; the next try is due at once."""
    with unit() as work:
        work.schedule.failed(ticket, again_after=timedelta())
        work.commit()


def parked(unit: Units) -> list[str]:
    """What is parked."""
    with unit() as work:
        return list(work.schedule.parked())


def test_a_process_that_works_alone_ends_the_leases_of_the_one_before(unit: Units) -> None:
    """What a killed process held is due again at once, and its tickets are no longer awaited."""
    register(unit)
    held = claim(unit)
    assert claim(unit) == []

    with unit() as work:
        ended = work.schedule.end_leases()
        work.commit()

    assert (ended, len(claim(unit))) == (1, 1)
    assert awaited(unit, held) == []
