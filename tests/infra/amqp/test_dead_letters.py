"""What a person may do with dead letters, on a real broker."""

from collections.abc import Iterator

import pytest

from domain.ports import NotReachable
from events.delivery import DeadLetter, Moved
from infra.amqp.dead_letters import DeadQueues
from infra.amqp.intake_queue import IntakeQueue
from infra.amqp.link import Broker
from infra.amqp.topology import DEAD, INBOUND, INTAKE, prepare
from tests.infra.amqp.test_intake_queue import received
from tests.infra.amqp.wire import channel_to, drain, put


@pytest.fixture
def queue(vhost_url: str) -> Iterator[IntakeQueue]:
    """An open intake queue."""
    one = IntakeQueue(Broker(url=vhost_url))
    one.open()
    yield one
    one.close()


@pytest.fixture
def dead(vhost_url: str) -> DeadQueues:
    """The dead queues of the same virtual host."""
    return DeadQueues(Broker(url=vhost_url))


def bury(queue: IntakeQueue, url: str, *bodies: bytes, withheld: bool = False, **properties: object) -> None:
    """Send these, and bury each as malformed."""
    put(url, INBOUND, "any", list(bodies), **properties)
    deliveries = received(queue, len(bodies))
    queue.bury(
        [
            DeadLetter(delivery=one, code="event.malformed", reason="Not JSON.", withheld=withheld)
            for one in deliveries
        ]
    )
    queue.accept(deliveries[-1])


def test_looking_shows_why_and_whose_and_changes_nothing(
    queue: IntakeQueue, dead: DeadQueues, vhost_url: str
) -> None:
    """However often one looks, the letters stay, in their order, with the same ids."""
    bury(queue, vhost_url, b"1", b"2", b"3", user_id="guest")

    first = dead.look(DEAD, 2)
    again = [dead.look(DEAD, 10) for _ in range(25)][-1]

    assert [letter.body for letter in first] == [b"1", b"2"]
    assert [letter.body for letter in again] == [b"1", b"2", b"3"]
    assert [letter.id for letter in again[:2]] == [letter.id for letter in first]
    assert {(one.code, one.reason, one.publisher) for one in again} == {
        ("event.malformed", "Not JSON.", "guest")
    }
    assert dead.depth(DEAD) == 3


def test_a_replayed_letter_is_again_its_publishers_event(
    queue: IntakeQueue, dead: DeadQueues, vhost_url: str
) -> None:
    """It comes back into the intake as it came first, and is dead no more."""
    bury(queue, vhost_url, b"1", b"2", user_id="guest", headers={"ce-id": "7"}, content_type="a/b")
    wanted = dead.look(DEAD, 10)[1].id

    moved = dead.replay(DEAD, {wanted})

    (event,) = received(queue, 1)
    assert moved == Moved(done=1)
    assert (event.body, event.publisher, event.content_type) == (b"2", "guest", "a/b")
    assert event.headers["ce-id"] == "7"
    assert [letter.body for letter in drain(vhost_url, DEAD)] == [b"1"]


def test_nobody_becomes_another_publisher_through_the_dead_queue(
    queue: IntakeQueue, dead: DeadQueues, vhost_url: str
) -> None:
    """Headers that a sender made up are not believed, neither in the queue nor after a replay."""
    forged = {"x-signet-publisher": "victim", "x-signet-replayed": True, "x-signet-length": 5}
    put(vhost_url, INBOUND, "any", [b"direct"], headers=forged)
    (direct,) = received(queue, 1)
    queue.accept(direct)
    bury(queue, vhost_url, b"by way of death", headers=forged)

    (letter,) = dead.look(DEAD, 10)
    dead.replay(DEAD, None)

    (event,) = received(queue, 1)
    assert direct.publisher == ""
    assert (letter.publisher, letter.withheld) == ("", False)
    assert event.publisher == ""


def test_a_letter_without_its_body_is_not_replayed(
    queue: IntakeQueue, dead: DeadQueues, vhost_url: str
) -> None:
    """There is nothing to send: it stays, and is named."""
    bury(queue, vhost_url, b"secret", withheld=True)
    bury(queue, vhost_url, b"plain")
    withheld, _ = dead.look(DEAD, 10)

    moved = dead.replay(DEAD, None)

    assert moved == Moved(done=1, left=(withheld.id,))
    assert [letter.id for letter in dead.look(DEAD, 10)] == [withheld.id]


def test_dropping_forgets_only_what_was_named(queue: IntakeQueue, dead: DeadQueues, vhost_url: str) -> None:
    """The others keep lying there."""
    bury(queue, vhost_url, b"1", b"2", b"3")
    wanted = dead.look(DEAD, 10)[1].id

    assert dead.drop(DEAD, {wanted}) == Moved(done=1)

    assert [letter.body for letter in dead.look(DEAD, 10)] == [b"1", b"3"]
    assert dead.drop(DEAD, None) == Moved(done=2)
    assert dead.depth(DEAD) == 0


def test_a_replay_to_a_queue_that_is_gone_loses_nothing(dead: DeadQueues, vhost_url: str) -> None:
    """The broker returns what nobody can take; the letter is not acknowledged."""
    prepare(Broker(url=vhost_url))
    put(vhost_url, "", DEAD, [b"1"])
    with channel_to(vhost_url) as channel:
        channel.queue_delete(INTAKE)

    with pytest.raises(NotReachable, match="took nothing"):
        dead.replay(DEAD, None)

    assert [letter.body for letter in drain(vhost_url, DEAD)] == [b"1"]


def test_a_queue_that_does_not_exist_is_empty(dead: DeadQueues) -> None:
    """A kind of work that never ran here has no dead queue."""
    assert dead.depth("signet.never.dead") == 0
    assert dead.look("signet.never.dead", 10) == []
    assert dead.drop("signet.never.dead", None) == Moved(done=0)
