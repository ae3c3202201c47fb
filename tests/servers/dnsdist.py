"""A DNS proxy (dnsdist) before an authority: answers come late, and for dead domains never.

It stands for the distance to other people's name servers, in benchmarks and tests of patience.
"""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.servers.daemon import Daemon, program
from tests.servers.ports import free_port
from tests.servers.waiting import wait_until

# No question about its own updates may leave this machine: setSecurityPollSuffix.
CONFIGURATION = """\
setSecurityPollSuffix("")
setLocal("{local}:{port}")
setACL({{"127.0.0.0/8"}})
setMaxUDPOutstanding(65535)
setUDPTimeout(5)
setUDPSocketBufferSizes(4194304, 4194304)
newServer({{address="{backend}", sockets=16, checkName="up.invalid."}}):setUp()
dead = newSuffixMatchNode()
for line in io.lines("{dead}") do dead:add(newDNSName(line)) end
here = newNMG()
here:addMask("127.0.0.1/32")
addAction(AndRule({{SuffixMatchNodeRule(dead), NetmaskGroupRule(here, false)}}), DropAction())
{delay}
"""


@dataclass(slots=True, kw_only=True)
class Dnsdist:
    """A running proxy."""

    port: int
    daemon: Daemon
    address: str = "127.0.0.1"

    def start(self) -> None:
        """Start (again)."""
        self.daemon.start()
        wait_until(self._answers, what=f"dnsdist on port {self.port} answers", within=20)

    def stop(self) -> None:
        """Stop the proxy."""
        self.daemon.stop()

    def _answers(self) -> bool:
        self.daemon.check_alive()
        try:
            dns.query.udp(
                dns.message.make_query("up.invalid", "SOA"), self.address, timeout=1, port=self.port
            )
        except (dns.exception.DNSException, OSError):
            return False
        return True


@contextmanager
def dnsdist_server(
    backend: tuple[str, int],
    *,
    delay_ms: int = 0,
    dead: Collection[str] = (),
    everywhere: bool = False,
) -> Iterator[Dnsdist]:
    """Run a proxy before `backend`: each answer `delay_ms` late, none for names at or below a `dead` domain.

    With `everywhere` it answers on all of 127.0.0.0/8, to this machine only; elsewhere than on 127.0.0.1 it knows
    nothing of dead domains.
    """
    with tempfile.TemporaryDirectory(prefix="signet-dnsdist-") as name:
        folder, port = Path(name), free_port()
        (folder / "dead").write_text("".join(f"{domain}\n" for domain in dead))
        (folder / "dnsdist.conf").write_text(
            CONFIGURATION.format(
                port=port,
                local="0.0.0.0" if everywhere else "127.0.0.1",
                backend=f"{backend[0]}:{backend[1]}",
                dead=folder / "dead",
                delay=f"addAction(AllRule(), DelayAction({delay_ms}))" if delay_ms else "",
            )
        )
        command = [program("dnsdist", "dnsdist"), "--supervised", "--disable-syslog"]
        daemon = Daemon(command=[*command, "-C", str(folder / "dnsdist.conf")], log=folder / "log")
        server = Dnsdist(port=port, daemon=daemon)
        try:
            server.start()
            yield server
        finally:
            server.stop()
