"""A zone on two authoritative servers of two authors: the primary takes updates (RFC 2136), the other follows it."""

import base64
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.servers.daemon import Daemon
from tests.servers.ports import free_port
from tests.servers.powerdns import Updated, powerdns, prepare
from tests.servers.software import Software, bind_head, daemon_of, knot_head
from tests.servers.waiting import wait_until

KEY_NAME = "signet-key"
SECRET = base64.b64encode(b"a secret of thirty-two octets: 32").decode()
TSIG = f'key "{KEY_NAME}" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n'
ZONE_FILE = """\
$TTL {ttl}
@ SOA ns hostmaster 1 3600 1 86400 {ttl}
@ NS ns
ns A 127.0.0.1
"""
KNOT = """\
key:
  - id: {key}
    algorithm: hmac-sha256
    secret: {secret}
remote:
  - id: other
    address: {other}@{other_port}
acl:
  - id: signet
    key: {key}
    action: update
    {only}
  - id: other
    address: 127.0.0.0/8
    action: [transfer, notify]
template:
  - id: default
    storage: {folder}
    zonefile-sync: 0
zone:
  - domain: {zone}.
    file: zone
    acl: [signet, other]
    {role}: other
"""
KNOT_ONLY = "update-owner: name\n    update-owner-match: equal\n    update-owner-name: [{names}]"
BIND = """\
{tsig}
zone "{zone}." {{ {role} file "zone"; }};
"""
BIND_PRIMARY = """type primary; update-policy {{ {granted} }}; allow-transfer {{ 127.0.0.0/8; }};
    notify explicit; also-notify {{ {other} port {other_port}; }};"""
BIND_ALL = f"grant {KEY_NAME} zonesub TXT;"
BIND_SECONDARY = """type secondary; primaries {{ {other} port {other_port}; }}; masterfile-format text;"""


class Primary(StrEnum):
    """Who wrote the server that takes updates."""

    KNOT = "knot"
    BIND = "bind"
    POWERDNS = "powerdns"


@dataclass(slots=True, kw_only=True)
class Place:
    """One of the two servers; `software` says who wrote it."""

    software: Primary | Software
    address: str
    port: int
    folder: Path
    daemon: Daemon


@dataclass(slots=True, kw_only=True)
class DynamicZone:
    """The running pair; `tsig` is the file of the key that updates are signed with."""

    zone: str
    primary: Place
    secondary: Place
    tsig: Path

    @property
    def places(self) -> tuple[Place, Place]:
        """The primary, and the secondary."""
        return self.primary, self.secondary

    def start(self, place: Place) -> None:
        """Start a server (again), and wait until it has the zone."""
        place.daemon.start()
        wait_until(lambda: self._has_zone(place), what=f"{place.software} has {self.zone}")

    def _has_zone(self, place: Place) -> bool:
        place.daemon.check_alive()
        try:
            answer = dns.query.udp(
                dns.message.make_query(self.zone, "SOA"), place.address, timeout=0.5, port=place.port
            )
        except (dns.exception.DNSException, OSError):
            return False
        return bool(answer.answer)


@contextmanager
def dynamic_zone(
    zone: str, primary: Primary, *, ttl: int = 1, only: Sequence[str] = (), beside: str = ""
) -> Iterator[DynamicZone]:
    """Run a zone on two servers; which software is the primary is chosen.

    Updates may change `only` these names, or all; `beside` is in the zone from the beginning.
    """
    other = Software.BIND if primary is Primary.KNOT else Software.KNOT
    with tempfile.TemporaryDirectory(prefix="signet-dynamic-zone-") as name:
        folder = Path(name)
        first, second = _place(primary, folder), _place(other, folder)
        (first.folder / "zone").write_text(ZONE_FILE.format(ttl=ttl) + beside)
        (folder / "tsig").write_text(TSIG)
        _write(zone, first, second, only, is_primary=True)
        _write(zone, second, first, only, is_primary=False)
        running = DynamicZone(zone=zone, primary=first, secondary=second, tsig=folder / "tsig")
        try:
            running.start(first)
            running.start(second)
            yield running
        finally:
            second.daemon.stop()
            first.daemon.stop()


def _place(software: Primary | Software, folder: Path) -> Place:
    own = folder / software
    own.mkdir()
    daemon = powerdns(own) if software is Primary.POWERDNS else daemon_of(Software(software), own)
    return Place(software=software, address="127.0.0.1", port=free_port(), folder=own, daemon=daemon)


def _write(zone: str, place: Place, other: Place, only: Sequence[str], *, is_primary: bool) -> None:
    """The configuration of one of them."""
    values = {"zone": zone, "folder": place.folder, "other": other.address, "other_port": other.port}
    values |= {"key": KEY_NAME, "secret": SECRET}
    match place.software:
        case Primary.POWERDNS:
            follower = f"{other.address}:{other.port}"
            file = place.folder / "zone"
            updated = Updated(zone=zone, file=file, secondary=follower, key_name=KEY_NAME, secret=SECRET)
            prepare(place.folder, place.address, place.port, updated)
            return
        case Primary.KNOT | Software.KNOT:
            head = knot_head(place.folder, f"{place.address}@{place.port}")
            names = KNOT_ONLY.format(names=", ".join(f"{name}." for name in only)) if only else ""
            text = head + KNOT.format(role="notify" if is_primary else "master", only=names, **values)
        case _:
            granted = " ".join(f"grant {KEY_NAME} name {name}. TXT;" for name in only) or BIND_ALL
            role = (BIND_PRIMARY if is_primary else BIND_SECONDARY).format(granted=granted, **values)
            head = bind_head(place.folder, place.address, place.port, "notify-delay 0;")
            text = head + BIND.format(role=role, tsig=TSIG, zone=zone)
    (place.folder / "conf").write_text(text)
