"""A zone on two authoritative servers, Knot and BIND: the primary takes updates (RFC 2136), the other follows it."""

import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until
from tests.servers.zone_server import Software

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
server:
    rundir: {folder}
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: {folder}/db
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
BIND = """\
options {{
    directory "{folder}";
    listen-on port {port} {{ {address}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    session-keyfile none;
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    notify-delay 0;
}};
controls {{ }};
{tsig}
zone "{zone}." {{ {role} file "zone"; }};
"""
BIND_PRIMARY = """type primary; update-policy {{ grant {key} zonesub TXT; }}; allow-transfer {{ 127.0.0.0/8; }};
    notify explicit; also-notify {{ {other} port {other_port}; }};"""
BIND_SECONDARY = """type secondary; primaries {{ {other} port {other_port}; }}; masterfile-format text;"""


@dataclass(slots=True, kw_only=True)
class Place:
    """One of the two servers."""

    software: Software
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
def dynamic_zone(zone: str, primary: Software, *, ttl: int = 1) -> Iterator[DynamicZone]:
    """Run a zone on two servers; which software is the primary is chosen."""
    other = Software.BIND if primary is Software.KNOT else Software.KNOT
    with tempfile.TemporaryDirectory(prefix="signet-dynamic-zone-") as name:
        folder = Path(name)
        first, second = _place(primary, folder), _place(other, folder)
        _write(zone, first, second, is_primary=True)
        _write(zone, second, first, is_primary=False)
        (first.folder / "zone").write_text(ZONE_FILE.format(ttl=ttl))
        (folder / "tsig").write_text(TSIG)
        running = DynamicZone(zone=zone, primary=first, secondary=second, tsig=folder / "tsig")
        try:
            running.start(first)
            running.start(second)
            yield running
        finally:
            second.daemon.stop()
            first.daemon.stop()


def _place(software: Software, folder: Path) -> Place:
    own = folder / software
    (own / "db").mkdir(parents=True)
    if software is Software.KNOT:
        command = [program("knotd", "knot"), "-c", str(own / "conf")]
    else:
        command = [program("named", "bind9"), "-4", "-g", "-n", "1", "-c", str(own / "conf")]
    daemon = Daemon(command=command, log=own / "log")
    return Place(software=software, address="127.0.0.1", port=free_port(), folder=own, daemon=daemon)


def _write(zone: str, place: Place, other: Place, *, is_primary: bool) -> None:
    """The configuration of one of them."""
    values = {
        "zone": zone,
        "folder": place.folder,
        "address": place.address,
        "port": place.port,
        "other": other.address,
        "other_port": other.port,
        "key": KEY_NAME,
        "secret": SECRET,
    }
    if place.software is Software.KNOT:
        text = KNOT.format(role="notify" if is_primary else "master", **values)
    else:
        role = (BIND_PRIMARY if is_primary else BIND_SECONDARY).format(**values)
        text = BIND.format(role=role, tsig=TSIG, **values)
    (place.folder / "conf").write_text(text)
