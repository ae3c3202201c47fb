"""Certificates: what every store must keep of them."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.certificate_life import opened, remove, upload, watched
from domain.identity import Kind, State
from domain.lifecycle import FIRST, Step
from domain.ports import SubjectKey, Work
from domain.registration import NewLife
from domain.schedule import Moment
from domain.signing_certificate import SigningCertificate
from events.announce import Telling, announce
from infra.db.unit_of_work import SqlUnitOfWork
from tests.conformance.building import LEASE
from tests.domain.certifying import LIFE, an_address, bad, facts, good, of

Units = Callable[[], SqlUnitOfWork]

KEY = SubjectKey(kind=Kind.CERTIFICATE, account="acme", subject="info@example.org")


def write(unit: Units, step: Step, verdict: object = None) -> SigningCertificate:
    """Write a step as it comes, with its events; answer what the store has then."""
    before = of(step.identity)
    with unit() as work:
        telling = Telling(source="urn:signet", at=work.now, certificate=verdict)  # type: ignore[arg-type]
        told, events = announce(step, telling)
        if before.version == 0 and not work.identities.find([before.id]):
            work.identities.add([told])
        else:
            work.identities.save([told], {before.id: before.version})
        work.schedule.put([step])
        work.outbox.add(events)
        work.commit()
    return stored(unit)


def stored(unit: Units) -> SigningCertificate:
    """What the store has."""
    with unit() as work:
        return of(work.identities.current([KEY])[KEY])


def now(unit: Units) -> Moment:
    """The store's time."""
    with unit() as work:
        return Moment(work.now)


def life() -> NewLife:
    """A life with an id that stores take."""
    return replace(LIFE, id=str(uuid.uuid4()))


def uploaded(unit: Units) -> SigningCertificate:
    """A first upload."""
    address = replace(an_address(), id=str(uuid.uuid4()))
    return write(unit, upload(None, address, life(), now(unit)))


def test_an_upload_is_kept_as_it_is(unit: Units) -> None:
    """Nothing of it was opened yet."""
    known = uploaded(unit)

    assert known == of(replace(known))
    assert (known.state, known.waits, known.tried, known.accepted) == (State.PENDING, True, 1, None)
    assert (known.shown, known.contact, known.opened_by) == (
        "Info@example.org",
        an_address().contact,
        LIFE.opened_by,
    )


def ends(unit: Units, days: float) -> datetime:
    """A whole second in so many days, as certificates end."""
    return (now(unit).now + timedelta(days=days)).replace(microsecond=0)


@pytest.mark.parametrize("days", [365, 5])
def test_an_accepted_certificate_is_kept_with_what_stands_in_it(unit: Units, days: int) -> None:
    """And which reminder was told of it."""
    end = ends(unit, days)
    verdict = good(facts(end))
    step = opened(uploaded(unit), verdict, FIRST, now(unit))

    known = write(unit, step, verdict)

    assert known.accepted == of(step.identity).accepted
    assert known.accepted is not None
    assert known.accepted.told == (None if days > 30 else 7)
    assert (known.state, known.waits, known.deadline) == (State.VERIFIED, False, end)


def test_a_refusal_is_kept_with_its_reason(unit: Units) -> None:
    """Code and case."""
    known = write(unit, opened(uploaded(unit), bad(), FIRST, now(unit)), bad())

    assert (known.state, known.reason) == (State.FAILED, bad().reason)


def test_certificates_are_work_of_their_own(unit: Units) -> None:
    """Nothing else waits behind them."""
    known = uploaded(unit)

    with unit() as work:
        assert [work.schedule.pending(one) for one in Work] == [int(one is Work.CERTIFICATE) for one in Work]
        [ticket] = work.schedule.claim(Work.CERTIFICATE, limit=5, lease=LEASE)
        [awaited] = work.looks.awaited([ticket])
    assert awaited.identity == known


def test_they_are_listed_and_found_by_their_address(unit: Units) -> None:
    """The address itself is another identity."""
    known = uploaded(unit)

    with unit() as work:
        named = work.directory.named(Kind.CERTIFICATE, "info@example.org")
        address = work.directory.named(Kind.ADDRESS, "info@example.org")
        [found] = work.directory.find([known.id])

    assert [one.identity for one in named] == [known]
    assert (list(address), found.identity) == ([], known)


def test_every_change_of_state_has_its_event(unit: Units) -> None:
    """From the first upload over the end to the removal; a refused newer upload changes none."""
    verdict = good(facts(ends(unit, 365)))
    known = write(unit, opened(uploaded(unit), verdict, FIRST, now(unit)), verdict)
    newer = write(unit, upload(known, an_address(), life(), now(unit)))
    kept = write(unit, opened(newer, bad(), FIRST, now(unit)), bad())
    over = write(unit, watched(kept, verdict, FIRST, Moment(ends(unit, 366))), verdict)
    write(unit, remove(over))

    with unit() as work:
        history = work.directory.history(over.id)

    assert [change.state for change in history] == ["pending", "verified", "expired", "removed"]
    assert [change.event_id for change in history] == [
        None,
        f"{over.id}.1",
        f"{over.id}.3",
        f"{over.id}.4",
    ]
