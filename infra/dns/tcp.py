"""One question over TCP, for replies that do not fit into a datagram (RFC 7766)."""

import asyncio
import secrets
import struct

from domain.observation import Answer, Seen
from infra.dns import wire
from infra.dns.inquiry import Inquiry
from infra.dns.peer import Peer


async def ask(peer: Peer, inquiry: Inquiry, seconds: float, room: asyncio.Semaphore) -> Answer:
    """What a peer says, with the wait for room counted in; whatever it does is a value."""
    question, octets, mode = inquiry.question, inquiry.octets, inquiry.mode
    query = wire.query(
        secrets.randbits(16),
        octets,
        recursive=mode.zone is None,
        checking_disabled=mode.checking_disabled,
    )
    try:
        async with asyncio.timeout(seconds), room:
            reply = await _exchange(peer, query)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return Answer(Seen.TIMEOUT, (), str(peer))
    if reply[:2] != query[:2] or not wire.is_reply_to(reply, octets) or wire.is_truncated(reply):
        return Answer(Seen.MALFORMED, (), str(peer))
    return wire.read(reply, question, str(peer), mode.zone)


async def _exchange(peer: Peer, query: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(peer.address, peer.port)
    try:
        writer.write(struct.pack("!H", len(query)) + query)
        await writer.drain()
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    finally:
        writer.close()
