"""Everything in one process: dispatcher, workers, relay and pages, each on threads of its own.

Law: it comes up whole or not at all, a part that breaks ends it with a sentence, and it drains before it goes.
"""

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from queue import SimpleQueue
from typing import Final

from signet.ending import Ended, Status, fault, wrong
from signet.installation import in_force
from signet.screen import side
from workers import bootstrap, roles
from workers.bootstrap import Settings, standing_database
from workers.services import Services

LOOK_EVERY: Final = 0.25  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The parts at work, where their pages are, and the event that ends them."""

    services: Services
    address: str
    stop: threading.Event
    parts: Sequence[Future[None]]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the end is wanted, or for so long; answer whether it is. A part that broke raises here."""
        left = seconds
        while not self.stop.wait(LOOK_EVERY if left is None else min(LOOK_EVERY, max(left, 0))):
            for part in self.parts:
                if part.done():
                    part.result()
                    raise fault("A part of Signet has ended by itself; the log says why. Start it again.")
            if left is not None:
                left -= LOOK_EVERY
                if left <= 0:
                    return False
        return True


@contextmanager
def until_signalled() -> Iterator[threading.Event]:
    """An event that SIGTERM, Ctrl-C and the end of the terminal set.

    By a thread of its own: a handler may find this one inside the event, with its lock taken, and would wait for ever.
    Nothing but this queue may be reached from there.
    """
    stop, asked = threading.Event(), SimpleQueue[bool]()
    teller = threading.Thread(target=_tell, args=(asked, stop), name="signals", daemon=True)
    teller.start()
    asked_by = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: asked.put(True)) for number in asked_by}  # noqa: FBT003
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        asked.put(False)  # noqa: FBT003 - nobody asked
        teller.join()


def _tell(asked: "SimpleQueue[bool]", stop: threading.Event) -> None:
    while asked.get():
        stop.set()


@contextmanager
def listening(chosen: tuple[str, int], setting: str) -> Iterator[socket.socket]:
    """The address of a setting, taken before anything else is begun."""
    from web.server import AddressInUse, listen  # noqa: PLC0415 - who serves nothing waits for no web framework

    try:
        taken = listen(*chosen)
    except AddressInUse as error:
        raise wrong(f"{error}. Stop who listens there, or set {setting} to another address.") from None
    with taken:
        yield taken


@contextmanager
def begun(
    settings: Settings, stop: threading.Event, prepare: Callable[[], None] = lambda: None
) -> Iterator[Running]:
    """Everything, with its database; `prepare` is called when that stands, and before work begins."""
    with ExitStack() as stack:
        listener = stack.enter_context(listening(settings.http, "SIGNET_HTTP"))
        with side().status("Starting the database …"):
            stack.enter_context(standing_database(settings.database_url, settings.folder))
        if stop.is_set():
            raise Ended(Status.INTERRUPTED, "Stopped before it had started.")
        stack.enter_context(in_force(settings))
        _take_over(settings)
        prepare()
        yield stack.enter_context(everything(settings, stop, listener))


def _take_over(settings: Settings) -> None:
    """See that no key is missing; end the leases of a run that was killed, for the state folder is ours alone."""
    with bootstrap.opened_database(settings, role="start", pool=1) as engine:
        bootstrap.unlock(settings, engine)
        if settings.database_url is None:
            bootstrap.end_leases(engine)


@contextmanager
def everything(settings: Settings, stop: threading.Event, listener: socket.socket) -> Iterator[Running]:
    """Run all parts over a database that stands ready, until the block ends; then drain."""
    from web.app import create  # noqa: PLC0415 - as above
    from web.server import serve  # noqa: PLC0415

    with (
        bootstrap.opened_database(settings, role="pages", pool=10) as engine,
        ThreadPoolExecutor(thread_name_prefix="part") as threads,
    ):
        working = _Working()
        settings = _as_listening(settings, listener)  # now: the server closes its socket when it ends
        services = bootstrap.services(settings, engine, working.faults)
        app = create(services, version("signet-mail"))
        parts = [
            threads.submit(roles.embedded, settings, stop, working.watch),
            threads.submit(serve, app, listener, stop),
        ]
        if settings.broker_url:
            parts.append(threads.submit(roles.intake, settings, stop))
        try:
            working.wait_for(parts)
            yield Running(services=services, address=settings.address, stop=stop, parts=parts)
        finally:
            stop.set()


class _Working:
    """Whether the workers work, and what of them is broken."""

    def __init__(self) -> None:
        self._faults: Callable[[], Sequence[str]] = list
        self._begun = threading.Event()

    def watch(self, faults: Callable[[], Sequence[str]]) -> AbstractContextManager[object]:
        """Called by the role once it works."""
        self._faults = faults
        self._begun.set()
        return nullcontext()

    def faults(self) -> Sequence[str]:
        """What of the workers is broken."""
        return self._faults()

    def wait_for(self, parts: Sequence[Future[None]]) -> None:
        """Return once the workers work; raise what kept a part from it."""
        while not self._begun.wait(LOOK_EVERY):
            for part in parts:
                if part.done():
                    part.result()
                    return


def _as_listening(settings: Settings, listener: socket.socket) -> Settings:
    """The settings with the port of the pages, which is known only now where the operator left it to the system."""
    return settings.model_copy(update={"http": (settings.http[0], listener.getsockname()[1])})
