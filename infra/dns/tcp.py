"""One question over TCP, for replies that do not fit into a datagram (RFC 7766)."""

import asyncio
import secrets
import struct

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.peer import Peer
from infra.dns.queries import RESOLVER, Role


async def ask(
    server: Peer, question: Question, seconds: float, room: asyncio.Semaphore, role: Role = RESOLVER
) -> Answer:
    """What the server says in its role, with the wait for room counted in; whatever it does is a value."""
    octets = wire.question_octets(question)
    query = wire.query(
        secrets.randbits(16),
        octets,
        recursive=role.zone is None,
        checking_disabled=role.checking_disabled,
        edns=role.edns,
    )
    try:
        async with asyncio.timeout(seconds), room:
            reply = await _exchange(server, query)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return Answer(Seen.TIMEOUT, (), server.shown)
    if reply[:2] != query[:2] or not wire.is_reply_to(reply, octets):
        return Answer(Seen.MALFORMED, (), server.shown)
    return wire.read(reply, question, server.shown, role.zone)


async def _exchange(server: Peer, query: bytes) -> bytes:
    """The first message that comes back; nobody asked for another (RFC 7766, section 7)."""
    reader, writer = await asyncio.open_connection(*server.place)
    try:
        writer.write(struct.pack("!H", len(query)) + query)
        await writer.drain()
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    finally:
        writer.close()
