"""Where a mail server is: its addresses by one look-up, each past the egress guard, or a value that says why none.

Law: a name is looked up once for a dialogue; what was checked here is what is dialled.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from domain.dialogue import Dialogue, Ending, Stage
from domain.mail_server import Host
from infra.dns.resolver import NoResolver, Resolver
from infra.smtp.deadline import Deadline

FAMILIES: Final = ("A", "AAAA")
MOST_DIALLED: Final = 8  # addresses of a host; all of them are checked
WAIT_FOR_ONE: Final = 3.0  # seconds, before the next resolver is asked

Resolvers = Callable[[], Sequence[Resolver]]


class Guard(Protocol):
    """Whom we may connect to."""

    def permits(self, address: str) -> bool:
        """Whether we may reach this address."""


def find(host: Host, resolvers: Resolvers, guard: Guard, deadline: Deadline) -> Sequence[str] | Dialogue:
    """The literals to dial, all checked; or how it ended. One address that is blocked blocks the host."""
    found = (host.name,) if host.is_address else _look_up(host.name, resolvers, deadline)
    if isinstance(found, Ending):
        return Dialogue(stage=Stage.RESOLVE, ending=found)
    if not all(map(guard.permits, found)):
        return Dialogue(stage=Stage.GUARD, ending=Ending.BLOCKED_ADDRESS)
    return found[:MOST_DIALLED]


def _look_up(name: str, resolvers: Resolvers, deadline: Deadline) -> tuple[str, ...] | Ending:
    found: list[str] = []
    unseen = False
    for family in FAMILIES:
        try:
            found += _ask(name, family, resolvers, deadline)
        except dns.resolver.NXDOMAIN:
            if not found:  # servers there are that deny a name only because it has no IPv6 address
                return Ending.NO_NAME
        except (dns.exception.DNSException, OSError, NoResolver):
            unseen = True
    if found:
        return tuple(dict.fromkeys(found))
    return Ending.UNSEEN if unseen else Ending.NO_ADDRESS


def _ask(name: str, family: str, resolvers: Resolvers, deadline: Deadline) -> list[str]:
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers = [dns.nameserver.Do53Nameserver(one.address, one.port) for one in resolvers()]
    asking.timeout = WAIT_FOR_ONE
    answer = asking.resolve(
        dns.name.from_text(name), family, raise_on_no_answer=False, lifetime=deadline.left, search=False
    )
    return [] if answer.rrset is None else [record.address for record in answer.rrset]
