"""The relay between a real PostgreSQL and a real RabbitMQ."""

import json
import time
from collections.abc import Iterator
from itertools import groupby

import pytest

from infra.db.engine import connect
from infra.db.relay_post import RelayPost
from infra.tokens import new_id
from tests.infra.amqp.wire import channel_to, drain
from tests.servers.waiting import wait_until
from tests.workers.relay_ground import TYPE, Outbox, listen, relaying


@pytest.fixture
def outbox(database_url: str) -> Iterator[Outbox]:
    """The outbox of a fresh database."""
    engine = connect(database_url, role="test", pool=5)
    yield Outbox(engine=engine)
    engine.dispose()


def test_an_event_goes_out_as_the_contract_says(outbox: Outbox, vhost_url: str) -> None:
    """Routing key and headers, message id, content type, and it survives the broker's restart."""
    listen(vhost_url)
    (event_id,) = outbox.add(new_id())

    with relaying(outbox.relay(vhost_url)):
        outbox.await_published(1)

    (letter,) = drain(vhost_url, "app.events")
    assert letter.routing_key == TYPE
    assert letter.properties.message_id == event_id
    assert letter.properties.content_type == "application/cloudevents+json"
    assert letter.properties.delivery_mode == 2
    assert letter.headers == {"ce-type": TYPE, "ce-id": event_id, "ce-source": "urn:signet"}
    assert json.loads(letter.body)["sequence"] == "0000000001"


def test_every_event_goes_out_once_and_per_identity_in_order(outbox: Outbox, vhost_url: str) -> None:
    """Forty identities with a dozen events each, written in turns."""
    listen(vhost_url)
    identities = [new_id() for _ in range(40)]
    ids = [event for _ in range(12) for event in outbox.add(*identities)]

    with relaying(outbox.relay(vhost_url)):
        outbox.await_published(len(ids))

    letters = drain(vhost_url, "app.events")
    assert sorted(letter.headers["ce-id"] for letter in letters) == sorted(ids)
    told = sorted((json.loads(letter.body) for letter in letters), key=lambda said: said["identity"])
    for _, said in groupby(told, key=lambda said: said["identity"]):
        assert [one["sequence"] for one in said] == [f"{n:010}" for n in range(1, 13)]


def test_an_event_that_nobody_listens_to_counts_as_published(outbox: Outbox, vhost_url: str) -> None:
    """It is marked, told apart, and counted for the operator; the feed keeps it."""
    ids = outbox.add(new_id(), new_id())

    with relaying(outbox.relay(vhost_url)):
        outbox.await_published(2)

    assert sorted(outbox.published()) == sorted(ids)
    assert outbox.rows("SELECT count(*) FROM outbox WHERE unroutable")[0][0] == 2
    assert outbox.unroutable == 2


def test_without_a_broker_events_get_their_place_in_the_feed(outbox: Outbox) -> None:
    """Everything in one process: nobody listens, and nothing waits."""
    ids = outbox.add(new_id(), new_id(), new_id())

    with relaying(outbox.relay(None)):
        outbox.await_published(3)

    assert [row[0] for row in outbox.rows("SELECT event_id FROM outbox ORDER BY position")] == ids
    assert outbox.unroutable == 0


def test_a_second_relay_stands_by_and_takes_over(outbox: Outbox, vhost_url: str) -> None:
    """While one leads the other does nothing; when it ends, the other goes on."""
    listen(vhost_url)
    first, second = outbox.relay(vhost_url), outbox.relay(vhost_url)

    with relaying(first) as end_first:
        outbox.add(new_id())
        outbox.await_published(1)
        assert not RelayPost(outbox.engine).lead()
        with relaying(second):
            outbox.add(new_id())
            outbox.await_published(2)
            end_first()
            outbox.add(new_id())
            outbox.await_published(3)

    assert len(drain(vhost_url, "app.events")) == 3


def test_an_event_that_was_published_and_not_marked_goes_again_with_its_id(
    outbox: Outbox, vhost_url: str
) -> None:
    """The marking fails once, as if the relay died there: subscribers see the same id twice, and none is lost."""
    listen(vhost_url)
    (event_id,) = outbox.add(new_id())
    outbox.rows(
        """
        CREATE SEQUENCE marks;
        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('marks') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
            RETURN NEW; END $$;
        CREATE TRIGGER dies BEFORE UPDATE OF published_at ON outbox FOR EACH ROW EXECUTE FUNCTION die()
        """
    )

    with relaying(outbox.relay(vhost_url)):
        outbox.await_published(1)

    assert outbox.rows("SELECT last_value FROM marks")[0][0] == 2, "the fault fired"
    assert [letter.headers["ce-id"] for letter in drain(vhost_url, "app.events")] == [event_id, event_id]


def test_a_broker_that_is_away_stops_neither_the_feed_nor_what_comes_after(
    outbox: Outbox, vhost_url: str
) -> None:
    """Events get their place meanwhile, and go out when the exchange may be written again."""
    wrong = vhost_url.replace("guest:guest", "guest:wrong")
    outbox.add(new_id())

    with relaying(outbox.relay(wrong)):
        numbered = "SELECT count(*) FROM outbox WHERE position IS NOT NULL"
        wait_until(lambda: outbox.rows(numbered)[0][0] == 1, what="a place in the feed")
        assert outbox.published() == []
    listen(vhost_url)
    with relaying(outbox.relay(vhost_url)):
        outbox.await_published(1)

    assert len(drain(vhost_url, "app.events")) == 1


def test_stopping_waits_for_what_is_in_flight(outbox: Outbox, vhost_url: str) -> None:
    """What reached the broker is marked: a clean stop repeats nothing."""
    listen(vhost_url)
    outbox.add(*(new_id() for _ in range(3_000)))

    with relaying(outbox.relay(vhost_url)) as end:
        outbox.await_published(1)
        end()

    with channel_to(vhost_url) as channel:
        there = channel.queue_declare("app.events", passive=True).method.message_count
    assert there == len(outbox.published())


def test_a_new_event_goes_out_quickly_when_nothing_else_happens(outbox: Outbox, vhost_url: str) -> None:
    """The idle relay looks five times a second; a second is generous, and ten polls late is a fault."""
    listen(vhost_url)
    with relaying(outbox.relay(vhost_url)):
        outbox.add(new_id())
        outbox.await_published(1)
        began = time.monotonic()
        outbox.add(new_id())
        outbox.await_published(2)

    assert time.monotonic() - began < 2
