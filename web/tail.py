"""The end of the feed, watched once for everybody who waits for the next event.

However many wait, the database is asked five times a second by a process, and no thread is held.
"""

import asyncio
from dataclasses import dataclass, field

from fastapi.concurrency import run_in_threadpool

from workers.services import Services


@dataclass(slots=True)
class Tail:
    """Looks `every` so many seconds, while somebody waits."""

    services: Services
    every: float
    _look: asyncio.Task[str] | None = field(default=None, init=False)

    async def newest(self) -> str:
        """The newest cursor, a moment from now: who asks meanwhile shares the look."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._next())
        return await asyncio.shield(self._look)

    async def close(self) -> None:
        """Wait for the look that is under way, whoever asked for it: none outlives the server it was for."""
        if self._look is not None:
            await asyncio.gather(self._look, return_exceptions=True)

    async def _next(self) -> str:
        await asyncio.sleep(self.every)
        return await run_in_threadpool(self._read)

    def _read(self) -> str:
        with self.services.reading() as reading:
            return reading.feed.latest()
