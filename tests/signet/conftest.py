"""Commands run in this process, over a real database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from signet.cli import run
from tests.servers.knot import Knot, knot_server


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed for programs."""
        return json.loads(self.out)


class Command:
    """The command, as a shell would call it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        status = run(arguments)
        out, err = self._capsys.readouterr()
        return Ran(int(status), out, err)


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """A name server that answers."""
    with knot_server({"example.org": ""}) as server:
        yield server


@pytest.fixture
def signet(
    database_url: str,
    knot: Knot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Signet on a fresh database, with a name server and a state folder of its own."""
    settings = {
        "SIGNET_DATABASE_URL": database_url,
        "SIGNET_STATE": str(tmp_path / "state"),
        "SIGNET_DKIM_ZONE": "dkim.signet.example",
        "SIGNET_RESOLVERS": f"{knot.address}:{knot.port}",
        "SIGNET_AUTHORITY_PORT": str(knot.port),
        "SIGNET_EGRESS_ALLOW": "127.0.0.0/8",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return Command(capsys)
