"""Signet on one machine: `signet run` as a process of its own, in a state folder of the test's own."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys import command
from tests.journeys.command import Command, Streams
from tests.servers.waiting import wait_until

STARTED = "signet show example.org\n"  # the last line of the welcome


@dataclass(slots=True, kw_only=True)
class Alone:
    """A running `signet run`; `output` is what it printed, `errors` what it remarked and logged."""

    process: Command
    environment: dict[str, str]
    folder: Path

    @property
    def output(self) -> str:
        """Everything on stdout so far."""
        return (self.folder / "out").read_text(errors="replace")

    @property
    def errors(self) -> str:
        """Everything on stderr so far."""
        return (self.folder / "err").read_text(errors="replace")

    def has_started(self) -> bool:
        """Whether it said so; an end before that fails the test."""
        assert self.process.poll() is None, f"signet run ended: {self.errors[-2000:]}"
        return STARTED in self.output

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line in a second terminal, in this checkout, as a person would type it."""
        return command.shell(line, self.environment)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; answer its exit status."""
        self.process.send_signal(number)
        return self.process.wait(40)


@contextmanager
def state_folder() -> Iterator[Path]:
    """A state folder; pytest's own are closed to PostgreSQL's user by every new run."""
    with tempfile.TemporaryDirectory(prefix="signet-state-", ignore_cleanup_errors=True) as name:
        yield Path(name) / "state"


@contextmanager
def alone(state: Path, *arguments: str, **settings: str) -> Iterator[Alone]:
    """`signet run` with these arguments, started; killed at the end if it still runs."""
    state.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    environment = {**kept, "SIGNET_HTTP": "127.0.0.1:0", **settings, "SIGNET_STATE": str(state)}
    streams = Streams(stdout=state / "out", stderr=state / "err")
    process = command.start(["run", *arguments], environment, streams)
    running = Alone(process=process, environment=environment, folder=state)
    try:
        wait_until(running.has_started, what="signet run says that it runs", within=60)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # its database ends with it
            process.wait(60)
