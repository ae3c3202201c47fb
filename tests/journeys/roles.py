"""Signet grown: each role a process of its own, started by its command and stopped by a signal."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.journeys.command import Command, Streams, run, start
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

LONGEST_DRAIN = 30


@dataclass(slots=True, kw_only=True)
class Role:
    """A running role. `output` is all that it said."""

    name: str
    process: Command
    file: Path
    health: str
    metrics: str

    @property
    def output(self) -> str:
        """Everything it wrote."""
        return self.file.read_text(errors="replace")

    def is_ready(self) -> bool:
        """Whether it says that it can work."""
        assert self.process.poll() is None, f"signet {self.name} ended: {self.output[-2000:]}"
        try:
            return httpx.get(f"{self.health}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Ask it to end; answer its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LONGEST_DRAIN)


@dataclass(slots=True)
class Grown:
    """An installation of roles, and the environment that all of them share."""

    environment: Mapping[str, str]
    folder: Path
    roles: list[Role] = field(default_factory=list)

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return run(arguments, self.environment, stdin)

    def start(self, *names: str) -> None:
        """Start roles, and wait until each is ready."""
        started = [self.launch(name) for name in names]
        for role in started:
            wait_until(role.is_ready, what=f"signet {role.name} is ready", within=60)

    def launch(self, name: str) -> Role:
        """Start a role; whether it gets ready is not waited for."""
        port = free_port("127.0.0.1")
        file = self.folder / f"{len(self.roles)}-{name}-{port}.log"
        environment = {**self.environment, "SIGNET_METRICS": f"127.0.0.1:{port}"}
        health = self.environment["SIGNET_PUBLIC_URL"] if name == "web" else f"http://127.0.0.1:{port}"
        process = start([name], environment, Streams(stdout=file, stderr=file))
        role = Role(name=name, process=process, file=file, health=health, metrics=f"http://127.0.0.1:{port}")
        self.roles.append(role)
        return role


@contextmanager
def grown(folder: Path, settings: Mapping[str, str]) -> Iterator[Grown]:
    """An installation with these settings; whatever still runs at the end is killed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    installation = Grown(kept | settings, folder)
    try:
        yield installation
    finally:
        for role in installation.roles:
            role.process.kill()


def settings_for(database_url: str, broker_url: str, resolver: str, relay: str) -> dict[str, str]:
    """The environment of an installation on real servers."""
    port = free_port("127.0.0.1")
    return {
        "SIGNET_DATABASE_URL": database_url,
        "SIGNET_BROKER_URL": broker_url,
        "SIGNET_RESOLVERS": resolver,
        "SIGNET_AUTHORITY_PORT": resolver.rpartition(":")[2],
        "SIGNET_EGRESS_ALLOW": "127.0.0.0/8",
        "SIGNET_RELAY_URL": relay,
        "SIGNET_DKIM_ZONE": "dkim.signet.example",
        "SIGNET_LAB": "1",
        "SIGNET_HTTP": f"127.0.0.1:{port}",
        "SIGNET_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SIGNET_LOG_LEVEL": "debug",
    }


def everything_said(roles: Sequence[Role]) -> str:
    """All logs together."""
    return "\n".join(role.output for role in roles)
