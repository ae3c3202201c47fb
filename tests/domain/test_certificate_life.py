"""The life of a signing certificate, from its upload to the last word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.certificate_life import (
    RefusedUpload,
    days_left,
    fitting,
    holding,
    opened,
    remove,
    sentence_of,
    unknown,
    upload,
    watched,
)
from domain.certificate_sentences import Saying
from domain.identity import Address, Contact, Progress, State
from domain.lifecycle import FIRST, News
from domain.schedule import Moment
from tests.domain.building import START, after
from tests.domain.certifying import (
    DAY,
    LIFE,
    OPENED_AT,
    UPLOADED,
    an_address,
    bad,
    facts,
    good,
    in_use,
    of,
    renewed,
    uploaded,
)

SECOND = timedelta(seconds=1)
NOW = after(timedelta(0))
STAYS = (State.FAILED, State.EXPIRED, State.REVOKED)


def test_an_upload_is_opened_at_once() -> None:
    """For the address and the contact of the address."""
    step = upload(None, an_address(), LIFE, NOW)
    certificate = of(step.identity)

    assert (step.due_at, step.news) == (START, (News.ACCEPTED,))
    assert (certificate.id, certificate.generation, certificate.opened_by) == ("c1", 1, UPLOADED)
    assert (certificate.subject, certificate.shown) == ("info@example.org", "Info@example.org")
    assert (certificate.address_id, certificate.contact) == ("a1", an_address().contact)
    assert (certificate.state, certificate.tried, certificate.waits) == (State.PENDING, 1, True)


@pytest.mark.parametrize("address", [None, an_address(State.REMOVED)], ids=["none", "removed"])
def test_there_is_no_certificate_without_its_address(address: Address | None) -> None:
    """Nothing of the file is looked at."""
    assert holding(address, "info@example.org") == RefusedUpload(
        code="address.unknown",
        message="This account has no address info@example.org.",
        address="info@example.org",
    )


@pytest.mark.parametrize("state", [State.PENDING, *STAYS])
def test_the_address_is_confirmed_first(state: State) -> None:
    """The sentence says how."""
    refused = holding(an_address(state), "info@example.org")

    assert isinstance(refused, RefusedUpload)
    assert (refused.code, refused.address) == ("address.not_confirmed", "Info@example.org")
    assert "link" in refused.message


def test_a_confirmed_address_takes_a_certificate() -> None:
    """Its own."""
    assert holding(an_address(), "info@example.org") == an_address()


def test_a_file_has_64_kb_at_most() -> None:
    """One octet more is not opened."""
    refused = fitting(65_537, an_address())

    assert fitting(65_536, an_address()) is None
    assert refused is not None
    assert refused.code == "certificate.too_large"
    assert "64 kB" in refused.message


def test_what_passes_is_in_use_until_it_ends() -> None:
    """Looked at again within a day."""
    step = opened(uploaded(), good(), FIRST, Moment(OPENED_AT.now, 0.5))
    certificate = of(step.identity)

    assert (certificate.state, certificate.waits, certificate.reason) == (State.VERIFIED, False, None)
    assert certificate.accepted is not None
    assert (certificate.accepted.number, certificate.accepted.facts) == (1, facts())
    assert (certificate.accepted.told, certificate.accepted.uploaded_by) == (None, UPLOADED)
    assert certificate.deadline == certificate.last_look_at == facts().not_after
    assert step.due_at == OPENED_AT.now + 0.95 * DAY
    assert (step.progress, step.news) == (Progress(attempt=2), (News.VERIFIED,))


def test_what_is_refused_is_over_until_the_next_upload() -> None:
    """With the code and the case that is told."""
    step = opened(uploaded(), bad(), FIRST, OPENED_AT)
    certificate = of(step.identity)

    assert (certificate.state, certificate.waits, certificate.accepted) == (State.FAILED, False, None)
    assert certificate.reason == bad().reason
    assert step.due_at is None
    assert News.FAILED in step.news


@pytest.mark.parametrize("state", STAYS)
def test_an_upload_after_the_end_begins_a_new_window_of_the_same_life(state: State) -> None:
    """The id stays; what ended before is forgotten."""
    step = upload(replace(in_use(), state=state), an_address(), LIFE, OPENED_AT)
    certificate = of(step.identity)

    assert (certificate.id, certificate.state, certificate.tried) == ("c1", State.PENDING, 2)
    assert (certificate.waits, certificate.accepted) == (True, None)
    assert (step.due_at, step.news) == (OPENED_AT.now, (News.ACCEPTED,))


def test_an_upload_after_a_removal_is_another_life() -> None:
    """With an id of its own."""
    again = replace(LIFE, id="c2", generation=2)

    certificate = of(upload(of(remove(in_use()).identity), an_address(), again, OPENED_AT).identity)

    assert (certificate.id, certificate.generation, certificate.tried) == ("c2", 2, 1)


def test_a_newer_upload_leaves_what_is_in_use_alone_until_it_passes() -> None:
    """And takes over the address's present contact."""
    contact = Contact(email="new@example.net", locale="en")
    step = upload(in_use(), replace(an_address(), contact=contact), LIFE, OPENED_AT)
    waiting = of(step.identity)

    assert (waiting.state, waiting.waits, waiting.tried) == (State.VERIFIED, True, 2)
    assert (waiting.accepted, waiting.contact) == (in_use().accepted, contact)
    assert (step.due_at, step.news) == (OPENED_AT.now, (News.ACCEPTED,))


