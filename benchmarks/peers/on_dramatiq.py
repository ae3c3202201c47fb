"""The peer on plain dramatiq: `dramatiq benchmarks.peers.on_dramatiq`."""

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from benchmarks.peers import work

dramatiq.set_broker(RabbitmqBroker(url=work.BROKER))


@dramatiq.actor(queue_name="peer_looks")
def look(number: int) -> None:
    """Look at one domain."""
    work.look(number)
