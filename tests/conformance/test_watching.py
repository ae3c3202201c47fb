"""What is proven is watched: what is remembered between its looks, and what one that finds nothing new writes."""

from dataclasses import replace
from datetime import timedelta

from domain.identity import Cause, Identity, Progress, State
from domain.lifecycle import News, Step, advance
from domain.ports import Awaited, Looked, Ticket, Work
from domain.schedule import Moment
from domain.verdict import Verdict
from infra.db.watch import watch
from tests.conformance.building import (
    HOUR,
    LEASE,
    Units,
    an_event,
    awaited,
    claim,
    passed,
    register,
    stored,
    write,
)
from tests.domain.building import BLIND, MISSING, PASSED

# What this connection wrote and has not reported yet: not of this transaction alone.
TOUCHED = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"


def verified(unit: Units) -> Identity:
    """A domain that is proven, and looked at again in an hour."""
    register(unit)
    [read] = awaited(unit, claim(unit))
    write(unit, [passed(read)])
    return stored(unit, read.identity.id)


def due_now(unit: Units) -> Awaited:
    """Let the hour pass."""
    run(unit, "UPDATE schedule SET due_at = now() WHERE work = 'dns'")
    [read] = awaited(unit, claim(unit, what=Work.DNS))
    return read


def look(unit: Units, verdict: Verdict, later: timedelta = timedelta()) -> Looked:
    """Let the hour pass and look; what is found is written as a worker would."""
    seen = looked(due_now(unit), verdict, later)
    write(unit, [seen])
    return seen


def looked(read: Awaited, verdict: Verdict, later: timedelta = timedelta()) -> Looked:
    """One look, advanced; of its news only the events of states."""
    at = read.read_at + later
    step = advance(read.identity, read.progress, verdict, Moment(at))
    words = [news.value for news in step.news if news is not News.DIAGNOSIS_CHANGED]
    sequence = step.identity.sequence
    told = replace(step, identity=replace(step.identity, sequence=sequence + len(words)))
    return Looked(
        awaited=read,
        step=told,
        outcome=verdict.outcome,
        findings=verdict.findings,
        at=at,
        events=tuple(an_event(told.identity, sequence + n, word) for n, word in enumerate(words, start=1)),
    )


def run(unit: Units, statement: str) -> None:
    with unit() as work:
        work.looks._link.run(statement)
        work.commit()


def ask(unit: Units, identity: Identity, name: str) -> None:
    """Press *Verify*, as intake writes it: first the request, then the look due now."""
    with unit() as work:
        progress = work.identities.progress([identity.id]).get(identity.id, Progress())
        work.identities.add_request(identity.id, Cause(id=name, source="urn:x"), restarted=False)
        work.schedule.put([Step(identity=identity, progress=progress, due_at=work.now)])
        work.commit()


def test_a_look_that_finds_everything_in_place_writes_its_two_rows(unit: Units) -> None:
    """A million proven domains cost what their due looks cost: the schedule and one look, never the identity."""
    domain = verified(unit)
    look(unit, PASSED)
    read = due_now(unit)

    with unit() as work:
        before = {row[0]: row[1] for row in work.looks._link.rows(TOUCHED)}
        work.looks.write([looked(read, PASSED)])
        after = {row[0]: row[1] for row in work.looks._link.rows(TOUCHED)}

    written = {table: rows - before.get(table, 0) for table, rows in after.items()}
    assert {table: rows for table, rows in written.items() if rows} == {"looks": 1, "schedule": 1}
    assert stored(unit, domain.id) == domain


def test_a_row_that_nothing_is_missing_from_is_no_wider(unit: Units) -> None:
    """The schedule is narrow: absences take their place only where there are some."""
    verified(unit)
    narrow = (
        "SELECT pg_column_size(s.*), pg_column_size(ROW(id, work, attempt, failures, inconclusive, due_at,"
    )
    narrow += " lease_token)) FROM schedule AS s WHERE work = 'dns'"

    with unit() as work:
        with_absences, without = work.looks._link.one(narrow)

    assert with_absences == without


def test_absences_are_remembered_from_look_to_look(unit: Units) -> None:
    """Their moments, to the microsecond, in the look awaited and for who asks; a pass forgets them."""
    domain = verified(unit)
    first = look(unit, MISSING)
    second = look(unit, MISSING, later=timedelta(microseconds=7))
    look(unit, BLIND)

    read = due_now(unit)

    with unit() as work:
        asked = work.identities.progress([domain.id])[domain.id]
    assert read.progress.absences == asked.absences == (first.at, second.at)
    assert read.progress.unasked_at is None
    write(unit, [looked(read, PASSED)])
    assert due_now(unit).progress.absences == ()


def test_the_first_two_absences_write_nothing_of_the_identity(unit: Units) -> None:
    """They may be over in an hour."""
    domain = verified(unit)
    look(unit, MISSING)
    look(unit, MISSING)

    assert stored(unit, domain.id) == domain


