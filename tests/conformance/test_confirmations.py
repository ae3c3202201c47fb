"""When mails with links may leave, and who pressed them: what every store must keep."""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.mailing import NewLink, PlannedMail, Pressed
from domain.ports import Work
from infra.db.unit_of_work import SqlUnitOfWork
from tests.conformance.building import HOUR, claim, register

Units = Callable[[], SqlUnitOfWork]

DIGEST = b"\x00" * 32
OTHER = b"\x01" * 32


def take(unit: Units, recipient: str, account: str = "acme") -> datetime:
    """Take a slot, for good."""
    with unit() as work:
        work.confirmations.hold({recipient}, {account})
        at = work.confirmations.slot(recipient, account)
        work.commit()
    return at


def link(unit: Units, digest: bytes, address_id: str, lasts: timedelta = HOUR) -> None:
    """Begin a link."""
    with unit() as work:
        work.confirmations.link([NewLink(address_id, digest, work.now + lasts)])
        work.commit()


def press(unit: Units, digest: bytes) -> Pressed | None:
    """Press a link."""
    with unit() as work:
        pressed = work.confirmations.press(digest)
        work.commit()
    return pressed


def look_up(unit: Units, digest: bytes) -> Pressed | None:
    """Look at a link."""
    with unit() as work:
        return work.confirmations.look_up(digest)


def mail_for(identity_id: str, key: str, at: datetime) -> PlannedMail:
    """A mail to the owner of an identity."""
    return PlannedMail(
        id=str(uuid.uuid4()),
        key=key,
        identity_id=identity_id,
        recipient="info@example.org",
        locale="cs",
        at=at,
    )


def test_a_slot_that_was_taken_is_taken(unit: Units) -> None:
    """The next for the same recipient is a minute later, whoever asks."""
    first = take(unit, "a@example.org")

    assert take(unit, "a@example.org", account="other") == first + timedelta(minutes=1)


def test_another_recipient_of_another_account_waits_for_nobody(unit: Units) -> None:
    """Each has its own."""
    with unit() as work:
        now = work.now
    take(unit, "a@example.org")

    assert take(unit, "b@example.org", account="other") - now < timedelta(minutes=1)


def test_what_was_not_committed_was_not_taken(unit: Units) -> None:
    """A batch that is refused leaves nothing behind."""
    with unit() as work:
        work.confirmations.slot("a@example.org", "acme")
    with unit() as work:
        assert work.confirmations.slot("a@example.org", "acme") == work.now


def test_many_at_once_for_one_account_get_thirty_in_the_hour(unit: Units) -> None:
    """However many processes ask."""
    given: list[datetime] = []
    threads = [
        threading.Thread(
            target=lambda part=part: given.extend(take(unit, f"{part}-{n}@example.org") for n in range(8))
        )
        for part in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ordered = sorted(given)
    assert len(ordered) == 40
    assert ordered[30] - ordered[0] >= HOUR
    assert ordered[29] - ordered[0] < timedelta(minutes=5)


def test_a_planned_mail_is_due_at_its_time_and_once(unit: Units) -> None:
    """By its key."""
    identity = register(unit)
    with unit() as work:
        work.confirmations.plan(
            [mail_for(identity.id, "k1", work.now), mail_for(identity.id, "k1", work.now)]
        )
        work.confirmations.plan([mail_for(identity.id, "k2", work.now + HOUR)])
        work.commit()

    [ticket] = claim(unit, what=Work.MAIL)

    with unit() as work:
        assert work.mails.addresses([ticket]) == {identity.id}
        [mail] = work.mails.awaited([ticket])
        assert (mail.key, mail.body, mail.identity_id) == ("k1", None, identity.id)


def test_a_mail_that_is_called_off_is_not_due(unit: Units) -> None:
    """Nor is it sent under a ticket that was given out before."""
    identity = register(unit)
    with unit() as work:
        work.confirmations.plan([mail_for(identity.id, "k1", work.now)])
        work.commit()
    [ticket] = claim(unit, what=Work.MAIL)

    with unit() as work:
        work.confirmations.call_off([identity.id])
        work.commit()

    with unit() as work:
        assert work.mails.awaited([ticket]) == []
        assert not work.mails.begin(ticket)
    assert claim(unit, lease=HOUR, what=Work.MAIL) == []


def test_a_link_is_used_once(unit: Units) -> None:
    """Looking at it uses nothing."""
    owner = str(uuid.uuid4())
    link(unit, DIGEST, owner)

    assert look_up(unit, DIGEST) == look_up(unit, DIGEST) == Pressed(owner, before=False)
    assert press(unit, DIGEST) == Pressed(owner, before=False)
    assert press(unit, DIGEST) == look_up(unit, DIGEST) == Pressed(owner, before=True)


def test_of_fifty_who_press_at_once_one_is_the_first(unit: Units) -> None:
    """All others are told that it was pressed before."""
    link(unit, DIGEST, str(uuid.uuid4()))
    pressed: list[Pressed | None] = []
    ready = threading.Barrier(10)

    def pressing() -> None:
        ready.wait()
        pressed.extend(press(unit, DIGEST) for _ in range(5))

    threads = [threading.Thread(target=pressing) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one.before for one in pressed if one is not None) == [False] + [True] * 49


@pytest.mark.parametrize("lasts", [timedelta(0), -HOUR])
def test_a_link_that_is_over_does_nothing(unit: Units, lasts: timedelta) -> None:
    """By the database's clock."""
    link(unit, DIGEST, str(uuid.uuid4()), lasts)

    assert look_up(unit, DIGEST) is None
    assert press(unit, DIGEST) is None


def test_an_unknown_link_does_nothing(unit: Units) -> None:
    """As one that is over."""
    assert look_up(unit, OTHER) is None
    assert press(unit, OTHER) is None


def test_a_new_link_ends_the_one_before_unless_that_was_pressed(unit: Units) -> None:
    """Of the same address only."""
    owner, stranger = str(uuid.uuid4()), str(uuid.uuid4())
    link(unit, DIGEST, owner)
    link(unit, OTHER, stranger)

    link(unit, b"\x02" * 32, owner)

    assert look_up(unit, DIGEST) is None
    assert look_up(unit, OTHER) == Pressed(stranger, before=False)
    press(unit, b"\x02" * 32)
    link(unit, b"\x03" * 32, owner)
    assert look_up(unit, b"\x02" * 32) == Pressed(owner, before=True)


def test_what_is_forgotten_is_over(unit: Units) -> None:
    """Also what was pressed."""
    owner = str(uuid.uuid4())
    link(unit, DIGEST, owner)
    press(unit, DIGEST)

    with unit() as work:
        work.confirmations.forget([owner])
        work.commit()

    assert look_up(unit, DIGEST) is None
