"""What a peer does for one domain, whatever its framework: two transactions, one look, one confirmed publish.

Written as its users would: `dns.resolver` for the look, a connection held by each thread.
"""

import json
import os
import threading
from typing import Any

import dns.exception
import dns.resolver
import pika
import psycopg

DATABASE = os.environ.get("PEER_DATABASE", "")
BROKER = os.environ.get("PEER_BROKER", "")
RESOLVER = os.environ.get("PEER_RESOLVER", "")
PATIENCE = float(os.environ.get("PEER_PATIENCE", "5"))
EVENTS = "peer.events"

_held = threading.local()


def look(number: int) -> None:
    """Look at one domain, and say what came of it."""
    with _database().transaction():
        row = (
            _database()
            .execute(
                "UPDATE domains SET attempts = attempts + 1 WHERE id = %s AND state = 'pending' RETURNING records",
                (number,),
            )
            .fetchone()
        )
    if row is None:
        return
    state = "verified" if all(_stands(name, target) for name, target in row[0]) else "unseen"
    with _database().transaction():
        _database().execute("UPDATE domains SET state = %s, looked_at = now() WHERE id = %s", (state, number))
    if state == "verified":
        _publish(json.dumps({"domain": number, "state": state}).encode())


def _stands(name: str, target: str) -> bool:
    try:
        answer = _resolver().resolve(name, "CNAME", search=False)
    except dns.exception.DNSException:
        return False
    return str(answer[0].target).rstrip(".") == target


def _publish(body: bytes) -> None:
    _channel().basic_publish("", EVENTS, body, pika.BasicProperties(delivery_mode=2), mandatory=True)


def _database() -> psycopg.Connection[Any]:
    if not hasattr(_held, "database"):
        _held.database = psycopg.connect(DATABASE, autocommit=True)
    return _held.database


def _resolver() -> dns.resolver.Resolver:
    if not hasattr(_held, "resolver"):
        host, _, port = RESOLVER.partition(":")
        _held.resolver = dns.resolver.Resolver(configure=False)
        _held.resolver.nameservers = [host]
        _held.resolver.port = int(port)
        _held.resolver.lifetime = PATIENCE
    return _held.resolver


def _channel() -> Any:
    if not hasattr(_held, "channel"):
        _held.connection = pika.BlockingConnection(pika.URLParameters(BROKER))
        _held.channel = _held.connection.channel()
        _held.channel.queue_declare(EVENTS, durable=True)
        _held.channel.confirm_delivery()
    return _held.channel
