"""A recursive, caching, validating resolver (Unbound) that knows the way to our authorities and to nowhere else."""

import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import dns.exception
import dns.message
import dns.query

from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

# Questions leave from loopback only, so that none can reach a server outside this machine.
CONFIGURATION = """\
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    verbosity: 1
    num-threads: 1
    interface: {address}
    port: {port}
    access-control: 127.0.0.0/8 allow
    outgoing-interface: {address}
    do-ip6: no
    do-not-query-localhost: no
    target-fetch-policy: "0 0 0 0 0"
    cache-max-negative-ttl: {negative_ttl}
    module-config: "{modules}"
    outgoing-range: 4096
    num-queries-per-thread: 4096
{lines}
remote-control:
    control-enable: yes
    control-interface: {folder}/control
    control-use-cert: no
"""


Place: TypeAlias = tuple[str, int]


@dataclass(slots=True, kw_only=True)
class Unbound:
    """A running resolver. Answers stay in its cache until their TTL ends or `flush`."""

    address: str
    port: int
    folder: Path
    daemon: Daemon

    def flush(self, zone: str = ".") -> None:
        """Forget everything at and below `zone`, bad servers too."""
        self._control("flush_zone", zone)
        self._control("flush_infra", "all")

    def start(self) -> None:
        """Start (again), with an empty cache."""
        self.daemon.start()
        wait_until(self._answers, what=f"unbound on port {self.port} answers")

    def stop(self) -> None:
        """Stop the resolver."""
        self.daemon.stop()

    def kill9(self) -> None:
        """Kill the resolver at once."""
        self.daemon.kill9()

    def _control(self, *arguments: str) -> None:
        command = [program("unbound-control", "unbound"), "-c", str(self.folder / "unbound.conf"), *arguments]
        subprocess.run(command, check=True, capture_output=True, text=True)

    def _answers(self) -> bool:
        self.daemon.check_alive()
        try:
            # Answered by the resolver itself: RFC 6761, section 6.3.
            dns.query.udp(dns.message.make_query("localhost", "A"), self.address, timeout=0.5, port=self.port)
        except (dns.exception.DNSException, OSError):
            return False
        return True


@contextmanager
def unbound_server(
    authorities: Mapping[str, Place | Sequence[Place]],
    *,
    address: str = "127.0.0.1",
    negative_ttl: int = 1,
    anchors: Sequence[str] = (),
    lines: Sequence[str] = (),
    uncached: Collection[str] = (),
) -> Iterator[Unbound]:
    """Run a resolver that asks, for each zone, the authority at (address, port), or any of several.

    `anchors` (DNSKEY or DS records) make it validate; `lines` are further lines of the `server:` section.
    What lies in `uncached` zones is not kept: of a zone above others it would be asked again at port 53.
    """
    with tempfile.TemporaryDirectory(prefix="signet-unbound-") as name:
        folder, port = Path(name), free_port(address)
        extra = [f'local-zone: "{_top(zone)}" nodefault' for zone in authorities]
        (folder / "anchors").write_text("\n".join(anchors) + "\n")
        extra += [f'trust-anchor-file: "{folder}/anchors"'] if anchors else []
        stubs = "".join(
            _stub(zone, places, is_kept=zone not in uncached) for zone, places in authorities.items()
        )
        configuration = CONFIGURATION.format(
            folder=folder,
            address=address,
            port=port,
            negative_ttl=negative_ttl,
            modules="validator iterator" if anchors else "iterator",
            lines="\n".join(f"    {line}" for line in dict.fromkeys([*extra, *lines])),
        )
        (folder / "unbound.conf").write_text(configuration + stubs)
        command = [program("unbound", "unbound"), "-d", "-p", "-c", str(folder / "unbound.conf")]
        server = Unbound(
            address=address, port=port, folder=folder, daemon=Daemon(command=command, log=folder / "log")
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _stub(zone: str, places: Place | Sequence[Place], *, is_kept: bool) -> str:
    several = [places] if isinstance(places, tuple) else places
    addresses = "".join(f"    stub-addr: {host}@{port}\n" for host, port in several)
    cache = "no" if is_kept else "yes"
    return f'stub-zone:\n    name: "{zone}"\n{addresses}    stub-prime: no\n    stub-no-cache: {cache}\n'


def _top(zone: str) -> str:
    return zone.rstrip(".").rpartition(".")[2] + "."
