"""Signet's loops in processes of their own, to be killed; forked from a server that has imported everything."""

import threading
from multiprocessing.process import BaseProcess

from infra.db.engine import connect
from infra.db.rewrapping import rewrap
from tests.conformance.building import VAULT
from tests.servers.forked import FORKED
from tests.workers.intake_ground import Ground
from tests.workers.relay_ground import Outbox
from workers.consume import consume
from workers.relay import run


def intake_process(database_url: str, vhost_url: str) -> BaseProcess:
    """Start an intake that only a kill ends."""
    return _started(_intake, database_url, vhost_url)


def relay_process(database_url: str, vhost_url: str) -> BaseProcess:
    """Start a relay that only a kill ends."""
    return _started(_relay, database_url, vhost_url)


def rotation_process(database_url: str) -> BaseProcess:
    """Start a change of keys."""
    return _started(_rotation, database_url)


def kill9(process: BaseProcess) -> None:
    """Kill it, and make sure that it was alive until then."""
    assert process.is_alive(), "the process died before it was killed"
    process.kill()
    process.join()
    assert process.exitcode == -9


def _started(target: object, *urls: str) -> BaseProcess:
    process = FORKED.Process(target=target, args=urls, daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def _intake(database_url: str, vhost_url: str) -> None:
    ground = Ground(url=vhost_url, engine=connect(database_url, role="intake"))
    consume(ground.door(), threading.Event())


def _relay(database_url: str, vhost_url: str) -> None:
    outbox = Outbox(engine=connect(database_url, role="relay"))
    run(outbox.relay(vhost_url), threading.Event())


def _rotation(database_url: str) -> None:
    rewrap(connect(database_url, role="rotation"), VAULT)