def test_a_newer_upload_that_passes_takes_the_place_of_the_old_one() -> None:
    """At once, in one step."""
    newer = facts(START + 700 * DAY, serial="77")

    step = opened(renewed(), good(newer), FIRST, OPENED_AT)
    certificate = of(step.identity)

    assert (certificate.state, certificate.waits, step.news) == (State.VERIFIED, False, (News.VERIFIED,))
    assert certificate.accepted is not None
    assert (certificate.accepted.number, certificate.accepted.facts) == (2, newer)
    assert certificate.deadline == newer.not_after


def test_a_newer_upload_that_is_refused_leaves_the_old_one_as_it_is() -> None:
    """It is still looked at, and the refusal is told."""
    step = opened(renewed(), bad(), FIRST, OPENED_AT)
    certificate = of(step.identity)

    assert (certificate.state, certificate.waits) == (State.VERIFIED, False)
    assert certificate.accepted == in_use().accepted
    assert certificate.reason == bad().reason
    assert (step.due_at, step.news) == (OPENED_AT.now + DAY, (News.FAILED,))


def test_a_later_good_upload_ends_what_was_said_of_a_refused_one() -> None:
    """Nothing stands in the way any more."""
    refused = of(opened(renewed(), bad(), FIRST, OPENED_AT).identity)
    again = of(upload(refused, an_address(), LIFE, OPENED_AT).identity)

    certificate = of(opened(again, good(), FIRST, OPENED_AT).identity)

    assert certificate.reason is None
    assert certificate.accepted is not None
    assert certificate.accepted.number == 3


@pytest.mark.parametrize(
    ("before_end", "told", "tells"),
    [
        (31 * DAY, None, None),
        (30 * DAY + SECOND, None, None),
        (30 * DAY, None, 30),
        (29 * DAY, 30, None),
        (14 * DAY + SECOND, 30, None),
        (14 * DAY, 30, 14),
        (14 * DAY, None, 14),
        (8 * DAY, 14, None),
        (7 * DAY, 14, 7),
        (DAY + SECOND, 7, None),
        (DAY, 7, 1),
        (SECOND, 30, 1),
        (SECOND, 1, None),
    ],
)
def test_reminders_come_once_each_and_only_the_most_urgent(
    before_end: timedelta, told: int | None, tells: int | None
) -> None:
    """Also where nobody looked for days."""
    known = in_use()
    assert known.accepted is not None
    known = replace(known, accepted=replace(known.accepted, told=told))

    step = watched(known, good(), FIRST, Moment(facts().not_after - before_end))
    certificate = of(step.identity)

    assert certificate.accepted is not None
    assert certificate.accepted.told == (told if tells is None else tells)
    assert step.news == (() if tells is None else (News.EXPIRING,))
    assert certificate.state is State.VERIFIED


