"""Registrations: each write names the version that it read, and no token is issued twice."""

import threading
from dataclasses import fields, replace

import pytest

from domain.diagnosis import Code
from domain.identity import Cause, Identity, Route, State
from domain.lifecycle import Step
from domain.ports import StaleWrite, SubjectKey
from domain.registration import Requests
from domain.verdict import Finding, Outcome, Reason
from infra.db.identities import key_of
from infra.db.unit_of_work import SqlUnitOfWork
from tests.conformance.building import Units, a_registration, an_event, register, stored
from tests.domain.building import MISSING, a_finding
from tests.servers.waiting import wait_until


def test_an_identity_comes_back_as_it_was_stored(unit: Units) -> None:
    """Every field survives the way through the database."""
    with unit() as work:
        identity = a_registration(work.now, subject="xn--hkyrky-ptac70bc.example")
        identity = replace(
            identity,
            route=Route.SMTP,
            still_by=Route.CLOUD,
            state=State.VERIFIED,
            findings=_odd_findings(identity),
            reason=Reason(code="x.y", detail="\x00č"),
            reminded=True,
            opened_by=Cause(id="\x00č", source="urn:x", request=5),
            looks_made=3,
            sequence=7,
        )
        for one in fields(identity):
            assert one.name == "version" or getattr(identity, one.name) != one.default, (
                f"say something of {one.name}"
            )

        work.identities.add([identity])
        work.commit()

    assert stored(unit, identity.id) == identity


def test_an_identity_without_contact_and_records_comes_back_too(unit: Units) -> None:
    """Empty is not missing."""
    with unit() as work:
        bare = a_registration(work.now)
        identity = replace(bare, contact=None, challenge=replace(bare.challenge, records=()))

        work.identities.add([identity])
        work.commit()

    assert stored(unit, identity.id) == identity


def test_the_newest_generation_is_the_current_one(unit: Units) -> None:
    """After removal, the next registration is another identity."""
    first = register(unit)
    with unit() as work:
        second = replace(a_registration(work.now), generation=2)
        work.identities.add([second])
        work.commit()

    with unit() as work:
        current = work.identities.current([key_of(first)])

    assert current == {key_of(first): second}


def test_what_was_never_registered_has_no_current_identity(unit: Units) -> None:
    """An unknown key is absent, and no keys are no question."""
    identity = register(unit)

    with unit() as work:
        unknown = work.identities.current([replace(key_of(identity), account="other")])
        nothing = work.identities.current([])

    assert unknown == {}
    assert nothing == {}


def test_a_write_over_another_version_is_stale(unit: Units) -> None:
    """The second writer learns that the first came before it."""
    identity = register(unit)
    with unit() as work:
        work.identities.save([replace(identity, plan="ENTERPRISE")], {identity.id: 0})
        work.commit()

    with unit() as work, pytest.raises(StaleWrite):
        work.identities.save([replace(identity, plan="PROFESSIONAL")], {identity.id: 0})

    assert stored(unit, identity.id) == replace(identity, plan="ENTERPRISE", version=1)


def test_every_moving_field_is_written(unit: Units) -> None:
    """What a step may change is what is stored."""
    identity = register(unit)
    moved = replace(
        identity,
        state=State.EXPIRED,
        plan="ENTERPRISE",
        still_by=Route.SMTP,
        contact=None,
        window_at=identity.deadline,
        acted_at=identity.deadline,
        deadline=identity.created_at,
        last_look_at=identity.created_at,
        findings=_odd_findings(identity),
        reason=Reason(code="x.y", detail="z"),
        reminded=True,
        opened_by=Cause(id="e2", source="urn:y"),
        looks_made=9,
        sequence=9,
    )
    kept = {"id", "kind", "account", "subject", "generation", "challenge", "created_at", "version", "route"}
    for one in fields(identity):
        assert one.name in kept or getattr(moved, one.name) != getattr(identity, one.name), f"move {one.name}"

    with unit() as work:
        work.identities.save([moved], {identity.id: 0})
        work.commit()

    assert stored(unit, identity.id) == replace(moved, version=1)


def test_a_changed_state_is_history_with_its_event(unit: Units) -> None:
    """Only a change of state makes history, and the event that tells it is named."""
    identity = register(unit)
    removed = replace(identity, state=State.REMOVED, sequence=2)
    with unit() as work:
        work.identities.save([replace(identity, plan="ENTERPRISE")], {identity.id: 0})
        work.identities.save([removed], {identity.id: 1})
        work.outbox.add([an_event(removed, 2, "removed")])
        work.commit()

    with unit() as work:
        history = work.directory.history(identity.id)

    assert [(change.state, change.event_id) for change in history] == [
        (State.PENDING, f"{identity.id}/1"),
        (State.REMOVED, f"{identity.id}/2"),
    ]


