"""Whom a query goes to: a configured resolver, or an address of one of a zone's own servers."""

from typing import NamedTuple

from domain.observation import Answer, Seen
from infra.dns.resolver import DNS_PORT, Resolver
from infra.dns.sockets import Address


class Peer(NamedTuple):
    """An address and port, and how that is shown; the port only where it is not 53.

    `place` is what makes two peers the same machine, as far as we can tell. `server` is the name of the name
    server; a resolver has none. A tuple, made once for many questions: it is looked into at every step.
    """

    place: Address
    shown: str
    server: str = ""

    @classmethod
    def of(cls, resolver: Resolver) -> "Peer":
        """A configured resolver."""
        return cls((resolver.address, resolver.port), str(resolver))

    @classmethod
    def at(cls, address: str, port: int = DNS_PORT, server: str = "") -> "Peer":
        """A name server at an address."""
        return cls((address, port), str(Resolver(address, port)), server)

    @property
    def silence(self) -> Answer:
        """What there is to say when it does not answer."""
        return Answer(Seen.TIMEOUT, address=self.shown, server=self.server)
