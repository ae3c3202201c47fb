"""Dead letters of all queues as one list, on a real broker."""

import pytest

from events.delivery import Moved
from infra.amqp.dead_letters import DeadQueues
from infra.amqp.link import Broker
from infra.amqp.topology import DEAD, prepare
from infra.broker import TicketBroker
from tests.infra.amqp.wire import channel_to, drain, put
from workers.dead_letters import depths, drop, find, letters, replay

TASKS = "signet.dns.dead"


@pytest.fixture
def graveyard(vhost_url: str) -> DeadQueues:
    """One unreadable event and one ticket that killed its workers."""
    broker = Broker(url=vhost_url)
    prepare(broker)
    tickets = TicketBroker(broker)
    tickets.declare_queue("signet.dns")
    tickets.declare_all()
    tickets.close()
    put(vhost_url, "", DEAD, [b"event"], headers={"x-signet-code": "event.malformed"})
    put(vhost_url, "", TASKS, [b"ticket"])
    return DeadQueues(broker)


def test_the_letters_of_every_queue_are_one_list(graveyard: DeadQueues) -> None:
    """Kinds of work that never ran have none, and are no error."""
    assert [(letter.queue, letter.body) for letter in letters(graveyard)] == [
        (DEAD, b"event"),
        (TASKS, b"ticket"),
    ]
    assert {queue: depth for queue, depth in depths(graveyard).items() if depth} == {DEAD: 1, TASKS: 1}


def test_a_letter_is_found_by_the_beginning_of_its_id_where_that_says_enough(graveyard: DeadQueues) -> None:
    """What fits none, or more than one, finds nothing."""
    event, _ = letters(graveyard)

    assert find(graveyard, event.id[:8]) == event
    assert find(graveyard, "") is None
    assert find(graveyard, "no such id") is None


def test_each_letter_is_replayed_to_the_queue_that_it_died_in(graveyard: DeadQueues, vhost_url: str) -> None:
    """An event goes back to intake, a ticket to its workers."""
    assert replay(graveyard, None) == Moved(done=2)

    assert [letter.body for letter in drain(vhost_url, "signet.dns")] == [b"ticket"]
    with channel_to(vhost_url) as channel:
        assert channel.queue_declare("signet.intake", passive=True).method.message_count == 1


def test_one_letter_is_dropped_and_the_others_stay(graveyard: DeadQueues) -> None:
    """Whichever queue it lies in."""
    _, ticket = letters(graveyard)

    assert drop(graveyard, {ticket.id}) == Moved(done=1)

    assert [letter.body for letter in letters(graveyard)] == [b"event"]