@pytest.mark.parametrize(
    ("before_end", "due_before_end"),
    [
        (100 * DAY, 99 * DAY),
        (30 * DAY + timedelta(hours=1), 30 * DAY),
        (30 * DAY, 29 * DAY),
        (7 * DAY + SECOND, 7 * DAY),
        (2 * DAY, DAY),
        (DAY, timedelta(0)),
        (SECOND, timedelta(0)),
    ],
)
def test_the_next_look_is_tomorrow_or_where_something_is_to_be_told(
    before_end: timedelta, due_before_end: timedelta
) -> None:
    """Reminders and the end come on time."""
    ends_at = facts().not_after

    step = watched(in_use(), good(), FIRST, Moment(ends_at - before_end))

    assert step.due_at == ends_at - due_before_end


def test_a_certificate_that_ends_soon_is_reminded_of_as_it_is_accepted() -> None:
    """Its owner is to know at once, and once."""
    soon = facts(OPENED_AT.now + 5 * DAY)

    step = opened(uploaded(), good(soon), FIRST, OPENED_AT)
    again = watched(of(step.identity), good(soon), step.progress, Moment(OPENED_AT.now + DAY))

    assert step.news == (News.VERIFIED, News.EXPIRING)
    assert again.news == ()


def test_it_ends_to_the_second() -> None:
    """A second before it is good; then never again, whatever is said of it."""
    ends_at = facts().not_after
    before = watched(in_use(), good(), FIRST, Moment(ends_at - SECOND))
    after_it = watched(in_use(), good(), FIRST, Moment(ends_at))

    assert before.identity.state is State.VERIFIED
    assert (after_it.identity.state, after_it.due_at, after_it.news) == (
        State.EXPIRED,
        None,
        (News.EXPIRED,),
    )


def test_what_its_issuer_revoked_is_good_no_more() -> None:
    """That is told as a refusal."""
    step = watched(in_use(), bad(Saying.REVOKED, facts()), FIRST, OPENED_AT)

    assert (step.identity.state, step.due_at, step.news) == (State.FAILED, None, (News.FAILED,))
    assert step.identity.reason is not None
    assert step.identity.reason.code == "certificate.revoked"


def test_a_removed_certificate_signs_no_more() -> None:
    """Also where a newer upload waited."""
    step = remove(renewed())

    assert (step.identity.state, step.due_at, step.news) == (State.REMOVED, None, (News.REMOVED,))
    assert not of(step.identity).waits


def test_what_is_not_there_is_unknown() -> None:
    """Named as it was given, clipped."""
    assert unknown("info@example.org").code == "certificate.unknown"
    assert len(unknown("x" * 1000).message) < 320


@pytest.mark.parametrize(
    ("left", "days"), [(14 * DAY, 14), (13 * DAY + SECOND, 14), (DAY, 1), (SECOND, 1), (timedelta(0), 0)]
)
def test_days_are_rounded_up(left: timedelta, days: int) -> None:
    """The last day has one."""
    assert days_left(START + left, START) == days


def test_a_sentence_is_for_an_address() -> None:
    """What is no address was never stored."""
    assert "Info@example.org" in sentence_of(bad(Saying.NO_ADDRESS, facts()), "Info@example.org")
    with pytest.raises(ValueError, match="none"):
        sentence_of(bad(), "nobody")
