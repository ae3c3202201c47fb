"""The compose file as Docker Compose reads it: by its schema, anchors resolved, variables filled. No engine runs."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.house.source import ROOT
from tests.servers.daemon import MissingProgram

COMPOSE: Final = ROOT / "var" / "compose" / "usr" / "libexec" / "docker" / "cli-plugins" / "docker-compose"
ZONE: Final = {"SIGNET_DKIM_ZONE": "dkim.example.net"}
ROLES: Final = ("migrate", "intake", "dispatcher", "first-looks", "worker", "web")

pytestmark = pytest.mark.long


def read(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What Compose makes of the file under these variables."""
    if not COMPOSE.is_file():
        raise MissingProgram(
            "Docker Compose is missing; `make long-services` (scripts/unpack.sh) puts it into var/compose."
        )
    return subprocess.run(
        [COMPOSE, "--file", ROOT / "docker-compose.yml", "config", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
    )


def settings(environment: Mapping[str, str], role: str) -> dict[str, str]:
    """The settings that one role gets."""
    run = read(environment)
    assert (run.returncode, run.stderr) == (0, "")
    services: dict[str, Any] = json.loads(run.stdout)["services"]
    found: dict[str, str] = services[role]["environment"]
    return found


@pytest.mark.parametrize("role", ROLES)
def test_compose_takes_the_file(role: str) -> None:
    """With nothing told but the zone: without keys, mails to the catcher, our own resolver."""
    told = settings(ZONE, role)

    assert told["SIGNET_DKIM_ZONE"] == "dkim.example.net"
    assert (told["SIGNET_KEYS"], told["SIGNET_DKIM_TSIG"]) == ("", "")
    assert told["SIGNET_RELAY_URL"] == "smtp+plain://mailpit:1025"
    assert ("SIGNET_HTTP" in told) == (role == "web")


def test_files_of_keys_reach_every_role_by_their_place() -> None:
    """And not by what stands in them."""
    told = settings(ZONE | {"SIGNET_KEYS_FILE": "/srv/keys", "SIGNET_DKIM_TSIG_FILE": "/srv/tsig"}, "worker")

    assert told["SIGNET_KEYS"] == "/run/secrets/keys"
    assert told["SIGNET_DKIM_TSIG"] == "/run/secrets/dkim_tsig"


def test_without_its_zone_nothing_starts() -> None:
    """Records that point nowhere would be asked of owners; the words say what is missing."""
    run = read({})

    assert run.returncode != 0
    assert "SIGNET_DKIM_ZONE" in run.stderr
    assert "such as dkim.example.net" in run.stderr
