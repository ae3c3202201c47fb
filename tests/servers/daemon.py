"""One child process that serves: started, stopped or killed by its own process id, with its output kept.

A keeper process holds a pipe from us and kills the server when the pipe breaks, so that
not even a kill -9 of the test run leaves a server behind.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

NOBODY = 65534
KEEPER = 'read -r line; kill -KILL "-$0" 2>/dev/null'


class MissingProgram(RuntimeError):  # noqa: N818
    """A server program that the tests need is not installed."""


def program(name: str, package: str) -> str:
    """Return the path of a server program, or fail with the way to get it."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/lib/rabbitmq/bin"])
    found = shutil.which(name, path=path)
    if found is None:
        message = f"{name} is missing (Debian package {package}); `make test` or `make services` installs it."
        raise MissingProgram(message)
    return found


@dataclass(slots=True, kw_only=True)
class Daemon:
    """A server process in the foreground. `as_nobody` gives up root, for servers that refuse to run as root."""

    command: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    as_nobody: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _keeper: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the process and its keeper."""
        identity = NOBODY if self.as_nobody and os.geteuid() == 0 else None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                user=identity,
                group=identity,
                extra_groups=None if identity is None else [],
                start_new_session=True,
            )
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "not started"
        return self._process.pid

    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def output(self, length: int = 4000) -> str:
        """Return the end of what the server printed."""
        return self.log.read_text(errors="replace")[-length:] if self.log.exists() else ""

    def check_alive(self) -> None:
        """Raise with the server's own words when it has died."""
        if not self.is_running():
            message = f"{self.command[0]} ended:\n{self.output()}"
            raise RuntimeError(message)

    def stop(self, ending: signal.Signals = signal.SIGTERM, within: float = 20.0) -> None:
        """Ask the process to end; kill it and its children when it does not in time."""
        if self._process is None:
            return
        if self.is_running():
            self._process.send_signal(ending)
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill9()
        self._dismiss_keeper()

    def kill9(self) -> None:
        """End the process and all its children at once, as a power cut would."""
        assert self._process is not None, "not started"
        children = _descendants(self._process.pid)
        for process in (psutil.Process(self._process.pid), *children) if self.is_running() else children:
            _kill(process)
        self._process.wait()
        psutil.wait_procs(children, timeout=5)
        self._dismiss_keeper()

    def _dismiss_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.communicate()
            self._keeper = None


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
