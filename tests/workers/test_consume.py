"""Intake's loop between a real RabbitMQ and a real PostgreSQL."""

import random
from collections.abc import Iterator

import pytest
from pika.exceptions import ChannelClosedByBroker

from infra.amqp.topology import DEAD, INTAKE
from tests.infra.amqp.wire import channel_to, drain
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import Ground, consuming, ground, registered
from workers.consume import fingerprint


@pytest.fixture
def place(database_url: str, vhost_url: str) -> Iterator[Ground]:
    """A fresh database and a fresh virtual host."""
    with ground(database_url, vhost_url) as one:
        yield one


def names(*numbers: int) -> list[str]:
    """The domains of so numbered registrations."""
    return [f"d{number:06}.test" for number in numbers]


def test_events_are_taken_and_leave_the_queue(place: Ground) -> None:
    """Each is in the database with its answer, and none comes again."""
    place.send(*(registered(n) for n in range(30)))

    with consuming(place.door()) as end:
        place.await_domains(30)
        end()

    assert place.domains() == names(*range(30))
    assert place.told("domain.accepted") == 30
    assert place.depth() == 0
    assert place.results == {"accepted": 30}


def test_five_copies_of_every_event_in_any_order_count_once(place: Ground) -> None:
    """The copies come shuffled in after the originals; each event has one effect and one answer."""
    events = [registered(n) for n in range(100)]
    copies = events * 4
    random.Random(7).shuffle(copies)  # noqa: S311 - the same shuffle each time
    place.send(*events, *copies)

    with consuming(place.door()):
        wait_until(lambda: sum(place.results.values()) >= 500, what="all copies are read")

    assert place.results == {"accepted": 100, "duplicate": 400}
    assert place.domains() == names(*range(100))
    assert place.told("domain.accepted") == 100
    assert drain(place.url, DEAD) == []


def test_what_cannot_be_read_goes_to_the_dead_queue_and_the_rest_is_taken(place: Ground) -> None:
    """Each dead letter says why; the events around it do not suffer."""
    place.send(registered(1), b'{"specversion": "1.0"', b"\xff", registered(2))

    with consuming(place.door()):
        place.await_domains(2)
        wait_until(lambda: place.depth(DEAD) == 2, what="two dead letters")

    letters = drain(place.url, DEAD)
    assert [letter.body for letter in letters] == [b'{"specversion": "1.0"', b"\xff"]
    assert {letter.headers["x-signet-code"] for letter in letters} == {"event.malformed"}
    assert all(letter.headers["x-signet-reason"] for letter in letters)
    assert place.domains() == names(1, 2)
    assert place.results == {"accepted": 2, "unreadable": 2}


def test_a_secret_in_clear_is_in_no_dead_letter(place: Ground) -> None:
    """Of unreadable bytes with a password only length and digest are kept."""
    place.send(b'{"data": {"password": "hunter2"')

    with consuming(place.door()):
        wait_until(lambda: place.depth(DEAD) == 1, what="a dead letter")

    (letter,) = drain(place.url, DEAD)
    assert letter.body == b""
    assert letter.headers["x-signet-length"] == 31
    assert "hunter2" not in repr(letter)


def test_an_event_of_300_kb_is_a_dead_letter(place: Ground) -> None:
    """It is too large by the contract, and kept whole."""
    place.send(registered(1, padding="x" * 300_000))

    with consuming(place.door()):
        wait_until(lambda: place.depth(DEAD) == 1, what="a dead letter")

    (letter,) = drain(place.url, DEAD)
    assert letter.headers["x-signet-code"] == "event.too_large"
    assert len(letter.body) > 300_000


def test_an_event_that_breaks_a_rule_of_form_is_answered_and_not_dead(place: Ground) -> None:
    """It has an envelope, so its sender is told."""
    place.send(registered(1, type="org.signet.domain.painted.v1"))

    with consuming(place.door()):
        wait_until(lambda: place.told("event.refused") == 1, what="a refusal")

    assert place.results == {"refused": 1}
    assert drain(place.url, DEAD) == []


def test_binary_events_are_read_from_their_headers(place: Ground) -> None:
    """Both spellings of the attributes that AMQP clients use."""
    data = b'{"account": "acme", "plan": "business", "domain": "binary.test"}'
    attributes = {
        "specversion": "1.0",
        "id": "b1",
        "source": "urn:b",
        "type": "org.signet.domain.registered.v1",
    }

    place.send(
        data,
        headers={f"cloudEvents_{name}": value for name, value in attributes.items()},
        content_type="application/json",
    )
    with consuming(place.door()):
        place.await_domains(1)

    assert place.domains() == ["binary.test"]


