"""A few threads of their own for what may take a minute, so that nothing else waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

Result = TypeVar("Result")


class Crowded(Exception):  # noqa: N818 - it names what is the case
    """Every thread is busy. Nobody stands in line here."""


class Pool:
    """So many threads, made as they are needed."""

    def __init__(self, size: int) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="login")
        self._free = BoundedSemaphore(size)

    async def run(self, act: Callable[[], Result]) -> Result:
        """Run it in a thread, or raise Crowded. The thread is busy to its end, whoever waits for it or not."""
        if not self._free.acquire(blocking=False):
            raise Crowded

        def run() -> Result:
            try:
                return act()
            finally:
                self._free.release()

        return await asyncio.wrap_future(self._threads.submit(run))
