"""The hot path: what is written is guarded by its token, and lands whole or not at all."""

from dataclasses import replace
from datetime import timedelta

from domain.identity import Cause, Progress, State
from domain.lifecycle import Step
from domain.ports import Looked, Work
from domain.verdict import Outcome
from tests.conformance.building import (
    HOUR,
    RAN_OUT,
    Units,
    a_registration,
    an_event,
    awaited,
    claim,
    passed,
    register,
    stored,
    waiting,
    write,
)
from tests.domain.building import BLIND, MISSING


def test_what_is_awaited_is_read_with_all_that_a_look_needs(unit: Units) -> None:
    """The identity, its progress, no look before the first one, and the database's clock."""
    identity = register(unit)
    [ticket] = claim(unit)

    [read] = awaited(unit, [ticket])

    assert read.identity == identity
    assert read.progress == Progress(attempt=1, inconclusive=0)
    assert read.token == ticket.token
    assert read.last_look is None
    assert read.requests == ()
    assert read.read_at >= identity.created_at


def test_targets_of_earlier_generations_are_known_to_a_look(unit: Units) -> None:
    """An owner who kept the records of a registration that was removed is told so; others' records are not ours."""
    with unit() as work:
        old = replace(a_registration(work.now), state=State.REMOVED)
        new = replace(a_registration(work.now), generation=2)
        others = a_registration(work.now, account="rival")
        work.identities.add([old, new, others])
        work.schedule.put([Step(identity=one, due_at=work.now) for one in (new, others)])
        work.commit()

    read = {one.identity.id: one.stale_targets for one in awaited(unit, claim(unit))}

    assert read == {
        new.id: frozenset(record.value for record in old.challenge.records),
        others.id: frozenset(),
    }


def test_a_look_that_found_nothing_new_moves_only_the_schedule(unit: Units) -> None:
    """The identity keeps its version; the next look is due when it was said."""
    identity = register(unit)
    [read] = awaited(unit, claim(unit))

    written = write(unit, [waiting(read, MISSING)])

    assert written == {identity.id}
    assert stored(unit, identity.id) == identity
    with unit() as work:
        [standing] = work.directory.find([identity.id])
    assert standing.due_at == read.read_at + HOUR
    assert standing.attempt == 2


def test_an_equal_look_moves_its_end_and_its_count(unit: Units) -> None:
    """A row per look would be 68 GB a day at a million pending."""
    identity = register(unit)
    looks = [look_and_wait(unit, MISSING) for _ in range(3)]

    [seen] = seen_looks(unit, identity.id)

    assert (seen.number, seen.times, seen.outcome) == (1, 3, Outcome.NOT_YET)
    assert seen.findings == MISSING.findings
    assert (seen.first_at, seen.last_at) == (looks[0].at, looks[2].at)


def test_a_differing_look_keeps_the_one_before(unit: Units) -> None:
    """What was seen before can still be shown."""
    identity = register(unit)
    for verdict in (MISSING, MISSING, BLIND, MISSING):
        look_and_wait(unit, verdict)

    looks = seen_looks(unit, identity.id)

    assert [(look.number, look.outcome, look.times) for look in looks] == [
        (3, Outcome.NOT_YET, 1),
        (2, Outcome.INCONCLUSIVE, 1),
        (1, Outcome.NOT_YET, 2),
    ]
    assert looks[1].findings == BLIND.findings


def test_the_last_look_is_read_with_its_number(unit: Units) -> None:
    """So that the worker knows whether it sees something new."""
    register(unit)
    look_and_wait(unit, MISSING)
    done = look_and_wait(unit, BLIND)

    [read] = awaited(unit, claim(unit))

    assert read.last_look is not None
    assert read.last_look.number == 2
    assert read.last_look.findings == BLIND.findings
    assert read.last_look.at == done.at


def test_a_passed_look_writes_state_event_history_and_mail(unit: Units) -> None:
    """State and news land together."""
    identity = register(unit)
    [read] = awaited(unit, claim(unit))

    write(unit, [passed(read)])

    assert stored(unit, identity.id) == replace(identity, state=State.VERIFIED, sequence=2, version=1)
    with unit() as work:
        history = work.directory.history(identity.id)
        work.outbox.number_new(10)
        [first] = work.outbox.unpublished(10)
        work.outbox.published([first.number])
        [second] = work.outbox.unpublished(10)
        [mail] = work.schedule.claim(Work.MAIL, limit=10, lease=HOUR)
    assert [(change.state, change.event_id) for change in history] == [
        (State.PENDING, f"{identity.id}/1"),
        (State.VERIFIED, f"{identity.id}/2"),
    ]
    assert second.event == passed(read).events[0]
    assert mail.attempt == 1
    assert claim(unit) == []


def test_a_look_under_an_old_token_writes_nothing_at_all(unit: Units) -> None:
    """Neither state nor event nor look nor mail; a repeated one neither."""
    identity = register(unit)
    [late] = awaited(unit, claim(unit, RAN_OUT))
    claim(unit)

    written = write(unit, [passed(late)])

    assert written == frozenset()
    assert stored(unit, identity.id) == identity
    assert seen_looks(unit, identity.id) == []
    with unit() as work:
        assert len(work.directory.history(identity.id)) == 1
        assert work.outbox.number_new(10) == 1
        assert work.schedule.claim(Work.MAIL, limit=10, lease=HOUR) == []


