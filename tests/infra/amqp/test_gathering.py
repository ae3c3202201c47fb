"""What is published together leaves together; and pika, under which we reach for it, is as we know it."""

from collections.abc import Iterator

import pika
import pytest
from pika.channel import Channel

from infra.amqp.gathering import GatheringConnection
from infra.amqp.link import Broker, parameters
from tests.infra.amqp.wire import channel_to, drain

BODIES = [b"body %d" % number for number in range(100)]


class Counting(pika.SelectConnection):
    """Notes each piece that is handed to the socket."""

    pieces: list[bytes] = []  # noqa: RUF012 - the handshake begins before an instance could have its own

    def _adapter_emit_data(self, data: bytes) -> None:
        self.pieces.append(data)
        super()._adapter_emit_data(data)


class Watched(GatheringConnection, Counting):
    """The connection under test above one that is watched."""


@pytest.fixture
def queue(vhost_url: str) -> Iterator[str]:
    """A queue of one's own."""
    with channel_to(vhost_url) as channel:
        channel.queue_declare("out", durable=True)
    yield "out"
    Counting.pieces.clear()


def test_what_is_published_together_leaves_in_one_piece(vhost_url: str, queue: str) -> None:
    """A hundred messages go in one call instead of three hundred, and all arrive in order."""
    publish_and_close(vhost_url, queue)

    with_bodies = [piece for piece in Counting.pieces if b"body" in piece]
    assert len(with_bodies) == 1
    assert [letter.body for letter in drain(vhost_url, queue)] == BODIES


def test_all_that_pika_sends_passes_by(vhost_url: str, queue: str) -> None:
    """Were it another member in another version of pika, something could overtake what is kept back."""
    sent = publish_and_close(vhost_url, queue)

    until_the_bodies = next(n for n, piece in enumerate(Counting.pieces, start=1) if b"body" in piece)
    assert sent == sum(map(len, Counting.pieces[:until_the_bodies]))


def publish_and_close(url: str, queue: str) -> int:
    """Publish from the connection's own loop, as the publisher does; answer how many octets pika sent till then."""
    sent = 0

    def publish(channel: Channel) -> None:
        nonlocal sent
        with connection.together():
            for body in BODIES:
                channel.basic_publish("", queue, body)
        sent = connection.bytes_sent
        connection.close()

    connection = Watched(
        parameters(Broker(url=url), "test"),
        on_open_callback=lambda link: link.channel(on_open_callback=publish),
        on_close_callback=lambda link, _: link.ioloop.stop(),
    )
    connection.ioloop.start()
    return sent
