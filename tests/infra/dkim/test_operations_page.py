"""docs/operations.md sets up a zone that works: what it says is given to servers as it stands, but for places."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.dkim.making import make_key
from infra.dkim.parts import PublishedZone, own_zone
from infra.settings import Settings
from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.powerdns import powerdns
from tests.servers.software import Software, bind_head, daemon_of
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
        "local-address=192.0.2.1": f"local-address=127.0.0.1\nlocal-port={port}\nsocket-dir={tmp_path}",
        "192.0.2.0/24": "127.0.0.0/8",
        "/etc/knot": str(tmp_path),
        "/var/lib/knot": str(tmp_path),
        "/etc/bind": str(tmp_path),
        "/var/lib/bind": str(tmp_path),
        "/etc/powerdns": str(tmp_path),
        "/var/lib/powerdns": str(tmp_path),
        "pdnsutil ": f"pdnsutil --config-dir={tmp_path} ",
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
    command = [program("knotd", "knot"), "-c", str(tmp_path / "here.conf")]
    with running(Daemon(command=command, log=tmp_path / "log")):
        assert_takes_a_key(zone)


@contextmanager
def running(server: Daemon) -> Iterator[None]:
    """While it is asked."""
    server.start()
    try:
        yield
    finally:
        server.stop()


def assert_takes_a_key(zone: PublishedZone) -> None:
    """A key is published, and seen; that there is none is kept for as long as the page says."""
    name = f"sg1-page.{zone.servers.zone}"
    wait_until(lambda: zone.publish({name: RECORD}) is None, what="the zone takes a key", every=0.1)
    assert zone.look([name]).shows(name, RECORD)
    assert zone.look([name]).negative_ttl.total_seconds() == 300


def test_the_page_sets_up_bind(place: dict[str, str], tmp_path: Path) -> None:
    """Key and zone; the rest of its configuration is there already."""
    (tmp_path / "dkim.example.net.zone").write_text(as_here(block("zone"), place))
    subprocess.run(["/bin/sh", "-ec", as_here(block("tsig"), place)], check=True)
    port = int(place["NAMESERVERS=192.0.2.1"].rpartition(":")[2])
    head = bind_head(tmp_path, "127.0.0.1", port, "")
    (tmp_path / "conf").write_text(head + as_here(block("bind"), place))
    zone = zone_of_the_page(place, tmp_path / "signet-key.conf")

    with running(daemon_of(Software.BIND, tmp_path)):
        assert_takes_a_key(zone)


def zone_of_the_page(place: dict[str, str], key: Path) -> PublishedZone:
    """As Signet has it by the page's settings, with another file of the key."""
    environ = dict(line.split("=", 1) for line in as_here(block("", 2), place).split())
    zone = own_zone(Settings.load(environ | {"SIGNET_DKIM_TSIG": str(key)}))
    assert zone is not None
    return zone


def set_up_powerdns(place: dict[str, str], folder: Path) -> PublishedZone:
    """Server, key, store, zone and settings, each copied from the page."""
    (folder / "dkim.example.net.zone").write_text(as_here(block("zone"), place))
    (folder / "pdns.conf").write_text(as_here(block("pdns"), place))
    subprocess.run(["/bin/sh", "-ec", as_here(block("pdnsutil"), place)], check=True)
    return zone_of_the_page(place, folder / "signet-key")


@pytest.mark.long
def test_the_page_sets_up_powerdns(place: dict[str, str], tmp_path: Path) -> None:
    """Whose commands all do what they are there for: with the zone as it stands above them."""
    zone = set_up_powerdns(place, tmp_path)

    with running(powerdns(tmp_path)):
        assert_takes_a_key(zone)


@pytest.mark.long
def test_powerdns_refuses_updates_from_where_the_page_lets_nobody_in(
    place: dict[str, str], tmp_path: Path
) -> None:
    """So the line that names the workers' addresses is needed, as the page says."""
    zone = set_up_powerdns(place | {"192.0.2.0/24": "192.0.2.0/24"}, tmp_path)

    with running(powerdns(tmp_path)):
        wait_until(lambda: zone.look([]).negative_ttl, what="it answers for the zone", every=0.1)
        refused = zone.publish({f"sg1-page.{zone.servers.zone}": RECORD})

    assert refused is not None
    assert "(REFUSED)" in refused.why
