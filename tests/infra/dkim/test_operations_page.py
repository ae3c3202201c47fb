"""docs/operations.md sets up a zone that works: its files are given to Knot as they stand, but for places."""

import re
import subprocess
from pathlib import Path

import pytest

from infra.dkim.making import make_key
from infra.dkim.parts import own_zone
from infra.settings import Settings
from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
RECORD = f"v=DKIM1; k=rsa; p={make_key().public}"
BESIDE = """
server:
    rundir: {folder}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {folder}/db
control:
    listen: {folder}/control
"""


def block(kind: str, number: int = 0) -> str:
    """One of the page's blocks."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [text for word, text in blocks if word == kind][number]


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """Where what the page names is on this machine."""
    port = free_port()
    return {
        "192.0.2.1@53": f"127.0.0.1@{port}",
        "NAMESERVERS=192.0.2.1": f"NAMESERVERS=127.0.0.1:{port}",
        "/etc/knot": str(tmp_path),
        "/var/lib/knot": str(tmp_path),
    }


def as_here(text: str, place: dict[str, str]) -> str:
    """The page's text, with the places of this machine."""
    for there, here in place.items():
        text = text.replace(there, here)
    return text


def test_the_page_sets_up_a_zone_that_takes_our_keys(place: dict[str, str], tmp_path: Path) -> None:
    """Key, zone, server and settings, each copied from it."""
    for line in as_here(block(""), place).splitlines():
        subprocess.run(["/bin/sh", "-c", line], check=True)
    (tmp_path / "dkim.example.net.zone").write_text(as_here(block("zone"), place))
    (tmp_path / "db").mkdir()
    (tmp_path / "knot.conf").write_text(as_here(block("knot"), place))
    (tmp_path / "here.conf").write_text(f"include: knot.conf\n{BESIDE.format(folder=tmp_path)}")
    environ = dict(line.split("=", 1) for line in as_here(block("", 2), place).split())
    zone = own_zone(Settings.load(environ))
    assert zone is not None
    name = f"sg1-page.{environ['SIGNET_DKIM_ZONE']}"
    server = Daemon(
        command=[program("knotd", "knot"), "-c", str(tmp_path / "here.conf")], log=tmp_path / "log"
    )
    server.start()
    try:
        wait_until(lambda: zone.publish({name: RECORD}) is None, what="the zone takes a key", every=0.1)
        assert zone.look([name]).shows(name, RECORD)
        assert zone.look([name]).negative_ttl.total_seconds() == 300
    finally:
        server.stop()