def test_a_repeated_write_changes_nothing(unit: Units) -> None:
    """The ticket was delivered twice, and both workers looked."""
    register(unit)
    [read] = awaited(unit, claim(unit))

    assert write(unit, [passed(read)]) == {read.identity.id}
    assert write(unit, [passed(read)]) == frozenset()


def test_a_look_given_twice_in_one_batch_is_written_once(unit: Units) -> None:
    """The second delivery of a ticket may come so soon that both looks are written together."""
    register(unit)
    [read] = awaited(unit, claim(unit))

    with unit() as work:
        written = work.looks.write([passed(read), passed(read)])
        work.commit()

    assert len(written) == 1


def test_a_late_look_beside_the_one_that_overtook_it_tells_nothing(unit: Units) -> None:
    """Both read the same version: were both told, two events would take one number, and the next would be lost."""
    register(unit)
    [late] = awaited(unit, claim(unit, RAN_OUT))
    [read] = awaited(unit, claim(unit))

    for batch in ([read, late], [late, read]):
        with unit() as work:
            written = work.looks.write([passed(each) for each in batch])

        assert [look.awaited.token for look in written] == [read.token]


def test_one_that_lost_a_race_is_left_out_and_the_others_land(unit: Units) -> None:
    """Another writer changed an identity meanwhile: its look is made again at once, under another token."""
    changed, untouched = register(unit, subject="a.example"), register(unit, subject="b.example")
    tickets = claim(unit)
    reads = awaited(unit, tickets)
    with unit() as work:
        work.identities.save([replace(changed, plan="ENTERPRISE")], {changed.id: 0})
        work.commit()

    written = write(unit, [passed(read) for read in reads])

    assert written == {untouched.id}
    assert stored(unit, changed.id) == replace(changed, plan="ENTERPRISE", version=1)
    assert seen_looks(unit, changed.id) == []
    [again] = claim(unit)
    assert (again.id, again.attempt) == (changed.id, 1)
    assert again.token not in {ticket.token for ticket in tickets}


def test_an_unchanged_look_lands_beside_another_writer(unit: Units) -> None:
    """It writes nothing of the identity, so the other's write does not disturb it."""
    identity = register(unit)
    [read] = awaited(unit, claim(unit))
    with unit() as work:
        work.identities.save([replace(identity, plan="ENTERPRISE")], {identity.id: 0})
        work.commit()

    assert write(unit, [waiting(read, MISSING)]) == {identity.id}
    assert stored(unit, identity.id).plan == "ENTERPRISE"


def test_a_look_answers_the_requests_that_it_read(unit: Units) -> None:
    """Each is answered once; one that came later waits for the next look."""
    identity = register(unit)
    ask(unit, identity.id, "e1")
    [read] = awaited(unit, claim(unit))
    ask(unit, identity.id, "e2")

    write(unit, [waiting(read, MISSING, due_in=timedelta())])

    [again] = awaited(unit, claim(unit))
    assert [cause.id for cause in read.requests] == ["e1"]
    assert [(cause.id, cause.source) for cause in again.requests] == [("e2", "urn:x")]


def test_a_look_under_an_old_token_answers_nothing(unit: Units) -> None:
    """The request is still open for the look that counts."""
    identity = register(unit)
    ask(unit, identity.id, "e1")
    [late] = awaited(unit, claim(unit, RAN_OUT))
    tickets = claim(unit)

    write(unit, [waiting(late, MISSING)])

    [read] = awaited(unit, tickets)
    assert [cause.id for cause in read.requests] == ["e1"]


def test_a_written_look_forgets_failures_and_chooses_the_queue(unit: Units) -> None:
    """After ten minutes the looks are routine."""
    identity = register(unit)
    [ticket] = claim(unit)
    with unit() as work:
        work.schedule.failed(ticket, again_after=timedelta())
        work.commit()
    [read] = awaited(unit, claim(unit))

    write(unit, [waiting(read, MISSING, due_in=timedelta(minutes=11))])

    with unit() as work:
        row = work.looks._link.one("SELECT work, failures, lease_token FROM schedule")
    assert tuple(row) == ("dns", 0, None)
    assert stored(unit, identity.id).version == 0


def test_an_event_that_is_there_already_stays_as_it_is(unit: Units) -> None:
    """The same event has the same id whenever it is made."""
    identity = register(unit)
    with unit() as work:
        work.outbox.add([replace(an_event(identity, 1), body=b"other")])
        work.commit()

    with unit() as work:
        work.outbox.number_new(10)
        [event] = work.outbox.unpublished(10)
    assert event.event == an_event(identity, 1)


def test_nothing_to_write_and_nothing_awaited_are_no_statements(unit: Units) -> None:
    """An empty batch is not an error."""
    with unit() as work:
        assert not work.looks.write([])
        assert work.looks.awaited([]) == []


def ask(unit: Units, identity_id: str, event_id: str) -> None:
    """Leave a request."""
    with unit() as work:
        work.identities.add_request(identity_id, Cause(id=event_id, source="urn:x"), restarted=False)
        work.commit()


def look_and_wait(unit: Units, verdict: object) -> Looked:
    """Claim the one identity, look, and be due again at once."""
    [read] = awaited(unit, claim(unit))
    looked = waiting(read, verdict, due_in=timedelta())  # type: ignore[arg-type]
    assert write(unit, [looked]) == {read.identity.id}
    return looked


def seen_looks(unit: Units, identity_id: str) -> list:  # type: ignore[type-arg]
    """The looks kept."""
    with unit() as work:
        return list(work.directory.looks(identity_id))
