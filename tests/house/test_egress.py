"""The guard itself: no test reaches another machine."""

import socket

import pytest

from tests.egress import LeavesThisMachine, attempts


def test_a_connection_to_another_machine_is_refused_and_remembered() -> None:
    """192.0.2.1 is documentation's own (RFC 5737): nobody is there, and nobody is asked."""
    with socket.socket() as tcp, pytest.raises(LeavesThisMachine):
        tcp.connect(("192.0.2.1", 25))

    assert attempts == ["192.0.2.1:25"]
    attempts.clear()


def test_a_datagram_to_another_machine_is_refused() -> None:
    """DNS leaves by datagrams, which need no connection."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(LeavesThisMachine):
        udp.sendto(b"?", ("192.0.2.1", 53))

    attempts.clear()


def test_names_outside_do_not_exist() -> None:
    """Looking one up would send a question to the machine's resolver."""
    with pytest.raises(socket.gaierror, match="no name is looked up outside"):
        socket.getaddrinfo("example.com", 25)

    assert socket.getaddrinfo("localhost", 25)


def test_this_machine_is_reachable() -> None:
    """Loopback is where all test servers are."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())

    assert attempts == []
