"""A DNS server that says what real servers will not: a function answers each datagram, another each connection."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

from infra.dns.resolver import Resolver
from tests.servers.ports import free_port

Say = Callable[[dns.message.Message], Sequence[bytes]]
OverTcp = Callable[[socket.socket, dns.message.Message], None]


@dataclass(slots=True)
class Liar:
    """A running liar, and the questions it heard."""

    resolver: Resolver
    heard: list[str] = field(default_factory=list)
    connections: int = 0


def reply(query: dns.message.Message, *records: str, rcode: int = 0, flags: int = 0) -> bytes:
    """A truthful frame around any records (`name ttl type data`), each a set of its own."""
    message = dns.message.make_response(query)
    message.set_rcode(dns.rcode.Rcode(rcode))
    message.flags |= flags
    for line in records:
        name, ttl, type_, data = line.split(" ", 3)
        message.answer.append(dns.rrset.from_text(name, int(ttl), "IN", type_, data))
    return message.to_wire(max_size=65535)


@contextmanager
def liar(
    say: Say,
    over_tcp: OverTcp | None = None,
    address: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[Liar]:
    """Run a liar on a port, or any free one; datagrams and connections on the same."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    port = port or free_port()  # one that is free for datagrams too
    tcp = socket.create_server((address, port), family=family)
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, port))
    running = Liar(Resolver(address, port))
    stop = threading.Event()
    threads = [
        threading.Thread(target=_datagrams, args=(udp, say, running, stop)),
        threading.Thread(target=_connections, args=(tcp, over_tcp, running, stop)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield running
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        udp.close()
        tcp.close()


def _datagrams(udp: socket.socket, say: Say, running: Liar, stop: threading.Event) -> None:
    udp.settimeout(0.05)
    while not stop.is_set():
        with suppress(TimeoutError):
            octets, source = udp.recvfrom(65535)
            query = dns.message.from_wire(octets)
            question = query.question[0]
            running.heard.append(f"{question.name.to_text(omit_final_dot=True)} {question.rdtype.name}")
            for datagram in say(query):
                udp.sendto(datagram, source)


def _connections(
    tcp: socket.socket,
    answer: OverTcp | None,
    running: Liar,
    stop: threading.Event,
) -> None:
    """Take connections, each in a thread of its own: one that is kept waiting keeps no other waiting."""
    tcp.settimeout(0.05)
    talks: list[threading.Thread] = []
    while not stop.is_set():
        with suppress(TimeoutError):
            connection, _ = tcp.accept()
            running.connections += 1
            talks.append(threading.Thread(target=_talk, args=(connection, answer)))
            talks[-1].start()
    for talk in talks:
        talk.join()


def _talk(connection: socket.socket, answer: OverTcp | None) -> None:
    with connection, suppress(OSError, struct.error):
        connection.settimeout(5)
        (length,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
        query = dns.message.from_wire(connection.recv(length, socket.MSG_WAITALL))
        if answer:
            answer(connection, query)


def framed(octets: bytes) -> bytes:
    """A message as it goes over TCP (RFC 1035, section 4.2.2)."""
    return struct.pack("!H", len(octets)) + octets


TRUNCATED = int(dns.flags.TC)
