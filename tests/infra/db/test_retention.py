"""What is old goes, what is still to be done stays, and the feed has a beginning but no holes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain.identity import Cause
from domain.logins import LoginEnd, LoginKey
from domain.mailing import NewLink
from domain.outbound import CursorExpired, FeedQuery
from domain.ports import EventKey
from infra.db.invariants import check
from infra.db.link import Link
from infra.db.partitions import drop_older, make_ahead
from infra.db.retention import Kept, sweep
from tests.conformance.building import Units, a_notice, an_event, awaited, claim, register, waiting, write
from tests.domain.building import BLIND, MISSING

OLD = "interval '40 days'"


def run(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    """What a statement answers with; what it changed is kept."""
    with engine.begin() as connection:
        return [tuple(row) for row in Link(connection).rows(statement)]


def age(engine: Engine, table: str, column: str) -> None:
    """Make everything in a table old."""
    with engine.begin() as connection:
        Link(connection).run(f"UPDATE {table} SET {column} = {column} - {OLD}")


def publish(unit: Units, count: int) -> None:
    """Number everything, and publish some events."""
    with unit() as work:
        work.outbox.number_new(1_000)
        work.commit()
    for _ in range(count):
        with unit() as work:
            work.outbox.published([work.outbox.unpublished(1)[0].number])
            work.commit()


def test_the_feed_loses_its_oldest_published_events(engine: Engine, unit: Units) -> None:
    """What is unpublished stays, and everything after it, however old; nothing else is disturbed."""
    identity = register(unit)
    with unit() as work:
        begun = work.feed.latest()
        work.outbox.add([an_event(identity, sequence) for sequence in range(2, 6)])
        work.identities.save([replace(identity, sequence=5)], {identity.id: 0})
        work.commit()
    publish(unit, 3)
    age(engine, "outbox", "created_at")

    swept = sweep(engine, Kept())

    assert swept["feed"] == 3
    with unit() as work:
        kept = work.feed.page(FeedQuery())
        with pytest.raises(CursorExpired):
            work.feed.page(FeedQuery(after=begun))
    assert [event.id[-1] for event in kept.events] == ["4", "5"]
    assert check(engine) == []


def test_young_events_stay(engine: Engine, unit: Units) -> None:
    """And an empty sweep takes nothing; a cursor at the beginning stays good."""
    register(unit)
    with unit() as work:
        begun = work.feed.latest()
    publish(unit, 1)

    assert set(sweep(engine, Kept()).values()) == {0}
    with unit() as work:
        assert len(work.feed.page(FeedQuery(after=begun)).events) == 1


def test_an_emptied_feed_goes_on(engine: Engine, unit: Units) -> None:
    """A cursor at its end is good, and what comes next is after it."""
    identity = register(unit)
    publish(unit, 1)
    with unit() as work:
        end = work.feed.latest()
    age(engine, "outbox", "created_at")
    sweep(engine, Kept())
    with unit() as work:
        work.outbox.add([an_event(identity, 2)])
        work.outbox.number_new(10)
        work.commit()

    with unit() as work:
        assert [event.id[-1] for event in work.feed.page(FeedQuery(after=end)).events] == ["2"]
        assert [event.id[-1] for event in work.feed.page(FeedQuery()).events] == ["2"]


def test_inbox_and_counts_are_kept_for_thirty_days(engine: Engine, unit: Units) -> None:
    """Longer than the longest replay."""
    old, young = (EventKey(publisher="p", source="s", id=name) for name in ("old", "young"))
    with unit() as work:
        work.inbox.take([old])
        work.redelivered.count("old")
        work.commit()
    age(engine, "inbox", "at")
    age(engine, "redelivered", "at")
    with unit() as work:
        work.inbox.take([young])
        work.redelivered.count("young")
        work.commit()

    swept = sweep(engine, Kept())

    assert (swept["inbox"], swept["redelivered"]) == (1, 1)
    with unit() as work:
        assert work.inbox.take([old, young]) == {young}
        assert work.redelivered.count("young") == 2


def test_logins_are_kept_for_as_long_as_one_that_passed_speaks_for_its_host(
    engine: Engine, unit: Units
) -> None:
    """And a day more."""
    key = LoginKey(account="acme", host="smtp.example.org", user=b"digest")
    with unit() as work:
        old = work.logins.begin(key)
        work.logins.end(old, LoginEnd.PASSED)
        work.commit()
    run(engine, "UPDATE logins SET at = at - interval '30 days 1 hour' RETURNING number")
    assert sweep(engine, Kept())["logins"] == 0
    run(engine, "UPDATE logins SET at = at - interval '1 day' RETURNING number")
    with unit() as work:
        work.logins.begin(key)
        work.commit()

    assert sweep(engine, Kept())["logins"] == 1
    assert run(engine, "SELECT count(*) FROM logins") == [(1,)]


def test_an_open_request_is_kept_until_it_is_answered(engine: Engine, unit: Units) -> None:
    """However old it is, somebody waits for its answer."""
    identity = register(unit)
    with unit() as work:
        work.identities.add_request(identity.id, Cause(id="e1", source="urn:x"), restarted=False)
        work.commit()
    age(engine, "requests", "at")

    assert sweep(engine, Kept())["requests"] == 0
    [read] = awaited(unit, claim(unit))
    write(unit, [waiting(read, MISSING)])
    assert sweep(engine, Kept())["requests"] == 1


def test_of_an_old_mail_only_the_words_go(engine: Engine, unit: Units) -> None:
    """Its key stays, or it could be planned again; one that is not settled keeps everything."""
    identity = register(unit)
    with unit() as work:
        work.notices.plan([a_notice(identity, "sent"), a_notice(identity, "planned")])
        work.commit()
    run(engine, "UPDATE notices SET state = 'sent', settled_at = now() WHERE key = 'sent' RETURNING id")
    run(engine, "DELETE FROM schedule WHERE id = (SELECT id FROM notices WHERE key = 'sent') RETURNING id")
    age(engine, "notices", "settled_at")
    age(engine, "notice_days", "day")

    swept = sweep(engine, Kept())

    assert (swept["bodies"], swept["notice_days"]) == (1, 1)
    assert run(engine, "SELECT key, body IS NULL FROM notices ORDER BY key") == [
        ("planned", False),
        ("sent", True),
    ]


def test_the_days_of_past_looks_are_made_ahead_and_dropped_whole(engine: Engine, unit: Units) -> None:
    """A day is a table; dropping it costs nothing."""
    identity = register(unit)
    for verdict in (MISSING, BLIND):
        [read] = awaited(unit, claim(unit))
        write(unit, [waiting(read, verdict, due_in=timedelta())])
    with engine.begin() as connection:
        Link(connection).run(
            "CREATE TABLE looks_past_20200101 PARTITION OF looks_past"
            " FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-02Z')"
        )
        Link(connection).run("INSERT INTO looks_past SELECT identity_id, 0, outcome, findings, first_at,"
                             " '2020-01-01 12:00Z', 1 FROM looks")  # fmt: skip
        Link(connection).run("INSERT INTO looks_past SELECT identity_id, -1, outcome, findings, first_at,"
                             " '2019-05-05 12:00Z', 1 FROM looks")  # fmt: skip

    assert sweep(engine, Kept())["looks_past_days"] == 1

    with unit() as work:
        assert [look.number for look in work.directory.looks(identity.id)] == [2, 1]
    [[names]] = run(engine, "SELECT array_agg(inhrelid::regclass::text) FROM pg_inherits"
                            " WHERE inhparent = 'looks_past'::regclass")  # fmt: skip
    assert "looks_past_20200101" not in str(names)
    assert len(names) == 5  # type: ignore[arg-type]


def test_a_day_that_lies_in_the_rest_already_is_left_there(engine: Engine, unit: Units) -> None:
    """A machine that slept over midnight still goes on."""
    register(unit)
    [read] = awaited(unit, claim(unit))
    write(unit, [waiting(read, MISSING)])
    with engine.begin() as connection:
        link = Link(connection)
        today = link.now.date()
        link.run(f"DROP TABLE looks_past_{today:%Y%m%d}")
        link.run("INSERT INTO looks_past SELECT * FROM looks")
        make_ahead(link)
        assert link.one(f"SELECT to_regclass('looks_past_{today:%Y%m%d}')")[0] is None
        assert drop_older(link, timedelta()) == 0


def test_of_links_and_slots_only_what_counts_no_more_goes(engine: Engine, unit: Units) -> None:
    """A link that was pressed says so as long as its address lives."""
    owner = register(unit).id
    with unit() as work:
        for recipient in ("a@example.org", "b@example.org"):
            work.confirmations.slot(recipient, "acme")
            work.uploads.slot(recipient)
        work.confirmations.link([NewLink(owner, b"pressed", work.now + timedelta(hours=24))])
        work.confirmations.press(b"pressed")
        work.confirmations.link([NewLink(owner, b"over", work.now)])
        work.commit()
    run(
        engine,
        "UPDATE mail_slots SET at = at - interval '3 days' WHERE recipient = 'a@example.org' RETURNING at",
    )
    run(
        engine,
        "UPDATE upload_slots SET at = at - interval '3 days' WHERE account = 'a@example.org' RETURNING at",
    )
    age(engine, "links", "expires_at")

    swept = sweep(engine, Kept())

    assert (swept["mail_slots"], swept["upload_slots"], swept["links"]) == (1, 1, 1)
    with unit() as work:
        pressed = work.confirmations.look_up(b"pressed")
    assert pressed is not None
    assert pressed.before
