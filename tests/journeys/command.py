"""`signet` as a process of its own, forked from a server that has imported everything once.

A fresh interpreter spends more than a second of CPU on its imports, and the tests start some hundreds of commands.
The script as it is installed is tried where it is the thing tried: the examples, a pipe, Ctrl-C, a first start.
"""

import multiprocessing.connection
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import Final

from tests.servers.forked import FORKED

SIGNET: Final = Path(sys.executable).parent / "signet"
LONGEST: Final = 120
_SIGNS_OF_A_SHELL: Final = frozenset("|&;<>()$`")
_one_at_a_time = Lock()  # multiprocessing reads the status of a process once, in whichever thread comes first


@dataclass(frozen=True, slots=True)
class Streams:
    """The files that a command reads and writes as its standard streams."""

    stdout: Path
    stderr: Path
    stdin: Path = Path(os.devnull)


@dataclass(slots=True)
class Command:
    """A command that runs; it is spoken to as to a `subprocess.Popen`."""

    arguments: Sequence[str]
    _process: BaseProcess

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit status, negative where a signal ended it; None while it runs."""
        with _one_at_a_time:
            return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Its exit status, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it still runs after so many seconds.
        """
        multiprocessing.connection.wait([self._process.sentinel], seconds)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(list(self.arguments), seconds)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it where it stands, if it still runs, and wait until it is gone."""
        self.send_signal(signal.SIGKILL)
        self.wait(LONGEST)


def start(arguments: Sequence[str], environment: Mapping[str, str], streams: Streams) -> Command:
    """Start `signet` with these arguments, and nothing in its environment but this."""
    for file in (streams.stdout, streams.stderr):
        file.write_bytes(b"")  # at once: what an earlier command said is never taken for this one's
    process = FORKED.Process(target=_run, args=(list(arguments), dict(environment), streams), daemon=True)
    with _one_at_a_time:
        process.start()
    return Command(arguments, process)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str = "", within: float = LONGEST
) -> subprocess.CompletedProcess[str]:
    """Run `signet` to its end; a command that takes longer is killed, and is a failure of the test."""
    with tempfile.TemporaryDirectory(prefix="signet-command-") as name:
        folder = Path(name)
        streams = Streams(stdout=folder / "out", stderr=folder / "err", stdin=folder / "in")
        streams.stdin.write_text(stdin)
        command = start(arguments, environment, streams)
        try:
            status = command.wait(within)
        finally:
            command.kill()
        return subprocess.CompletedProcess(
            ["signet", *arguments], status, streams.stdout.read_text(), streams.stderr.read_text()
        )


def shell(line: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line as a person would type it, in this checkout; a shell runs it where it is more than one command."""
    words = shlex.split(line)
    if words[0] == "signet" and not _SIGNS_OF_A_SHELL & set(_unquoted(line)):
        return run(words[1:], environment)
    return subprocess.run(
        ["/bin/sh", "-c", line],
        env={**environment, "PATH": f"{SIGNET.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )


def _unquoted(line: str) -> str:
    return "".join(line.split("'")[::2])


def _run(arguments: list[str], environment: dict[str, str], streams: Streams) -> None:
    """What the forked process does: become the command."""
    os.environ.clear()
    os.environ.update(environment)
    new = os.O_WRONLY | os.O_APPEND
    for number, (file, flags) in enumerate(
        ((streams.stdin, os.O_RDONLY), (streams.stdout, new), (streams.stderr, new))
    ):
        os.dup2(os.open(file, flags), number)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115 - for all its life
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 - as above
    sys.argv = ["signet", *arguments]
    from signet.cli import main  # noqa: PLC0415 - here, as the script does

    main()
