"""An authoritative DNS server (Knot): zones that a test writes, and changes while it runs."""

import itertools
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.rrset

from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.software import Software, daemon_of, knot_head
from tests.servers.waiting import wait_until

CONFIGURATION = """\
control:
    listen: {folder}/control
template:
  - id: default
    storage: {folder}/zones
    file: "%s.zone"
    zonefile-sync: -1
    semantic-checks: off
{signing}
zone:
{zones}
"""
UNSIGNED = """\
    zonefile-load: whole
    journal-content: none"""
# Knot keeps the signatures in its journal and counts the serial by itself.
SIGNED = """\
    zonefile-load: difference-no-serial
    journal-content: all
    dnssec-signing: on"""
# Every zone carries its version, so that one can see that the newest is served, whatever its serial.
HEAD = """\
$ORIGIN {zone}.
$TTL {ttl}
@ SOA ns.{zone}. hostmaster.{zone}. {serial} 3600 600 86400 {ttl}
_version TXT "{serial}"
"""
OWN_SERVER = """\
@ NS ns.{zone}.
ns A {address}
"""


@dataclass(slots=True, kw_only=True)
class Knot:
    """A running server. `serve` puts a zone there or in place of the one before, and returns once it is answered."""

    addresses: tuple[str, ...]
    port: int
    folder: Path
    daemon: Daemon
    ttl: int = 1
    signing: bool = False
    workers: int = 8  # a socket each: questions that come in bursts overflow the buffer of one
    _zones: dict[str, str] = field(default_factory=dict)
    _serials: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def address(self) -> str:
        """The first address that it listens on."""
        return self.addresses[0]

    def serve(self, zone: str, records: str = "") -> None:
        """Serve `records` (zone file lines, names relative to `zone`); SOA and, where it has none, NS are added."""
        self.serve_all({zone: records})

    def serve_all(self, zones: Mapping[str, str]) -> None:
        """Serve many zones at once: one reload for all of them."""
        serials = {name: next(self._serials) for name in zones}
        for name, records in zones.items():
            head = HEAD.format(zone=name, serial=serials[name], ttl=self.ttl)
            if "@ NS " not in records:
                head += OWN_SERVER.format(zone=name, address=self.address)
            (self.folder / "zones" / f"{name}.zone").write_text(f"{head}{records}\n")
        known = self._zones.keys() >= zones.keys()
        self._zones |= zones
        if known:
            self._control("-f", "zone-reload", *zones)
        else:
            self._reload()
        for name, serial in serials.items():
            wait_until(lambda: self._version(name) == serial, what=f"zone {name} is served", within=20)  # noqa: B023

    def add(self, zone: str, records: str) -> None:
        """Add records to a zone that is served."""
        self.serve(zone, f"{self._zones[zone]}\n{records}")

    def drop(self, zone: str) -> None:
        """Serve a zone no longer: it is refused from now on."""
        del self._zones[zone]
        self._reload()
        wait_until(lambda: self._version(zone) is None, what=f"zone {zone} is gone")

    def anchor(self, zone: str) -> str:
        """The keys of a signed zone, as a validating resolver takes them for trust anchors."""
        return str(wait_until(lambda: self._ask(zone, dns.rdatatype.DNSKEY), what=f"key of {zone}"))

    def start(self) -> None:
        """Start (again) with the zones that there are."""
        self._configure()
        self.daemon.start()
        wait_until(self._answers, what=f"knot on port {self.port} answers")

    def stop(self) -> None:
        """Stop the server."""
        self.daemon.stop()

    def kill9(self) -> None:
        """Kill the server at once."""
        self.daemon.kill9()

    def _reload(self) -> None:
        self._configure()
        self._control("reload")

    def _configure(self) -> None:
        # RFC 8499 knows no zone without a name: this one only shows that the server is up.
        zones = "\n".join(f"  - domain: {name}." for name in ("up.invalid", *self._zones))
        signing = SIGNED if self.signing else UNSIGNED
        listen = [f"{address}@{self.port}" for address in self.addresses]
        head = knot_head(self.folder, *listen, workers=self.workers)
        own = CONFIGURATION.format(folder=self.folder, signing=signing, zones=zones)
        (self.folder / "conf").write_text(head + own)

    def _control(self, *arguments: str) -> None:
        command = [program("knotc", "knot"), "-s", str(self.folder / "control"), "-b", *arguments]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            message = f"knotc {arguments} failed: {answer.stdout}{answer.stderr}{self.daemon.output()}"
            raise RuntimeError(message)

    def _answers(self) -> bool:
        self.daemon.check_alive()
        return self._version("up.invalid") is not None and (self.folder / "control").exists()

    def _version(self, zone: str) -> int | None:
        answer = self._ask(f"_version.{zone}", dns.rdatatype.TXT)
        return int(answer[0].strings[0]) if answer else None

    def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        question = dns.message.make_query(name, kind)
        try:
            answer = dns.query.udp(question, self.address, timeout=0.5, port=self.port)
        except (dns.exception.DNSException, OSError):
            return None
        return answer.answer[0] if answer.answer else None


@contextmanager
def knot_server(
    zones: Mapping[str, str] | None = None,
    *,
    addresses: Sequence[str] = ("127.0.0.1",),
    port: int | None = None,
    ttl: int = 1,
    signing: bool = False,
) -> Iterator[Knot]:
    """Run an authoritative server for `zones` (name → lines of its records) on all `addresses`, one port."""
    with tempfile.TemporaryDirectory(prefix="signet-knot-") as name:
        folder = Path(name)
        (folder / "zones").mkdir()
        (folder / "zones" / "up.invalid.zone").write_text(
            HEAD.format(zone="up.invalid", serial=1, ttl=1)
            + OWN_SERVER.format(zone="up.invalid", address=addresses[0])
        )
        server = Knot(
            addresses=tuple(addresses),
            port=port or free_port(addresses[0]),
            folder=folder,
            daemon=daemon_of(Software.KNOT, folder),
            ttl=ttl,
            signing=signing,
        )
        try:
            server.start()
            if zones:
                server.serve_all(zones)
            yield server
        finally:
            server.stop()