def test_who_may_speak_for_whom_is_asked_where_users_are_required(place: Ground) -> None:
    """A message without a user, or for a foreign account, is refused with its code; the other is taken."""
    accounts = {"guest": frozenset({"acme"})}
    place.send(registered(1), user_id="guest")
    place.send(registered(2, account="other"), user_id="guest")
    place.send(registered(3))

    with consuming(place.door(accounts_of=lambda publisher: accounts.get(publisher, frozenset()))):
        wait_until(lambda: sum(place.results.values()) == 3, what="three answers")

    assert place.results == {"accepted": 1, "refused": 2}
    bodies = place.rows("SELECT convert_from(body, 'UTF8') FROM outbox WHERE type LIKE '%%event.refused%%'")
    assert all("event.not_allowed" in row[0] for row in bodies)
    assert place.domains() == names(1)


def test_the_same_id_from_two_publishers_is_two_events(place: Ground) -> None:
    """What was taken is remembered per publisher."""
    place.send(registered(1), user_id="guest")
    place.send(registered(1))

    with consuming(place.door()):
        wait_until(lambda: sum(place.results.values()) == 2, what="two answers")

    assert place.results == {"accepted": 2}


def test_one_event_that_our_code_cannot_stand_is_buried_alone_after_five_tries(place: Ground) -> None:
    """The rest of its batch is taken, in their order; nothing else becomes a dead letter."""
    place.rows(
        """
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'a bug'; END $$;
        CREATE SEQUENCE tries;
        CREATE TRIGGER fails BEFORE INSERT ON identities FOR EACH ROW
            WHEN (NEW.subject = 'd000007.test' AND nextval('tries') > 0) EXECUTE FUNCTION fail()
        """
    )
    place.send(*(registered(n) for n in range(20)))

    with consuming(place.door()):
        wait_until(lambda: place.depth(DEAD) == 1, what="a dead letter", within=20)
        place.await_domains(19)
        wait_until(lambda: place.depth() == 0, what="the queue is empty")

    (letter,) = drain(place.url, DEAD)
    assert letter.body == registered(7)
    assert letter.headers["x-signet-code"] == "event.not_taken"
    assert place.rows("SELECT last_value FROM tries")[0][0] == 6  # once with its batch, five times alone
    assert place.domains() == names(*(n for n in range(20) if n != 7))


def test_an_event_whose_reader_was_killed_five_times_is_buried_before_it_is_read(place: Ground) -> None:
    """The counts of earlier lives stand in the database; only this one goes, its neighbours are taken."""
    door = place.door()
    place.send(registered(1), registered(2))
    door.queue.open()
    first, _ = wait_until(lambda: door.queue.receive(most=2, linger=1.0, patience=5.0), what="both")
    for _ in range(5):
        door.counts.begin(fingerprint(first))
    door.queue.close()

    with consuming(place.door()):
        place.await_domains(1)
        wait_until(lambda: place.depth(DEAD) == 1, what="a dead letter")

    assert [letter.body for letter in drain(place.url, DEAD)] == [first.body]
    assert place.domains() == names(2)


def test_stopping_finishes_the_batch_in_hand(place: Ground) -> None:
    """What was begun is committed and acknowledged; what was not stays in the queue, and nothing is in between."""
    place.send(*(registered(n) for n in range(2_000)))

    with consuming(place.door()) as end:
        place.await_domains(1)
        end()

    taken = len(place.domains())
    wait_until(lambda: place.depth() == 2_000 - taken, what="the rest is back in the queue")
    assert place.rows("SELECT count(*) FROM redelivered")[0][0] == 0


def test_a_deleted_queue_comes_back_and_events_flow_again(place: Ground) -> None:
    """Somebody deletes signet.intake under the consumer; it declares it again by itself."""
    with consuming(place.door()):
        place.send(registered(1))
        place.await_domains(1)
        with channel_to(place.url) as channel:
            channel.queue_delete(INTAKE)
            channel.queue_delete(DEAD)
        wait_until(lambda: _is_consumed(place), what="the queues are back, bound, and one is read")
        place.send(registered(2), b"{")
        place.await_domains(2)
        wait_until(lambda: place.depth(DEAD) == 1, what="a dead letter")

    assert place.domains() == names(1, 2)


def _is_consumed(place: Ground) -> bool:
    """Whether intake reads its queue again, which it does once everything is declared and bound."""
    try:
        with channel_to(place.url) as channel:
            return bool(channel.queue_declare(INTAKE, passive=True).method.consumer_count)
    except ChannelClosedByBroker:
        return False
