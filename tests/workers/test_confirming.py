"""Addresses, from their adding to the pressed link: through the real intake, database and relay."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from domain.identity import State
from domain.ports import Work
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from tests.servers.smtp import MailServer, Moment
from tests.workers.addresses import (
    arrival,
    ask,
    deliver,
    hours_pass,
    letters,
    names,
    prove,
    put_due,
    stored,
    tokens,
    told,
)
from tests.workers.lab import violations
from workers import bootstrap
from workers.confirming import Confirming, expire, look_up, press
from workers.intake import Accepted, take
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

ADDRESS = "Info@example.org"


@pytest.fixture(autouse=True)
def nothing_is_broken(database_url: str) -> Iterator[None]:
    """After each test all that is stored still fits together."""
    yield
    assert violations(database_url) == []


def end_windows(unit: Units, confirming: Confirming) -> None:
    """Claim the ends of windows that are due, and let a worker handle them."""
    with unit() as work:
        tickets = work.schedule.claim(Work.ADDRESS, limit=50, lease=timedelta(minutes=2))
        work.commit()
    expire(tickets, confirming)


def test_an_address_is_confirmed_by_the_link_in_its_mail(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """Added, mailed, pressed, told; and the contact hears of it."""
    prove(unit)
    assert ask(settings, unit, "added", ADDRESS, display_name="Acme") == Accepted()

    assert deliver(unit, sending) == 1
    [letter] = letters(server)
    [token] = tokens(server)
    assert letter["To"] == ADDRESS
    assert letter["Auto-Submitted"] == "auto-generated"
    assert stored(unit).state is State.PENDING

    link = press(token, confirming)

    assert link is not None
    assert not link.before
    assert stored(unit).state is State.VERIFIED
    assert names(unit) == ["accepted", "confirmation_sent", "confirmed"]
    assert deliver(unit, sending) == 1
    assert letters(server)[1]["To"] == "owner@example.net"


def test_looking_at_a_link_changes_nothing(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """Scanners follow links."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    [token] = tokens(server)
    before = stored(unit)

    for _ in range(5):
        link = look_up(token, confirming)
        assert link is not None
        assert not link.before

    assert stored(unit) == before


def test_of_many_who_press_at_once_one_confirms(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """50 at once: one event, and all are told that it is confirmed."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    [token] = tokens(server)
    ready, links = threading.Barrier(10), []

    def pressing() -> None:
        ready.wait()
        links.extend(press(token, confirming) for _ in range(5))

    threads = [threading.Thread(target=pressing) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(links) == 50
    assert [link.before for link in links if link is not None].count(False) == 1
    assert names(unit).count("confirmed") == 1


def test_no_usable_link_is_stored(
    unit: Units, settings: Settings, sending: Sending, server: MailServer
) -> None:
    """Whoever reads the database cannot confirm anything."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    [token] = tokens(server)

    with unit() as work:
        tables = ["notices", "links", "identities", "outbox", "schedule", "mail_slots", "inbox"]
        dump = [str(work.outbox._link.rows(f"SELECT t::text FROM {table} AS t")) for table in tables]

    assert all(token not in text and token.encode().hex() not in text for text in dump)


def test_a_new_mail_ends_the_link_in_the_old_one(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """When it leaves, and not when it is asked for."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    hours_pass(unit, 1)
    assert ask(settings, unit, "confirmation_requested", ADDRESS) == Accepted()
    assert look_up(tokens(server)[0], confirming) is not None

    deliver(unit, sending)

    old, new = tokens(server)
    assert press(old, confirming) is None
    assert press(new, confirming) is not None
    assert stored(unit).state is State.VERIFIED


def test_however_often_it_is_asked_for_one_mail_leaves_and_three_in_six_hours(
    unit: Units, settings: Settings, sending: Sending, server: MailServer
) -> None:
    """1,000 re-sends at once, and again in every quarter of an hour."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    hours_pass(unit, 7)
    crowd = [arrival("confirmation_requested", ADDRESS) for _ in range(1000)]
    rules = bootstrap.tools(settings, unit)
    threads = [
        threading.Thread(target=take, args=(crowd[start : start + 100], rules))
        for start in range(0, len(crowd), 100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    deliver(unit, sending)
    assert len(server.received) == 2
    for _ in range(23):
        hours_pass(unit, 0.25)
        ask(settings, unit, "confirmation_requested", ADDRESS)
        deliver(unit, sending)

    assert len(server.received) == 4  # the first, and three in the six hours since the crowd came


def test_a_link_that_nobody_presses_expires_and_the_address_may_be_added_again(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """With the same id, and a mail with another link."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    before = stored(unit)
    hours_pass(unit, 24.1)
    assert press(tokens(server)[0], confirming) is None

    end_windows(unit, confirming)

    assert stored(unit).state is State.EXPIRED
    assert names(unit)[-1] == "confirmation_expired"
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    assert press(tokens(server)[1], confirming) is not None
    assert (stored(unit).id, stored(unit).state) == (before.id, State.VERIFIED)


def test_the_end_of_a_window_that_was_moved_is_waited_for(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming
) -> None:
    """A ticket that comes too early changes nothing; one that is late meets a settled address."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    put_due(unit, stored(unit))

    end_windows(unit, confirming)

    assert stored(unit).state is State.PENDING
    assert names(unit) == ["accepted", "confirmation_sent"]


def test_a_mail_that_is_refused_for_good_ends_the_address(
    unit: Units, settings: Settings, sending: Sending, server: MailServer
) -> None:
    """5xx at RCPT: the owner is told what to look at, and may add it again."""
    prove(unit)
    server.answer(Moment.RCPT, "550 5.1.1 no such user")
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)

    assert stored(unit).state is State.FAILED
    [refused] = told(unit, "address.refused")
    assert refused["code"] == "address.undeliverable"
    assert refused["address_id"] == stored(unit).id
    server.behave()
    hours_pass(unit, 1)
    ask(settings, unit, "confirmation_requested", ADDRESS)
    deliver(unit, sending)
    assert names(unit) == ["accepted", "refused", "accepted", "confirmation_sent"]


def test_a_mail_that_is_put_off_leaves_later_with_another_link(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """4xx is nobody's fault."""
    prove(unit)
    server.answer(Moment.RCPT, "451 4.7.1 come back later")
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    assert (stored(unit).state, names(unit)) == (State.PENDING, ["accepted"])

    server.behave()
    hours_pass(unit, 0.1)
    deliver(unit, sending)

    [token] = tokens(server)
    assert press(token, confirming) is not None


def test_a_mail_that_may_have_left_is_not_sent_again(
    unit: Units, settings: Settings, sending: Sending, server: MailServer
) -> None:
    """The connection was lost after the final dot."""
    prove(unit)
    server.drop(Moment.END)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    server.behave()
    hours_pass(unit, 2)

    assert deliver(unit, sending) == 0
    assert len(server.received) == 1
    assert names(unit) == ["accepted", "confirmation_sent"]


def test_a_mail_that_is_not_wanted_any_more_is_dropped(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """The address was confirmed by the link before, while the next mail waited."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    ask(settings, unit, "confirmation_requested", ADDRESS)
    press(tokens(server)[0], confirming)
    hours_pass(unit, 1)

    deliver(unit, sending)

    assert [letter["To"] for letter in letters(server)] == [ADDRESS, "owner@example.net"]
    assert stored(unit).state is State.VERIFIED
