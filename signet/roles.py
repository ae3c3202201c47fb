"""`signet intake`, `worker`, `dispatcher`, `web` and `migrate`: one process for each role, on RabbitMQ and PostgreSQL.

Each answers on SIGNET_METRICS how it is, and drains within thirty seconds when it is told to stop.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from signet.ending import wrong
from signet.everything import listening, until_signalled
from signet.installation import own_settings, speak_up, with_zone
from signet.screen import remark, say, side
from workers import bootstrap, roles
from workers.bootstrap import Settings
from workers.routes import ROUTES

if TYPE_CHECKING:
    from fastapi import FastAPI

QUEUES = tuple(route.queue for route in ROUTES)
LEAVING = 15  # seconds


def intake() -> None:
    """Take events from RabbitMQ."""
    _play("intake", roles.intake)


def worker(
    queue: Annotated[
        list[str] | None,
        typer.Option(
            "--queue", metavar="Q", help=f"Only of this queue; may be repeated. One of {', '.join(QUEUES)}."
        ),
    ] = None,
) -> None:
    """Do what is due: look at DNS, send mail."""
    unknown = sorted(set(queue or ()) - set(QUEUES))
    if unknown:
        raise wrong(f"There is no queue {unknown[0]}. The queues are {', '.join(QUEUES)}.")
    offered = tuple(route for route in ROUTES if not queue or route.queue in queue)
    _play("worker", partial(roles.worker, offered=offered))


def dispatcher() -> None:
    """Send what is due to the workers, publish what is to be said, keep house."""
    _play("dispatcher", roles.dispatcher)


def web() -> None:
    """Serve the HTTP interface on SIGNET_HTTP."""
    from web.app import create  # noqa: PLC0415 - who serves nothing waits for no web framework

    settings = _grown("web", broker=False)
    with (
        until_signalled() as stop,
        listening(settings.http, "SIGNET_HTTP") as listener,
        bootstrap.opened_database(settings, role="web", pool=10) as engine,
    ):
        services = bootstrap.services(settings, engine)
        with _served(create(services, version("signet-mail")), listener), _watched(settings, "web", tuple):
            if roles.unlocked(settings, engine, stop):
                say(f"Serving {settings.address}")
                stop.wait()


def migrate() -> None:
    """Bring the database up to date; workers of the version before may run meanwhile."""
    settings = own_settings()
    with side().status("Bringing the database up to date …"):
        bootstrap.bring_up_to_date(settings)
    say("The database is up to date.")


def _play(name: str, role: Callable[[Settings, threading.Event, roles.Watch], None]) -> None:
    """Play a role until a signal, and answer meanwhile how it is."""
    settings = _grown(name, broker=True)
    with until_signalled() as stop:
        role(settings, stop, partial(_watched, settings, name))


def _grown(name: str, *, broker: bool) -> Settings:
    """The settings of a role, which shares its database, and mostly its broker, with others."""
    settings = with_zone(own_settings())
    missing = [
        setting
        for setting, value in (
            ("SIGNET_DATABASE_URL", settings.database_url),
            ("SIGNET_BROKER_URL", settings.broker_url),
        )
        if value is None and (broker or setting != "SIGNET_BROKER_URL")
    ]
    if missing:
        raise wrong(
            f"{' and '.join(missing)} must be set: signet {name} works together with other processes. "
            "On one machine, `signet run` does everything."
        )
    speak_up(settings, name)
    return settings


@contextmanager
def _watched(settings: Settings, name: str, faults: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Answer on SIGNET_METRICS how a role is, as long as it works."""
    from web.watch import watch  # noqa: PLC0415 - as above

    with (
        listening(settings.metrics, "SIGNET_METRICS") as listener,
        bootstrap.opened_database(settings, role=f"{name} watch", pool=2) as engine,
        _served(watch(bootstrap.services(settings, engine, faults)), listener),
    ):
        remark(
            f"signet {name} works; http://{settings.metrics[0]}:{listener.getsockname()[1]}/readyz says how it is."
        )
        yield


@contextmanager
def _served(app: "FastAPI", listener: socket.socket) -> Iterator[None]:
    """Serve an application on a thread of its own until the block ends."""
    from web.server import serve  # noqa: PLC0415 - as above

    over = threading.Event()
    thread = threading.Thread(target=partial(serve, app, listener, over), name="pages", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LEAVING)
