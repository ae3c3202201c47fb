"""A handful of UDP sockets that all look-ups share, each on a port of its own that nobody can foresee.

Law: a datagram is believed only where id, source address and question are those of a query in flight.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

PER_FAMILY: Final = 8  # 256 is a multiple of it: `Keys` draws evenly
BUFFER: Final = 8 * 1024 * 1024  # octets; the kernel gives what it allows
LONGEST_DATAGRAM: Final = 65_535
AT_ONCE: Final = 256  # datagrams read before others have their turn

Address = tuple[str, int]
Key = tuple[bool, int, int]  # IPv6?, socket, id
Receive = Callable[[int, bytes, Address], None]
ReceiveOfEither = Callable[[bool, int, bytes, Address], None]


class Sockets:
    """The sockets of one family."""

    def __init__(
        self, family: socket.AddressFamily, loop: asyncio.AbstractEventLoop, receive: Receive
    ) -> None:
        """Give every datagram that comes to `receive`, with the number of its socket."""
        self._loop = loop
        self._receive = receive
        self._sockets = [_open(family) for _ in range(PER_FAMILY)]
        for number, open_ in enumerate(self._sockets):
            loop.add_reader(open_.fileno(), self._read, number, open_)

    def send(self, number: int, octets: bytes, to: Address) -> bool:
        """Send a datagram; False where the kernel has no room for it now."""
        try:
            self._sockets[number].sendto(octets, to)
        except BlockingIOError:
            return False
        except OSError:
            return True  # no route, or refused before: the query finds no answer, and says so by its time-out
        return True

    def ports(self) -> list[int]:
        """The ports that they send from."""
        return [open_.getsockname()[1] for open_ in self._sockets]

    def close(self) -> None:
        """Close all of them."""
        for open_ in self._sockets:
            self._loop.remove_reader(open_.fileno())
            open_.close()

    def _read(self, number: int, open_: socket.socket) -> None:
        with suppress(BlockingIOError, OSError):
            for _ in range(AT_ONCE):
                octets, source = open_.recvfrom(LONGEST_DATAGRAM)
                self._receive(number, octets, (source[0], source[1]))


class Families:
    """The sockets of both families; without IPv6 in the kernel, those of one."""

    def __init__(self, receive: ReceiveOfEither) -> None:
        """Give every datagram to `receive`, with its family and the number of its socket."""
        self._receive = receive
        self._sockets: dict[bool, Sockets] = {}

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open all."""
        self._add(socket.AF_INET, loop)
        with suppress(OSError):
            self._add(socket.AF_INET6, loop)

    def _add(self, family: socket.AddressFamily, loop: asyncio.AbstractEventLoop) -> None:
        six = family is socket.AF_INET6
        self._sockets[six] = Sockets(family, loop, partial(self._receive, six))

    def send(self, key: Key, octets: bytes, to: Address) -> bool:
        """Send a datagram from the socket of a key; False where the kernel has no room for it now."""
        sockets = self._sockets.get(key[0])
        return sockets is None or sockets.send(key[1], octets, to)

    def ports(self) -> list[int]:
        """The ports that they send from."""
        return [port for sockets in self._sockets.values() for port in sockets.ports()]

    def close(self) -> None:
        """Close all of them."""
        for sockets in self._sockets.values():
            sockets.close()


def _open(family: socket.AddressFamily) -> socket.socket:
    open_ = socket.socket(family, socket.SOCK_DGRAM)
    open_.settimeout(0)
    open_.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    open_.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    open_.bind(("", 0))
    return open_
