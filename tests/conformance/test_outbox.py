"""Events go out in their order, each until it is confirmed, and are in the feed once."""

from dataclasses import replace

import pytest

from domain.outbound import CursorExpired, FeedPage, FeedQuery
from domain.ports import Stamped
from tests.conformance.building import Units, an_event, register

REFUSED = Stamped(
    id="refused-1",
    type="org.signet.event.refused.v1",
    account=None,
    subject=None,
    identity_id=None,
    sequence=None,
    body=b"{}",
)


def add(unit: Units, *events: Stamped) -> None:
    """Make events true."""
    with unit() as work:
        work.outbox.add(events)
        work.commit()


def number(unit: Units, limit: int = 100) -> int:
    """Give new events their place in the feed."""
    with unit() as work:
        numbered = work.outbox.number_new(limit)
        work.commit()
    return numbered


def page(unit: Units, **query: object) -> FeedPage:
    """Read the feed."""
    with unit() as work:
        return work.feed.page(FeedQuery(**query))  # type: ignore[arg-type]


def ids(unit: Units, **query: object) -> list[str]:
    """The ids of a page of the feed."""
    return [event.id for event in page(unit, **query).events]


def test_per_identity_only_the_next_event_is_given_out(unit: Units) -> None:
    """The next one goes when its last is confirmed; other identities do not wait."""
    one, two = register(unit, subject="a.example"), register(unit, subject="b.example")
    add(unit, an_event(one, 2, "verified"), an_event(one, 3, "removed"), REFUSED)
    number(unit)

    with unit() as work:
        first = work.outbox.unpublished(10)
        work.outbox.published([first[0].number])
        second = work.outbox.unpublished(10, in_flight=[event.number for event in first])
        work.commit()

    assert [event.event.id for event in first] == [f"{one.id}/1", f"{two.id}/1", "refused-1"]
    assert [event.event.id for event in second] == [f"{one.id}/2"]


def test_an_event_comes_again_until_it_is_confirmed(unit: Units) -> None:
    """A relay that died after publishing is a repetition with the same id."""
    register(unit)
    number(unit)

    with unit() as work:
        assert work.outbox.unpublished(10) == work.outbox.unpublished(10)
        work.outbox.published([event.number for event in work.outbox.unpublished(10)])
        assert work.outbox.unpublished(10) == []


def test_an_event_without_a_place_in_the_feed_is_not_published(unit: Units) -> None:
    """Who is told by the broker must be able to find it in the feed."""
    register(unit)

    with unit() as work:
        assert work.outbox.unpublished(10) == []


def test_an_event_for_nobody_counts_as_published(unit: Units) -> None:
    """It is marked, and the feed keeps it."""
    register(unit)
    number(unit)
    with unit() as work:
        [event] = work.outbox.unpublished(10)
        work.outbox.published([event.number], unroutable=[event.number])
        work.commit()

    with unit() as work:
        assert work.outbox.unpublished(10) == []
        assert work.outbox._link.one("SELECT unroutable FROM outbox")[0] is True
    assert len(page(unit).events) == 1


def test_nothing_appears_before_a_cursor_already_given_out(unit: Units) -> None:
    """A transaction that began first and commits last comes last in the feed."""
    one, two = register(unit, subject="a.example"), register(unit, subject="b.example")
    number(unit)
    begun = page(unit).next
    with unit() as slow:
        slow.outbox.add([an_event(one, 2)])
        add(unit, an_event(two, 2))
        number(unit)
        quick = page(unit, after=begun)
        slow.commit()
    number(unit)

    late = page(unit, after=quick.next)

    assert [event.id for event in quick.events] == [f"{two.id}/2"]
    assert [event.id for event in late.events] == [f"{one.id}/2"]


def test_places_are_given_without_gaps_and_once(unit: Units) -> None:
    """In portions, and nothing is numbered twice."""
    identity = register(unit)
    add(unit, *(an_event(identity, sequence) for sequence in range(2, 6)))

    portions = [number(unit, limit=2) for _ in range(4)]

    assert portions == [2, 2, 1, 0]
    with unit() as work:
        rows = work.outbox._link.rows("SELECT sequence, position FROM outbox ORDER BY position")
    assert [tuple(row) for row in rows] == [(place, place) for place in range(1, 6)]


