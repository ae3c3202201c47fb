"""The sandbox's DNS: a server on loopback that answers for every domain with what was published here.

It is resolver and authority at once. Law: any domain exists, and holds nothing until somebody publishes it.
"""

import socketserver
import threading
from collections.abc import Collection, Mapping
from typing import Final, Self

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from signet.sandbox.dkim_zone import ZONE, DkimZone
from signet.sandbox.own_servers import HIDDEN_ADDRESS, HIDDEN_HOST, MAIL_HOST

HOST: Final = "127.0.0.1"
NOBODY: Final = "127.0.0.254"  # on this machine, and nobody answers there
TTL: Final = 60
SERVER: Final = "ns.signet.test"
DEAD_SERVER: Final = "ns.dead.signet.test"


class Zones:
    """What is published: the target of the CNAME at each name, and the domains whose servers are dead.

    Every domain is a zone of its own; the one server of those that are not dead is this one.
    """

    def __init__(
        self, domains: Collection[str] = (), dead: Collection[str] = (), dkim: DkimZone | None = None
    ) -> None:
        """`domains` are zones; elsewhere the last two labels of a name are one. `dkim` is a zone that Signet writes."""
        self._dkim = dkim
        self._targets: Mapping[str, str] = {}
        self._domains = frozenset(domains)
        self._dead = frozenset(dead)

    def publish(self, records: Mapping[str, str]) -> None:
        """Add CNAMEs, or point them elsewhere, at once."""
        self._targets = {**self._targets, **records}

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to one query; None where none is given."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        return self._response(query, query.question[0].name.to_text().lower().rstrip(".")).to_wire()

    def _response(self, query: dns.message.Message, name: str) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= dns.flags.AA
        if self._dkim is not None and f".{name}".endswith(f".{ZONE}"):
            return self._from_dkim(response, name, self._dkim)
        record = self._record(name, query.question[0].rdtype)
        if record is not None:
            response.answer.append(_rrset(name, *record))
            return response
        zone = self._zone(name)
        numbers = f"{SERVER}. hostmaster.signet.test. 1 3600 600 86400 {TTL}"
        response.authority.append(_rrset(zone, dns.rdatatype.SOA, numbers))
        if not self._exists(name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    def _from_dkim(self, response: dns.message.Message, name: str, zone: DkimZone) -> dns.message.Message:
        """What the DKIM zone has; its SOA where it has nothing."""
        wanted = response.question[0].rdtype
        found = [
            dns.rrset.from_text(f"{name}.", ttl, "IN", wanted, text)
            for ttl, text in zone.records(name, wanted)
        ]
        response.answer.extend(found)
        if not found:
            [(ttl, soa)] = zone.records(ZONE, dns.rdatatype.SOA)
            response.authority.append(dns.rrset.from_text(f"{ZONE}.", ttl, "IN", dns.rdatatype.SOA, soa))
        return response

    def _record(
        self, name: str, wanted: dns.rdatatype.RdataType
    ) -> tuple[dns.rdatatype.RdataType, str] | None:
        """What stands at a name, of the type that is wanted; a CNAME stands for all types."""
        if name in self._targets:
            return dns.rdatatype.CNAME, f"{self._targets[name]}."
        if wanted == dns.rdatatype.NS and name == self._zone(name):
            return wanted, f"{DEAD_SERVER if name in self._dead else SERVER}."
        addresses = {SERVER: HOST, DEAD_SERVER: NOBODY, MAIL_HOST: HOST, HIDDEN_HOST: HIDDEN_ADDRESS}
        return (wanted, addresses[name]) if wanted == dns.rdatatype.A and name in addresses else None

    def _zone(self, name: str) -> str:
        labels = name.split(".")
        tails = (".".join(labels[first:]) for first in range(len(labels)))
        return next((tail for tail in tails if tail in self._domains), ".".join(labels[-2:]))

    def _exists(self, name: str) -> bool:
        """Whether a name without a record stands in the tree; names with an underscore are made by publishing."""
        below = f".{name}"
        return not any(label.startswith("_") for label in name.split(".")) or any(
            published.endswith(below) for published in self._targets
        )


def _rrset(name: str, type_: dns.rdatatype.RdataType, text: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(f"{name}.", TTL, "IN", type_, text)


class NameServer:
    """Answers over UDP from a thread of its own, on a port that was free."""

    def __init__(self, zones: Zones) -> None:
        self._server = socketserver.UDPServer((HOST, 0), _answering(zones))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="sandbox dns", daemon=True
        )

    @property
    def port(self) -> int:
        """What SIGNET_AUTHORITY_PORT takes."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """What SIGNET_RESOLVERS takes."""
        return f"{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _answering(zones: Zones) -> type[socketserver.BaseRequestHandler]:
    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            """Answer one datagram, or stay silent."""
            query, speaker = self.request
            answer = zones.answer(query)
            if answer is not None:
                speaker.sendto(answer, self.client_address)

    return Answering
