"""A small Internet on loopback for `signet check`: a resolver, and the name servers of domains, each saying its own.

All name servers listen on one port, as they do outside. Law: what a server of a zone says is written by the test.
"""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.challenge import dkim_challenge
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port

HERE: Final = "127.0.0.1"  # the resolver, and the registry
FIRST, SECOND = "127.0.0.2", "127.0.0.3"
NOBODY: Final = "127.0.0.4"
SILENT, LOST = "ns.wedos.net", "ns.lost.wedos.cz"
TWIN: Final = "ns.wedos.com"
SERVERS: Final = {"ns.wedos.cz": FIRST, "ns.wedos.eu": SECOND, SILENT: NOBODY, TWIN: FIRST}
TARGETS: Final = "dkim.signet.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The servers: `resolver` answers for everything, `first` and `second` as name servers; a third one is silent."""

    resolver: Knot
    first: Knot
    second: Knot
    port: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """What tells the command to look here."""
        return ("--resolver", f"{HERE}:{self.port}", "--authority-port", str(self.port))

    def serve(
        self, domain: str, first: str, second: str, *, cached: str | None = None, also: Sequence[str] = ()
    ) -> None:
        """Let the two servers of a domain say these records, and the resolver what it has `cached`.

        Beside the two, those in `also` are listed: SILENT says nothing, LOST has no address, and TWIN is the first by
        another name.
        """
        servers = "\n".join(f"@ NS {name}." for name in ("ns.wedos.cz", "ns.wedos.eu", *also))
        self.resolver.serve(domain, f"{servers}\n{second if cached is None else cached}")
        self.first.serve(domain, f"{servers}\n{first}")
        self.second.serve(domain, f"{servers}\n{second}")


@contextmanager
def check_ground() -> Iterator[Ground]:
    """Run the servers; domains come by `serve`."""
    port = free_port(HERE)
    zones = {name.partition(".")[2]: f"ns A {address}\n@ NS ns" for name, address in SERVERS.items()}
    with ExitStack() as stack:
        resolver, first, second = (
            stack.enter_context(
                knot_server(zones if address == HERE else None, addresses=[address], port=port)
            )
            for address in (HERE, FIRST, SECOND)
        )
        silent = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        silent.bind((NOBODY, port))  # takes what comes, and says nothing
        yield Ground(resolver=resolver, first=first, second=second, port=port)


def lines(domain: str, *which: int, target: str = "") -> str:
    """Zone file lines of the first record, of the second, or of both; with another `target` where one is given."""
    records = dkim_challenge(domain, ("a", "b"), TARGETS).records
    return "\n".join(f"{records[one].name}. CNAME {target or records[one].value}." for one in which)


def listed(folder: Path, domain: str) -> str:
    """A file with the two records of a domain, names as people write them."""
    entries: list[Mapping[str, str]] = [
        {"type": "cname", "name": f"{record.name.upper()}.", "value": f"{record.value}."}
        for record in dkim_challenge(domain, ("a", "b"), TARGETS).records
    ]
    file = folder / "records.json"
    file.write_text(json.dumps(entries))
    return str(file)
