"""The relay, and the broker under it, killed with kill -9 under load."""

import json
from itertools import groupby

import pytest

from infra.db.engine import connect
from infra.tokens import new_id
from tests.faults.processes import kill9, relay_process
from tests.infra.amqp.wire import channel_to, drain
from tests.servers.rabbitmq import rabbitmq_server
from tests.servers.waiting import wait_until
from tests.workers.relay_ground import Outbox, listen, relaying

EVENTS = 4_000


def in_order(letters: list[dict[str, str]]) -> bool:
    """Whether each identity's events were first seen in their order; repetitions may follow."""
    by_identity = sorted(letters, key=lambda said: said["identity"])
    for _, said in groupby(by_identity, key=lambda one: one["identity"]):
        first_seen = list(dict.fromkeys(one["sequence"] for one in said))
        if first_seen != sorted(first_seen):
            return False
    return True


@pytest.mark.timeout(120)
def test_a_relay_killed_between_publishing_and_marking_repeats_and_loses_nothing(
    database_url: str, vhost_url: str
) -> None:
    """Marking is held up by a lock, so the kill falls between: the next relay publishes the same ids again."""
    engine = connect(database_url, role="test", pool=5)
    outbox = Outbox(engine=engine)
    listen(vhost_url)
    identities = [new_id() for _ in range(100)]
    ids = [event for _ in range(5) for event in outbox.add(*identities)]
    outbox.rows(
        """
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
        CREATE TRIGGER holds BEFORE UPDATE OF published_at ON outbox FOR EACH ROW EXECUTE FUNCTION hold()
        """
    )

    with engine.connect() as holder:
        holder.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        relay = relay_process(database_url, vhost_url)
        with channel_to(vhost_url) as channel:
            depth = lambda: channel.queue_declare("app.events", passive=True).method.message_count  # noqa: E731
            wait_until(lambda: depth() >= 100, what="the first events are out", within=30)
        kill9(relay)
        assert outbox.published() == [], "the relay was killed too late to prove anything"
    with relaying(outbox.relay(vhost_url)):
        outbox.await_published(len(ids), within=30)

    letters = drain(vhost_url, "app.events")
    seen = [letter.headers["ce-id"] for letter in letters]
    assert set(seen) == set(ids)
    assert len(seen) > len(ids), "nothing was repeated: the fault did not fire"
    assert in_order([json.loads(letter.body) for letter in letters])
    engine.dispose()


@pytest.mark.timeout(240)
def test_a_broker_killed_and_its_queues_deleted_under_load_lose_no_event(database_url: str) -> None:
    """Every event reaches the subscriber at least once and in order; each is marked in the end."""
    engine = connect(database_url, role="test", pool=5)
    outbox = Outbox(engine=engine)
    with rabbitmq_server() as broker:
        listen(broker.url)
        identities = [new_id() for _ in range(EVENTS // 4)]
        ids = [event for _ in range(4) for event in outbox.add(*identities)]
        with relaying(outbox.relay(broker.url)):
            outbox.await_published(1)
            broker.kill9()
            at_kill = len(outbox.published())
            broker.start()
            outbox.await_published(at_kill + 1, within=60)
            with channel_to(broker.url) as channel:
                channel.queue_delete("signet.intake")
                channel.queue_delete("signet.intake.dead")
            at_deletion = len(outbox.published())
            outbox.await_published(len(ids), within=60)

        letters = drain(broker.url, "app.events")
    assert at_kill < len(ids), "the broker was killed too late to prove anything"
    assert at_deletion <= len(ids)
    assert {letter.headers["ce-id"] for letter in letters} == set(ids)
    assert in_order([json.loads(letter.body) for letter in letters])
    engine.dispose()
