"""The guard of the test run: this process reaches this machine only, and every other attempt is remembered.

It stands at Python's audit hooks, so that no library goes past it.
"""

import socket
from ipaddress import ip_address
from typing import Final

HERE: Final = frozenset({"", "localhost", "localhost.", "ip6-localhost", socket.gethostname()})
REACHING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
attempts: list[str] = []


class LeavesThisMachine(AssertionError):  # noqa: N818 - it names what was about to happen
    """A test was about to reach another machine."""


def refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse sockets to other machines; names are not looked up outside either: they do not exist in tests."""
    if event in REACHING:
        _refuse_address(arguments[1])
    elif event == "socket.getaddrinfo" and not is_here(arguments[0]):
        raise socket.gaierror(socket.EAI_NONAME, f"no name is looked up outside in tests: {arguments[0]!r}")


def is_here(host: object) -> bool:
    """Whether a host name or address is one of this machine's own (or an address, which needs no looking up)."""
    text = host.decode() if isinstance(host, bytes) else host
    if text is None or text in HERE or str(text).endswith(".localhost"):
        return True
    try:
        ip_address(str(text).partition("%")[0])
    except ValueError:
        return False
    return True


def _refuse_address(address: object) -> None:
    if not isinstance(address, tuple) or _is_loopback(str(address[0])):
        return  # a path is a socket of this machine
    attempts.append(f"{address[0]}:{address[1]}")
    message = f"a test was about to reach {address[0]}:{address[1]}"
    raise LeavesThisMachine(message)


def _is_loopback(host: str) -> bool:
    if host in HERE:
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
