"""Signet on one machine: `signet run` as a process of its own, in a state folder of the test's own."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.roles import SIGNET
from tests.servers.waiting import wait_until

STARTED = "signet show example.org\n"  # the last line of the welcome


@dataclass(slots=True, kw_only=True)
class Alone:
    """A running `signet run`; `output` is what it printed, `errors` what it remarked and logged."""

    process: subprocess.Popen[bytes]
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
        path = f"{SIGNET.parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["/bin/sh", "-c", line],
            env={**self.environment, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

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
    with (state / "out").open("wb") as out, (state / "err").open("wb") as err:
        process = subprocess.Popen(
            [SIGNET, "run", *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
    running = Alone(process=process, environment=environment, folder=state)
    try:
        wait_until(running.has_started, what="signet run says that it runs", within=60)
        yield running
    finally:
        if process.poll() is None:
            process.terminate()  # its database ends with it
            process.wait(60)
