"""One question over TCP, for replies that do not fit into a datagram (RFC 7766)."""

import asyncio
import struct

from infra.dns.resolver import Resolver


async def ask(
    resolver: Resolver, query: bytes, seconds: float, connections: asyncio.Semaphore
) -> bytes | None:
    """The reply to a query; None where none came whole in time, the wait for a connection counted in."""
    try:
        async with asyncio.timeout(seconds), connections:
            return await _ask(resolver, query)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None


async def _ask(resolver: Resolver, query: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(resolver.address, resolver.port)
    try:
        writer.write(struct.pack("!H", len(query)) + query)
        await writer.drain()
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        return await reader.readexactly(length)
    finally:
        writer.close()