def test_a_domain_comes_to_be_at_risk_and_recovers_with_history_and_events(unit: Units) -> None:
    """Each change of state is linked to the event that told it, also where two states share a name's end."""
    domain = verified(unit)
    for verdict in (MISSING, MISSING, MISSING, PASSED):
        look(unit, verdict)

    with unit() as work:
        history = work.directory.history(domain.id)
    assert [(change.state, change.event_id) for change in history] == [
        (State.PENDING, f"{domain.id}/1"),
        (State.VERIFIED, f"{domain.id}/2"),
        (State.AT_RISK, f"{domain.id}/3"),
        (State.VERIFIED, f"{domain.id}/4"),
    ]


def test_what_is_revoked_has_no_look_any_more(unit: Units) -> None:
    """Until somebody asks."""
    domain = verified(unit)
    for _ in range(3):
        look(unit, MISSING)
    look(unit, MISSING, later=72 * HOUR)

    with unit() as work:
        [standing] = work.directory.find([domain.id])
        counted = work.looks._link.one("SELECT count(*) FROM schedule WHERE work LIKE 'dns%%'")[0]
    assert (standing.identity.state, standing.due_at, counted) == (State.REVOKED, None, 0)


def test_a_look_that_was_asked_for_knows_when_the_next_would_have_come(unit: Units) -> None:
    """Asked for once or three times: the hour's own look stays where it was."""
    domain = verified(unit)
    with unit() as work:
        [before] = work.directory.find([domain.id])
    for number in range(3):
        ask(unit, domain, f"v{number}")

    [read] = awaited(unit, claim(unit))

    assert read.progress.unasked_at == before.due_at
    assert [cause.id for cause in read.requests] == ["v0", "v1", "v2"]
    write(unit, [looked(read, MISSING)])
    with unit() as work:
        [after] = work.directory.find([domain.id])
    assert after.due_at == before.due_at


def test_asking_again_later_begins_from_the_schedule_of_then(unit: Units) -> None:
    """What was answered is over."""
    domain = verified(unit)
    ask(unit, domain, "v1")
    [read] = awaited(unit, claim(unit))
    write(unit, [looked(read, PASSED)])
    run(unit, "UPDATE schedule SET due_at = due_at + interval '5 minutes'")

    ask(unit, domain, "v2")

    [again] = awaited(unit, claim(unit))
    assert read.progress.unasked_at is not None
    assert again.progress.unasked_at == read.progress.unasked_at + timedelta(minutes=5)


def test_a_look_asked_for_where_none_was_due_is_followed_by_one_in_an_hour(unit: Units) -> None:
    """There is no schedule to go back to; and what is asked for thrice must not be counted thrice."""
    domain = verified(unit)
    run(unit, "DELETE FROM schedule WHERE work = 'dns'")
    ask(unit, domain, "v1")

    [read] = awaited(unit, claim(unit))

    assert read.progress.unasked_at == read.read_at + HOUR


def test_what_an_older_version_verified_is_watched_within_the_hour(unit: Units) -> None:
    """And nothing else: what is watched already, what waits, what is over, what has no records."""
    with unit() as work:
        engine = work.looks._link.connection.engine
    old = [verified_before(unit, f"old{number}.example") for number in range(200)]
    waits = register(unit, subject="waits.example")
    expired = verified_before(unit, "expired.example")
    run(unit, f"UPDATE identities SET state = 'expired' WHERE id = '{expired.id}'")
    smtp = verified_before(unit, "smtp.example")
    run(unit, f"UPDATE identities SET route = 'smtp' WHERE id = '{smtp.id}'")

    assert (watch(engine), watch(engine)) == (200, 0)

    with unit() as work:
        now = work.now
        found = {one.identity.id: one for one in work.directory.find([*(one.id for one in old), waits.id])}
        others = work.directory.find([expired.id, smtp.id])
    due = [found[one.id].due_at for one in old]
    assert all(at is not None and now - HOUR < at <= now + HOUR for at in due)
    assert len(set(due)) > 190
    assert {found[one.id].attempt for one in old} == {5}
    assert found[waits.id].attempt == 1
    assert [one.due_at for one in others] == [None, None]


def verified_before(unit: Units, subject: str) -> Identity:
    """A domain as a version left it that never looked again."""
    identity = register(unit, subject=subject)
    run(
        unit,
        f"""WITH gone AS (DELETE FROM schedule WHERE id = '{identity.id}')
            UPDATE identities SET state = 'verified', looks_made = 4 WHERE id = '{identity.id}'""",
    )
    return identity


def test_a_ticket_of_the_watch_is_routine(unit: Units) -> None:
    """Nobody waits for it."""
    verified(unit)
    run(unit, "UPDATE schedule SET due_at = now() WHERE work <> 'mail'")

    fresh, routine = claim(unit), claim(unit, LEASE, Work.DNS)

    assert (fresh, len(routine)) == ([], 1)
    assert isinstance(routine[0], Ticket)
