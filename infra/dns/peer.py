"""Whom a query goes to: a configured resolver, or an address of one of a zone's own servers."""

from typing import NamedTuple

from domain.observation import Answer, Seen
from infra.dns.resolver import DNS_PORT, Resolver


class Peer(NamedTuple):
    """An address and a port. `server` is the name of the name server; a resolver has none."""

    address: str
    port: int
    server: str = ""

    @classmethod
    def of(cls, resolver: Resolver) -> "Peer":
        """A configured resolver."""
        return cls(resolver.address, resolver.port)

    @property
    def place(self) -> tuple[str, int]:
        """What makes two peers the same machine, as far as we can tell."""
        return (self.address, self.port)

    @property
    def silence(self) -> Answer:
        """What there is to say when it does not answer."""
        return Answer(Seen.TIMEOUT, address=str(self), server=self.server)

    def __str__(self) -> str:
        """As it is shown; the port only where it is not 53."""
        return self.address if self.port == DNS_PORT else str(Resolver(self.address, self.port))
