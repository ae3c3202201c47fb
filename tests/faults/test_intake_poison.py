"""Ten thousand events that nobody can read, among a hundred good ones."""

import resource

import pytest

from infra.amqp.topology import DEAD
from tests.servers.waiting import wait_until
from tests.workers.intake_ground import consuming, ground, registered

POISON = 10_000
GOOD = 100
# Growth that a batch of five hundred and its dead letters may cost; ten thousand kept would be far more.
MOST_GROWTH_KB = 60_000


@pytest.mark.long
@pytest.mark.timeout(240)
def test_10000_poison_messages_are_buried_the_good_ones_done_and_memory_stays_flat(
    database_url: str, vhost_url: str
) -> None:
    """Each of the 10,000 carries 8 kB, so that keeping them would show."""
    kinds = (b"{", b"\xff\xfe", b'{"a": 1, "a": 2}', b"[" * 40, b"null", registered(1, type=""), b"")
    filler = b" " * 8_000
    with ground(database_url, vhost_url) as place:
        bodies = []
        for n in range(POISON):
            bodies.append(kinds[n % len(kinds)] + filler)
            if n % (POISON // GOOD) == 0:
                bodies.append(registered(n))
        place.send(*bodies)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        with consuming(place.door()):
            place.await_domains(GOOD, within=120)
            wait_until(lambda: place.depth(DEAD) == POISON, what="all dead letters", within=60)
            wait_until(lambda: place.depth() == 0, what="an empty queue")

        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KB
        assert place.results == {"accepted": GOOD, "unreadable": POISON}
