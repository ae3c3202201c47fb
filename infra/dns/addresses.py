"""Where name servers are: their addresses, through the configured resolvers, and past the egress guard.

A server without an address, or with one that may not be asked, stays in the list without: the owner is told of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final, Protocol

import psutil

from domain.observation import CLEAR, Answer, NameServer, Question
from infra.dns.memory import Memory
from infra.dns.rank import WAITED_FOR
from infra.dns.recursion import Recursion

MOST_KEPT: Final = 50_000  # names of servers
MOST_SERVERS: Final = 13  # of a zone; the root and the largest registries have so many
MOST_ADDRESSES: Final = 4  # of one server and family

Located = Callable[[Iterable[NameServer]], None]


class Guard(Protocol):
    """Whom we may send to."""

    def permits(self, address: str) -> bool:
        """Whether this address may be asked."""


class Addresses:
    """The addresses of name servers."""

    def __init__(self, recursion: Recursion, guard: Guard, *, six: bool | None = None) -> None:
        """`six`: whether IPv6 leads out of this machine; found out where it is not said."""
        self._recursion = recursion
        self._guard = guard
        self._six = reaches_ipv6() if six is None else six
        self._known: Memory[str, tuple[str, ...]] = Memory(MOST_KEPT)

    def of_all(self, names: Sequence[str], glue: Mapping[str, Sequence[str]], located: Located) -> None:
        """Find the addresses of some servers; those in `glue` are known already."""
        chosen = tuple(dict.fromkeys(names))[:MOST_SERVERS]
        found: dict[str, Sequence[str]] = {}

        def one_found(name: str, addresses: Sequence[str]) -> None:
            found[name] = addresses
            if len(found) == len(chosen):
                located(server for name in chosen for server in self._servers(name, found[name]))

        for name in chosen:
            self._of(name, glue.get(name), one_found)

    def _servers(self, name: str, addresses: Sequence[str]) -> Iterable[NameServer]:
        usable = [address for address in addresses if self._may_be_asked(address)]
        return [NameServer(name, address) for address in usable] or [NameServer(name, "")]

    def _may_be_asked(self, address: str) -> bool:
        """IPv6 where it leads out, or where the way is only to this machine."""
        if not self._guard.permits(address):
            return False
        return ":" not in address or self._six or ip_address(address).is_loopback

    def _of(self, name: str, glue: Sequence[str] | None, found: Callable[[str, Sequence[str]], None]) -> None:
        known = glue or self._known.recall(name)
        if known is not None:
            found(name, known)
            return
        said: list[Answer] = []

        def answered(answers: tuple[Answer, ...]) -> None:
            said.append(answers[-1])
            if len(said) < len(FAMILIES):
                return
            addresses = tuple(value for answer in said for value in answer.values[:MOST_ADDRESSES])
            if all(answer.seen in CLEAR for answer in said):
                self._known.learn(
                    name, addresses, min(answer.ttl for answer in said if answer.values or not addresses)
                )
            found(name, addresses)

        for type_ in FAMILIES:
            self._recursion.ask(Question(name, type_), answered, rank=WAITED_FOR)


FAMILIES: Final = ("A", "AAAA")


def reaches_ipv6() -> bool:
    """Whether this machine has an IPv6 address that the Internet could answer to."""
    return any(
        address.family.name == "AF_INET6" and address.address[:1] in {"2", "3"}
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
    )
