"""One question over TCP, for replies that do not fit into a datagram (RFC 7766)."""

import asyncio
import secrets
import struct

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.resolver import Resolver


async def ask(resolver: Resolver, question: Question, seconds: float, room: asyncio.Semaphore) -> Answer:
    """What the resolver says, with the wait for room counted in; whatever it does is a value."""
    octets = wire.question_octets(question)
    query = wire.query(secrets.randbits(16), octets)
    try:
        async with asyncio.timeout(seconds), room:
            reply = await _exchange(resolver, query)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return Answer(Seen.TIMEOUT, (), str(resolver))
    if reply[:2] != query[:2] or not wire.is_reply_to(reply, octets) or wire.is_truncated(reply):
        return Answer(Seen.MALFORMED, (), str(resolver))
    return wire.read(reply, question, str(resolver))


async def _exchange(resolver: Resolver, query: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(resolver.address, resolver.port)
    try:
        writer.write(struct.pack("!H", len(query)) + query)
        await writer.drain()
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    finally:
        writer.close()
