"""An authoritative DNS server (Knot or BIND) that serves zone files exactly as they were written, faults and all."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.servers.daemon import Daemon
from tests.servers.software import Software, bind_head, daemon_of, knot_head
from tests.servers.waiting import wait_until

KNOT = """\
control:
    listen: {folder}/control
template:
  - id: default
    storage: {folder}
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
{modules}
zone:
{zones}
"""
BIND = "notify no; check-names primary ignore;"
# RFC 8499 knows no zone without a name: this one only shows that the server is up.
UP = "up.invalid"
UP_ZONE = "@ 1 SOA ns hostmaster 1 3600 600 86400 1\n@ 1 NS ns\nns 1 A 127.0.0.1\n"


@dataclass(slots=True, kw_only=True)
class ZoneServer:
    """A server at one address. A zone whose file cannot be read is known to it, and answered with SERVFAIL.

    `only_tcp`: over UDP it says nothing but that it would say more over TCP, as rate limits do.
    """

    software: Software
    address: str
    port: int
    folder: Path
    only_tcp: bool = False
    daemon: Daemon = field(init=False)

    def __post_init__(self) -> None:
        self.daemon = daemon_of(self.software, self.folder)

    def start(self, zones: Mapping[str, str]) -> None:
        """Start with these zones: name → text of the file. It answers only after `wait`."""
        for name, text in {UP: UP_ZONE, **zones}.items():
            (self.folder / f"{_stem(name)}.zone").write_text(text)
        conf = self._knot(zones) if self.software is Software.KNOT else self._bind(zones)
        (self.folder / "conf").write_text(conf)
        self.daemon.start()

    def wait(self) -> None:
        """Wait until it answers."""
        wait_until(self._answers, what=f"{self.software} at {self.address} answers")

    def stop(self) -> None:
        """Stop the server; it may be started again with other zones."""
        self.daemon.stop()

    def _knot(self, zones: Mapping[str, str]) -> str:
        lines = [f'  - domain: {name}.\n    file: "{_stem(name)}.zone"' for name in (UP, *zones)]
        modules = "    global-module: mod-noudp" if self.only_tcp else ""
        own = KNOT.format(folder=self.folder, modules=modules, zones="\n".join(lines))
        return knot_head(self.folder, f"{self.address}@{self.port}") + own

    def _bind(self, zones: Mapping[str, str]) -> str:
        lines = [f'zone "{name}." {{ type primary; file "{_stem(name)}.zone"; }};' for name in (UP, *zones)]
        return bind_head(self.folder, self.address, self.port, BIND) + "\n".join(lines)

    def _answers(self) -> bool:
        self.daemon.check_alive()
        question = dns.message.make_query(UP, "SOA")
        try:
            answer = dns.query.tcp(question, self.address, timeout=0.5, port=self.port)
        except (dns.exception.DNSException, OSError, EOFError):
            return False
        return bool(answer.answer)


@contextmanager
def zone_server(
    software: Software, address: str, port: int, *, only_tcp: bool = False
) -> Iterator[ZoneServer]:
    """A server in a folder of its own, not yet started; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix=f"signet-{software}-") as name:
        server = ZoneServer(
            software=software, address=address, port=port, folder=Path(name), only_tcp=only_tcp
        )
        try:
            yield server
        finally:
            server.stop()


def _stem(zone: str) -> str:
    """The file of a zone; the root has no name that a file could have."""
    return zone or "root"
