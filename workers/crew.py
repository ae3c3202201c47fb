"""The threads that do the work: for each route a dramatiq worker of its own, so that none waits for another.

Law: a thread that died is said, never overlooked; dramatiq itself does not notice.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import dramatiq

from workers.actors import Handler, declare
from workers.routes import Route

IDLE_MILLISECONDS: Final = 1_000  # a thread that finds nothing looks again; there are many of them


@dataclass(frozen=True, slots=True)
class Post:
    """A route, and who does its work."""

    route: Route
    handle: Handler


@dataclass(slots=True)
class Crew:
    """The workers of this process."""

    broker: dramatiq.Broker
    posts: Sequence[Post]
    _workers: list[dramatiq.Worker] = field(default_factory=list)

    def start(self) -> None:
        """Start all workers."""
        for post in self.posts:
            declare(self.broker, post.route, post.handle)
        self.broker.emit_after("process_boot")  # else time limits are never armed
        for post in self.posts:
            self._workers.append(_worker(self.broker, post.route))

    def faults(self) -> tuple[str, ...]:
        """What keeps this process from working: queues of which a thread has died."""
        return tuple(
            post.route.queue
            for post, worker in zip(self.posts, self._workers, strict=False)
            if not all(thread.is_alive() for thread in (*worker.workers, *worker.consumers.values()))
        )

    def stop(self, seconds: float) -> None:
        """Finish what is in hand, within so many seconds; what is not begun goes back to the broker.

        All stop at the same time: each waits out the idle time of its threads, and then of its consumers,
        which live until then, for acknowledgements and heartbeats.
        """
        with ThreadPoolExecutor(max(1, len(self._workers))) as everybody:
            stopping = [
                everybody.submit(worker.stop, timeout=int(seconds * 1000)) for worker in self._workers
            ]
        self._workers.clear()
        for stopped in stopping:
            stopped.result()


def _worker(broker: dramatiq.Broker, route: Route) -> dramatiq.Worker:
    worker = dramatiq.Worker(
        broker, queues={route.queue}, worker_threads=route.threads, worker_timeout=IDLE_MILLISECONDS
    )
    # dramatiq would take twice as many, to lie in memory behind slow work while others are idle.
    worker.queue_prefetch = route.threads
    worker.start()
    return worker
