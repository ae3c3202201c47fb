"""Whom a case can name as the server of a zone; README.md tells it to strangers."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.servers.software import Software


class Host(NamedTuple):
    """A server of the lab. `software`: what runs there; None for one that lies, is silent, or is nobody.

    `keeps_zones`: it serves the files of the case; `only_tcp`: it says nothing over UDP.
    """

    address: str
    software: Software | None = None
    keeps_zones: bool = True
    only_tcp: bool = False


PARENT: Final = "parent"
HOSTS: Final[Mapping[str, Host]] = {
    "knot": Host("127.0.53.11", Software.KNOT),
    "knot-too": Host("127.0.53.12", Software.KNOT),
    # BIND listens only where an interface has the very address, so it cannot be elsewhere in 127.0.0.0/8.
    "bind": Host("127.0.0.1", Software.BIND),
    "knot-over-tcp": Host("127.0.53.14", Software.KNOT, only_tcp=True),
    "lame": Host("127.0.53.15", Software.KNOT, keeps_zones=False),
    PARENT: Host("127.0.53.1", Software.KNOT, keeps_zones=False),
    "liar": Host("127.0.53.17"),
    "liar-too": Host("127.0.53.18"),
    "silent": Host("127.0.53.16", keeps_zones=False),
    "private": Host("10.53.0.1", keeps_zones=False),
    "nowhere": Host("", keeps_zones=False),
}
REAL: Final = {name: host for name, host in HOSTS.items() if host.software}
PLAYED: Final = ("liar", "liar-too", "silent")
