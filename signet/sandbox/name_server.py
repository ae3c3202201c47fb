"""The sandbox's DNS: a server on loopback that answers for every domain with what was published here.

Law: any domain exists, and holds nothing until somebody publishes it. Domains with dead name servers get no answer.
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

HOST: Final = "127.0.0.1"
TTL: Final = 60


class Zones:
    """What is published: the target of the CNAME at each name, and the domains whose servers are dead."""

    def __init__(self, dead: Collection[str] = ()) -> None:
        self._targets: Mapping[str, str] = {}
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
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        if any(name == dead or name.endswith(f".{dead}") for dead in self._dead):
            return None
        return self._response(query, name).to_wire()

    def _response(self, query: dns.message.Message, name: str) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        target = self._targets.get(name)
        if target is not None:
            records = dns.rrset.from_text(
                query.question[0].name, TTL, "IN", dns.rdatatype.CNAME, f"{target}."
            )
            response.answer.append(records)
        elif not self._exists(name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    def _exists(self, name: str) -> bool:
        """Whether a name without a record stands in the tree; names with an underscore are made by publishing."""
        below = f".{name}"
        return not any(label.startswith("_") for label in name.split(".")) or any(
            published.endswith(below) for published in self._targets
        )


class NameServer:
    """Answers over UDP from a thread of its own, on a port that was free."""

    def __init__(self, zones: Zones) -> None:
        self._server = socketserver.UDPServer((HOST, 0), _answering(zones))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="sandbox dns", daemon=True
        )

    @property
    def address(self) -> str:
        """What SIGNET_RESOLVERS takes."""
        return f"{HOST}:{self._server.server_address[1]}"

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
