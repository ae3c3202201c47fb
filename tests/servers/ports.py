"""Free loopback ports. A port given out once is not given out again by the same process."""

import contextlib
import socket

_given: set[int] = set()


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port that is free for TCP and UDP on `address`."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((address, 0))
            port: int = tcp.getsockname()[1]
            if port not in _given and _is_free_for_udp(address, port):
                _given.add(port)
                return port


def is_listening(address: str, port: int) -> bool:
    """Whether somebody takes TCP connections there."""
    with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


def _is_free_for_udp(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.bind((address, port))
        except OSError:
            return False
    return True
