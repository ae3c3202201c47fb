"""A plain client beside ours, for tests to publish and to look with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import wait_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it lies in a queue."""

    body: bytes
    routing_key: str
    headers: Mapping[str, Any]
    properties: pika.BasicProperties


@contextmanager
def channel_to(url: str) -> Iterator[BlockingChannel]:
    """Open a channel with confirms."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel
    finally:
        if connection.is_open:
            connection.close()


def put(url: str, exchange: str, key: str, bodies: list[bytes], **properties: Any) -> None:
    """Publish, each confirmed."""
    with channel_to(url) as channel:
        for body in bodies:
            channel.basic_publish(
                exchange, key, body, pika.BasicProperties(delivery_mode=2, **properties), mandatory=True
            )


def drain(url: str, queue: str) -> list[Letter]:
    """Take everything out of a queue."""
    found: list[Letter] = []
    with channel_to(url) as channel:
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return found
            found.append(
                Letter(
                    body=body,
                    routing_key=method.routing_key,
                    headers=properties.headers or {},
                    properties=properties,
                )
            )


def await_written_down(broker: RabbitMQ, queue: str) -> None:
    """Wait until a new quorum queue survives a kill: the node writes its name to disk some seconds later."""
    names = Path(broker.daemon.cwd or "/").glob("mnesia/*/quorum/*/names.dets")
    (file,) = names
    wait_until(lambda: queue.encode() in file.read_bytes(), what=f"{queue} is written down", within=30)
