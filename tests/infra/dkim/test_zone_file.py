"""Our zone as a file: a real Knot serves what was written into it, and what is not ours stays as it was."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import dns.rdatatype
import dns.zone
import pytest

from domain.dkim_keys import EMPTY
from infra.dkim.asking import NameServers
from infra.dkim.making import make_key
from infra.dkim.parts import PublishedZone, own_zone
from infra.dkim.zone_file import ZoneFile
from infra.dns.resolver import Resolver
from infra.settings import Settings
from tests.infra.dkim.conftest import ZONE
from tests.servers.ports import free_port
from tests.servers.software import Software
from tests.servers.zone_server import ZoneServer, zone_server

RECORD = f"v=DKIM1; k=rsa; p={make_key().public}"
HEAD = """\
$TTL 300
@ SOA ns hostmaster 41 3600 600 86400 30
@ NS ns
ns A 127.0.0.1
_dmarc TXT "v=DMARC1; p=none"
"""
NAME = f"sg1-aaa.{ZONE}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The operator's file."""
    file = tmp_path / "zone"
    file.write_text(HEAD)
    return file


@pytest.fixture
def server() -> Iterator[ZoneServer]:
    """A server, not yet started."""
    with zone_server(Software.KNOT, "127.0.0.1", free_port()) as server:
        yield server


def written(file: Path) -> ZoneFile:
    """Our zone in that file."""
    return ZoneFile(zone=ZONE, file=file, ttl=timedelta(seconds=60))


def read(file: Path) -> dns.zone.Zone:
    """The zone as others read it."""
    return dns.zone.from_file(str(file), f"{ZONE}.", relativize=False)


def test_what_is_written_is_served(file: Path, server: ZoneServer) -> None:
    """A key, an empty record, and what the operator had there."""
    other = f"sg2-aaa.{ZONE}"
    assert written(file).publish({NAME: RECORD, other: EMPTY}) is None

    server.start({ZONE: file.read_text()})
    server.wait()
    servers = NameServers(zone=ZONE, servers=[Resolver(server.address, server.port)])
    seen = servers.look([NAME, other, f"_dmarc.{ZONE}", f"sg1-none.{ZONE}"])

    assert seen.shows(NAME, RECORD)
    assert seen.shows(other, EMPTY)
    assert seen.shows(f"_dmarc.{ZONE}", "v=DMARC1; p=none")
    assert seen.shows(f"sg1-none.{ZONE}", None)
    assert seen.negative_ttl == timedelta(seconds=30)


def test_a_record_is_replaced_and_goes_and_the_serial_grows(file: Path) -> None:
    """So that a server that compares serials sees that there is something new."""
    zone = written(file)

    serials = []
    for record in (RECORD, EMPTY, None):
        assert zone.publish({NAME: record}) is None
        serials.append(read(file).get_soa().serial)

    assert serials == [42, 43, 44]
    assert read(file).get_rdataset(f"{NAME}.", dns.rdatatype.TXT) is None
    assert file.stat().st_mode & 0o777 == 0o644
    assert sorted(one.name for one in file.parent.iterdir()) == [".zone.lock", "zone"]


def test_two_writers_at_once_lose_nothing(file: Path) -> None:
    """Each reads what the other wrote."""
    zone = written(file)
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda number: zone.publish({f"sg1-{number}.{ZONE}": RECORD}), range(12)))

    assert said == [None] * 12
    there = read(file)
    assert all(there.get_rdataset(f"sg1-{number}.{ZONE}.", dns.rdatatype.TXT) for number in range(12))


@pytest.mark.parametrize(
    "text", [None, "", "@ SOA ns", "ns A 127.0.0.1\n"], ids=["none", "empty", "cut", "no SOA"]
)
def test_what_is_no_zone_is_said_and_left_alone(text: str | None, tmp_path: Path) -> None:
    """Nothing is made up."""
    file = tmp_path / "zone"
    if text is not None:
        file.write_text(text)

    said = written(file).publish({NAME: RECORD})

    assert said is not None
    assert said.why.startswith("it cannot be read and written as a zone with SOA and NS")
    assert (file.read_text() if file.exists() else None) == text


def test_the_settings_choose_the_file(file: Path) -> None:
    """Instead of updates; and without servers there is no zone of ours."""
    environ: Mapping[str, str] = {"SIGNET_DKIM_ZONE": ZONE, "SIGNET_DKIM_ZONE_FILE": str(file)}

    zone = own_zone(Settings.load({**environ, "SIGNET_DKIM_NAMESERVERS": "127.0.0.1"}))

    assert isinstance(zone, PublishedZone)
    assert zone.publisher == ZoneFile(zone=ZONE, file=file, ttl=timedelta(minutes=5))
    assert own_zone(Settings.load(environ)) is None