def test_a_token_is_never_issued_twice(unit: Units) -> None:
    """Neither by another account nor after removal; and nothing of the attempt holds."""
    first = register(unit)
    second = replace(first, id="01890000-0000-7000-8000-0000000000ff", generation=2)

    with unit() as work, pytest.raises(StaleWrite):
        work.identities.add([second])

    with unit() as work:
        assert work.directory.find([second.id]) == []


def test_one_registration_of_two_at_once_wins(unit: Units) -> None:
    """Two that never saw each other cannot both be generation one."""
    with unit() as slow, unit() as quick:
        slow_one, quick_one = a_registration(slow.now), a_registration(quick.now)
        quick.identities.add([quick_one])
        quick.commit()

        with pytest.raises(StaleWrite):
            slow.identities.add([slow_one])


def test_the_current_identity_is_locked_until_the_end(unit: Units) -> None:
    """A second reader waits, and then reads what the first wrote."""
    identity = register(unit)
    key = key_of(identity)
    seen: list[Identity] = []

    def second() -> None:
        with unit() as work:
            seen.append(work.identities.current([key])[key])

    with unit() as work:
        work.identities.current([key])
        other = threading.Thread(target=second)
        other.start()
        wait_until(lambda: waits_for_a_lock(work), what="the second reader waits")
        work.identities.save([replace(identity, plan="ENTERPRISE")], {identity.id: 0})
        work.commit()
    other.join(timeout=10)

    assert [one.plan for one in seen] == ["ENTERPRISE"]


def test_others_are_the_living_registrations_of_the_same_subject(unit: Units) -> None:
    """Removed ones, one's own, and other subjects are not told."""
    mine = register(unit, account="mine")
    theirs = register(unit, account="theirs")
    gone = register(unit, account="gone")
    register(unit, account="else", subject="other.example")
    with unit() as work:
        work.identities.save([replace(gone, state=State.REMOVED)], {gone.id: 0})
        work.commit()

    with unit() as work:
        others = work.identities.others(mine.kind, [(mine.subject, "mine"), ("b.example", "mine")])

    assert others == [theirs]


def test_progress_is_absent_where_no_look_is_due(unit: Units) -> None:
    """A settled identity has no progress."""
    waiting, settled = register(unit), register(unit, subject="b.example")
    with unit() as work:
        work.schedule.put([Step(identity=settled, due_at=None)])
        work.commit()

    with unit() as work:
        progress = work.identities.progress([waiting.id, settled.id])

    assert list(progress) == [waiting.id]
    assert progress[waiting.id].attempt == 1


def test_requests_of_the_last_day_are_counted(unit: Units) -> None:
    """With the moments at which they were taken, and how many restarted the fast part."""
    identity, other = register(unit), register(unit, subject="b.example")
    with unit() as work:
        first_at = work.now
        work.identities.add_request(identity.id, Cause(id="e1", source="urn:x"), restarted=True)
        work.commit()
    with unit() as work:
        second_at = work.now
        work.identities.add_request(identity.id, Cause(id="e2", source="urn:x"), restarted=False)
        work.commit()

    with unit() as work:
        requests = work.identities.requests([identity.id, other.id])

    assert requests == {
        identity.id: Requests(taken_at=(first_at, second_at), restarts=1),
        other.id: Requests(),
    }


def test_what_is_not_committed_never_happened(unit: Units) -> None:
    """Leaving a unit of work is forgetting it."""
    with unit() as work:
        identity = a_registration(work.now)
        work.identities.add([identity])

    with unit() as work:
        assert (
            work.identities.current([SubjectKey(kind=identity.kind, account="acme", subject="example.org")])
            == {}
        )


def waits_for_a_lock(work: SqlUnitOfWork) -> bool:
    """Whether anybody in this database waits for a lock."""
    in_here = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    return bool(work.looks._link.rows(f"SELECT FROM pg_locks WHERE NOT granted AND pid IN ({in_here})"))


def _odd_findings(identity: Identity) -> tuple[Finding, ...]:
    """Findings with what the DNS may bring: NUL, quotes, other scripts, a record of another challenge."""
    record = identity.challenge.records[0]
    assert MISSING.outcome is Outcome.NOT_YET
    return (
        a_finding(record, None),
        *MISSING.findings,
        a_finding(record, Code.NAME_DOUBLED, '\x00"č'),
    )
