"""`signet run` on one machine: how it starts, how it is refused, how it ends, and that killing it loses nothing."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.db import embedded
from tests.journeys.alone import alone, state_folder
from tests.journeys.command import SIGNET, run
from tests.servers.knot import knot_server
from tests.servers.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.timeout(180)

ZONE = {"SIGNET_DKIM_ZONE": "dkim.signet.example"}
REGISTERED = '{"account": "acme", "plan": "BUSINESS", "domain": "example.org"}'


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of the test's own."""
    with state_folder() as folder:
        yield folder


def refused(state: Path, **settings: str) -> tuple[int, str]:
    """Status and sentence of a `signet run` that does not come up."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    ran = run(["run"], {**kept, "SIGNET_HTTP": "127.0.0.1:0", **settings, "SIGNET_STATE": str(state)})
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stderr


def test_a_registered_domain_is_verified_over_every_restart(state: Path) -> None:
    """Stopped cleanly, then killed -9 with its database left behind: what was accepted goes on."""
    with knot_server({"example.org": ""}) as knot:
        settings = {
            **ZONE,
            "SIGNET_RESOLVERS": f"{knot.address}:{knot.port}",
            "SIGNET_AUTHORITY_PORT": str(knot.port),
            "SIGNET_EGRESS_ALLOW": "127.0.0.0/8",
        }
        with alone(state, **settings) as first:
            key = re.search(r"API key +(signet_\S+)", first.output)
            assert key
            assert first.shell(f"signet publish domain.registered '{REGISTERED}'").returncode == 0
            records = json.loads(first.shell("signet records example.org --format json").stdout)
            assert first.stop(signal.SIGTERM) == 0
        with alone(state, **settings) as second:
            assert "API key" not in second.output  # made once, at the very first start
            assert second.stop(signal.SIGKILL) == -signal.SIGKILL
        knot.serve("example.org", "\n".join(f"{one['name']}. CNAME {one['value']}." for one in records))

        with alone(state, **settings) as third:
            waited = third.shell("signet wait example.org --timeout 60s")
            sound = third.shell("signet doctor --invariants")
            assert third.stop(signal.SIGINT) == 0

    assert (waited.returncode, waited.stdout) == (0, "example.org (acme) is verified.\n")
    assert sound.returncode == 0, sound.stdout
    with pytest.raises(Exception, match="start `signet run`"):
        embedded.url(state)


def test_what_is_waiting_is_counted_and_readiness_says_so(state: Path) -> None:
    """Over HTTP: numbers for whoever has the right to see them."""
    with alone(state, **ZONE, SIGNET_RESOLVERS="127.0.0.1:9") as running:
        address = re.search(r"HTTP +(http://\S+)/docs", running.output)
        key = re.search(r"API key +(signet_\S+)", running.output)
        assert address
        assert key
        running.shell(f"signet publish domain.registered '{REGISTERED}'")
        bearer = {"Authorization": f"Bearer {key[1]}"}

        def numbers() -> str:
            return httpx.get(f"{address[1]}/metrics", headers=bearer).text

        wait_until(
            lambda: 'signet_looks_total{outcome="inconclusive"}' in numbers(), what="a look", within=30
        )

        assert httpx.get(f"{address[1]}/readyz").status_code == 200
        assert re.search(r'signet_tickets_sent_total\{work="dns.fresh"\} [1-9]', numbers())
        assert re.search(r'signet_dns_total\{kind="queries"\} [1-9]', numbers())
        assert running.stop() == 0


def test_without_a_zone_for_the_records_it_does_not_start(state: Path) -> None:
    """Route cloud would be refused to every owner; the sentence says what to set."""
    status, said = refused(state)

    assert status == 64
    assert "SIGNET_DKIM_ZONE" in said


def test_an_address_that_is_taken_is_named(state: Path) -> None:
    """Before a database is made for nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = refused(state, **ZONE, SIGNET_HTTP=f"127.0.0.1:{port}")

    assert status == 64
    assert f"127.0.0.1:{port} cannot be listened on" in said
    assert "SIGNET_HTTP" in said
    assert not (state / "postgres").exists()


def test_a_second_one_in_the_same_folder_is_refused(state: Path) -> None:
    """Two would look, send and relay twice."""
    with embedded.start(state):
        status, said = refused(state, **ZONE)

    assert status == 70
    assert "running in" in said


def test_a_reader_who_leaves_ends_the_command_quietly(state: Path) -> None:
    """`signet settings | head -1`, without a word on stderr."""
    line = f"{SIGNET} settings --json | head -1; {SIGNET} --help | true; echo done"
    ran = subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * PATIENCE,
        cwd=state.parent,
    )

    assert ran.stdout.endswith("done\n")
    assert ran.stderr == ""
