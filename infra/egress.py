"""The egress guard: whom we may connect or send to. The public Internet, and what the operator opened.

Law: an address that carries another one inside is refused as it stands, never taken apart and looked at again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import Final

from infra.lists.special_addresses import SPECIAL, Block

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA gives out of (RFC 3587)
IPV4_MAPPED: Final = IPv6Network("::ffff:0:0/96")  # the kernel dials the IPv4 address inside
REMEMBERED: Final = 16_384  # addresses; strangers choose them, so there is an end

_WRITTEN: Final = re.compile(r"[0-9a-fA-F:.]+(?:/[0-9]{1,3})?")


class NoNetwork(ValueError):  # noqa: N818 - it names what is wrong, in one clause for the operator
    """A text that names no network that could be opened."""


def parse_network(text: str) -> Network:
    """Read `10.0.0.0/8` or `fd00::/8`; an address alone is the network of just that one. Raise NoNetwork."""
    try:
        found = ip_interface(text if _WRITTEN.fullmatch(text) else "")
    except ValueError:
        raise NoNetwork(f"{text!r} is not a network, such as 10.0.0.0/8 or fd00::/8") from None
    if found.ip != found.network.network_address:
        raise NoNetwork(f"{text!r} is one address of a network, which is written {found.network}")
    if isinstance(found.network, IPv6Network) and found.network.subnet_of(IPV4_MAPPED):
        raise NoNetwork(f"{text!r} has IPv4 addresses inside: name their IPv4 network")
    return found.network


@dataclass(frozen=True, slots=True)
class Egress:
    """Whom we may connect or send to. `allowed` opens exactly what it names, an IPv4-mapped address never."""

    allowed: tuple[Network, ...] = ()

    def permits(self, address: str) -> bool:
        """Whether we may reach this address, which is to be used exactly as it was given here."""
        return self.refusal(address) is None

    def refusal(self, address: str) -> str | None:
        """Why we may not reach it, in a few words for a log; None where we may."""
        found, reason = _weighed(address)
        if reason is None or found is None:
            return reason
        return None if any(found in network for network in self.allowed) else reason


@lru_cache(maxsize=REMEMBERED)
def _weighed(address: str) -> tuple[Address | None, str | None]:
    """What stands against an address; the address itself only where an operator can open it."""
    if "%" in address:
        return None, "has a scope (RFC 4007)"
    try:
        found = ip_address(address)
    except ValueError:
        return None, "not the literal of an address"
    return None if found in IPV4_MAPPED else found, _special(found)


def _special(address: Address) -> str | None:
    """What an address is for, if not for servers of the public Internet; the smallest block speaks."""
    number, width = int(address), address.max_prefixlen
    for length, purposes in _PURPOSES[width]:
        purpose = purposes.get(number >> (width - length))
        if purpose:
            return purpose
    return "outside of global unicast (RFC 3587)" if _is_elsewhere(address) else None


def _is_elsewhere(address: Address) -> bool:
    return isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST


def _by_length(blocks: Iterable[Block], width: int) -> tuple[tuple[int, Mapping[int, str]], ...]:
    """The purposes of one family by the leading bits of an address, the longest prefixes first."""
    table: dict[int, dict[int, str]] = {}
    for block in blocks:
        network = ip_network(block.network)
        if network.max_prefixlen == width:
            leading = int(network.network_address) >> (width - network.prefixlen)
            table.setdefault(network.prefixlen, {})[leading] = f"{block.purpose} ({block.source})"
    return tuple(sorted(table.items(), reverse=True))


_PURPOSES: Final = {width: _by_length(SPECIAL, width) for width in (32, 128)}
