"""Which resolvers are asked: those configured, or those of the system."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

DNS_PORT: Final = 53
HIGHEST_PORT: Final = 65_535

# An IPv6 address before a port stands in brackets (RFC 3986, section 3.2.2).
_WRITTEN: Final = re.compile(
    r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<bare>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?|(?P<open>[0-9a-fA-F:.]+)"
)


class NoResolver(ValueError):  # noqa: N818 - it names what is wrong
    """A text that names no resolver, or a system that names none."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """A resolver by its address, never by a name."""

    address: str
    port: int = DNS_PORT

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`."""
        shape = _WRITTEN.fullmatch(text.strip())
        try:
            address = ipaddress.ip_address(shape["six"] or shape["bare"] or shape["open"] if shape else "")
        except ValueError:
            raise NoResolver(
                f"{text} is not the address of a resolver, such as 192.0.2.1 or 192.0.2.1:5353."
            ) from None
        number = int((shape and shape["port"]) or DNS_PORT)
        if not 0 < number <= HIGHEST_PORT:
            raise NoResolver(f"{text} has a port that cannot be; ports are 1 to {HIGHEST_PORT}.")
        return cls(str(address), number)

    def __str__(self) -> str:
        """As it is shown; the port only where it is not 53."""
        if self.port == DNS_PORT:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def system_resolvers(file: Path = Path("/etc/resolv.conf")) -> Sequence[Resolver]:
    """The name servers of resolv.conf(5); raise NoResolver where it names none."""
    lines = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
    words = [line.split() for line in lines]
    found = [
        Resolver.parse(line[1].partition("%")[0])
        for line in words
        if line[:1] == ["nameserver"] and len(line) > 1
    ]
    if not found:
        raise NoResolver(f"{file} names no resolver. Set SIGNET_RESOLVERS, for example to 192.0.2.1.")
    return found