def test_the_feed_is_read_page_by_page_to_its_end(unit: Units) -> None:
    """Each event once; at the end there is still a cursor to go on from."""
    identity = register(unit)
    add(unit, *(an_event(identity, sequence) for sequence in range(2, 6)))
    number(unit)

    first = page(unit, limit=3)
    rest = page(unit, limit=3, after=first.next)
    end = page(unit, limit=3, after=rest.next)

    assert [event.id[-1] for event in first.events + rest.events] == ["1", "2", "3", "4", "5"]
    assert end == FeedPage(events=(), next=rest.next)
    assert first.events[-1].cursor == first.next
    assert first.events[0].body == an_event(identity, 1).body


def test_the_empty_feed_has_a_cursor_too(unit: Units) -> None:
    """Who comes first waits from there."""
    begun = page(unit)
    identity = register(unit)
    number(unit)

    assert begun.events == ()
    assert ids(unit, after=begun.next) == [f"{identity.id}/1"]


def test_the_latest_cursor_is_after_everything(unit: Units) -> None:
    """A follower starts with what comes next."""
    identity = register(unit)
    number(unit)
    with unit() as work:
        latest = work.feed.latest()
    add(unit, an_event(identity, 2))
    number(unit)

    assert ids(unit, after=latest) == [f"{identity.id}/2"]


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("domain.*", 2),
        ("*.verified", 1),
        ("domain.verified", 1),
        ("org.signet.domain.verified.v1", 1),
        ("org.signet.*", 3),
        ("*", 3),
        ("domain.verifie?", 1),
        ("verified", 0),
        ("domainXverified", 0),
        ("DOMAIN.*", 0),
        ("", 0),
        ("domain.(verified|accepted)", 0),
        ("%", 0),
        ("\x00", 0),
        ("*" * 10_000, 0),
    ],
)
def test_a_type_is_a_glob_on_short_or_full_names(unit: Units, glob: str, found: int) -> None:
    """A dot is a dot, and what cannot be part of a name matches nothing."""
    identity = register(unit)
    add(unit, an_event(identity, 2, "verified"), REFUSED)
    number(unit)

    assert len(ids(unit, type=glob)) == found


def test_a_reader_sees_its_own_accounts_only(unit: Units) -> None:
    """And is not held up by what it may not see."""
    mine = register(unit, account="mine")
    register(unit, account="theirs")
    add(unit, REFUSED)
    number(unit)

    seen = page(unit, accounts=frozenset({"mine", "also-mine"}))

    assert [event.id for event in seen.events] == [f"{mine.id}/1"]
    with unit() as work:
        assert seen.next == work.feed.latest()
    assert ids(unit, accounts=frozenset()) == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "AAAAAAAAAAA=", "AAAAAAAAAAB", "__________8", "AAAAAAAAAGQ", "é" * 11]
)
def test_a_cursor_that_was_never_given_out_is_expired(unit: Units, cursor: str) -> None:
    """Also one from before a restore: it lies beyond the newest event."""
    register(unit)
    number(unit)

    with pytest.raises(CursorExpired):
        page(unit, after=cursor)


def test_events_of_one_identity_keep_their_order_in_the_feed(unit: Units) -> None:
    """Whatever the order of the other identities."""
    one, two = register(unit, subject="a.example"), register(unit, subject="b.example")
    for sequence in range(2, 5):
        add(unit, an_event(two, sequence), an_event(one, sequence))
    number(unit)

    order = [int(event_id.rpartition("/")[2]) for event_id in ids(unit) if event_id.startswith(one.id)]

    assert order == [1, 2, 3, 4]


def test_the_body_is_kept_octet_by_octet(unit: Units) -> None:
    """The feed says what was published, to the octet."""
    body = bytes(range(256))
    add(unit, replace(REFUSED, body=body))
    number(unit)

    with unit() as work:
        assert work.outbox.unpublished(1)[0].event.body == body
    assert page(unit).events[0].body == body
