"""One question over TCP: whatever the other side does is a value, and comes in time."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence

import dns.flags
import dns.message
import pytest

from domain.observation import Answer, Question, Seen
from infra.dns import tcp
from infra.dns.peer import Peer
from infra.dns.queries import RESOLVER, Role
from infra.dns.resolver import Resolver
from tests.infra.dns.liar import TRUNCATED, framed, liar, reply
from tests.servers.ports import free_port

ASKED = Question("x._domainkey.example.org", "CNAME")
GOOD = "x._domainkey.example.org. 60 CNAME x.dkim.example."
AA = int(dns.flags.AA)
PATIENT, IMPATIENT = 20.0, 0.3  # seconds

Say = Callable[[socket.socket, dns.message.Message], None]


def asked(server: Resolver, role: Role = RESOLVER, *, seconds: float = PATIENT, at_once: int = 1) -> Answer:
    """What comes of asking."""

    async def ask() -> Answer:
        return await tcp.ask(Peer.of(server), ASKED, seconds, asyncio.Semaphore(at_once), role)

    return asyncio.run(ask())


def said(answer: Say, role: Role = RESOLVER, seconds: float = PATIENT) -> Answer:
    """What is heard of a server that answers so."""
    with liar(lambda _: [], answer) as server:
        heard = asked(server.resolver, role, seconds=seconds)
        assert heard.address == str(server.resolver)
        return heard


def sending(make: Callable[[dns.message.Message], Sequence[bytes]]) -> Say:
    """A server that sends these octets, and then waits until the other side has had enough."""

    def send(connection: socket.socket, query: dns.message.Message) -> None:
        for octets in make(query):
            connection.sendall(octets)
        connection.recv(1)

    return send


def test_a_long_reply_comes_whole() -> None:
    """Longer than any datagram that passes, in pieces."""
    more = [f"n{number}.example. 60 CNAME t.example." for number in range(100)]

    def in_pieces(query: dns.message.Message) -> Sequence[bytes]:
        octets = framed(reply(query, GOOD, *more))
        return [octets[:1], octets[1:100], octets[100:]]

    answer = said(sending(in_pieces))

    assert (answer.seen, answer.values, answer.ttl) == (Seen.RECORDS, ("x.dkim.example",), 60)


@pytest.mark.parametrize(
    ("role", "flags"),
    [
        (RESOLVER, dns.flags.RD),
        (Role(checking_disabled=True), dns.flags.RD | dns.flags.CD),
        (Role(zone="example.org"), dns.flags.Flag(0)),
    ],
)
def test_a_server_is_asked_in_its_role(role: Role, flags: dns.flags.Flag) -> None:
    """A resolver is to find out, with or without checking; a zone's server is not."""
    heard: list[dns.message.Message] = []

    def listening(query: dns.message.Message) -> Sequence[bytes]:
        heard.append(query)
        return [framed(reply(query, GOOD, flags=AA))]

    assert said(sending(listening), role).seen is Seen.RECORDS
    assert [(query.flags, query.payload) for query in heard] == [(flags, 1232)]


@pytest.mark.parametrize(("flags", "seen"), [(AA, Seen.RECORDS), (0, Seen.LAME)])
def test_what_a_zones_server_says_counts_only_as_its_authority(flags: int, seen: Seen) -> None:
    """Over TCP as in datagrams."""
    answer = said(sending(lambda query: [framed(reply(query, GOOD, flags=flags))]), Role(zone="example.org"))

    assert answer.seen is seen


def test_only_the_first_message_counts() -> None:
    """One question, one answer: what comes behind it is not waited for and not read."""

    def twice(query: dns.message.Message) -> Sequence[bytes]:
        return [framed(reply(query, GOOD)) + framed(reply(query, rcode=3)) + b"\0"]

    began = time.monotonic()

    assert said(sending(twice)).values == ("x.dkim.example",)
    assert time.monotonic() - began < PATIENT


def _foreign(query: dns.message.Message) -> bytes:
    return reply(dns.message.make_query("other.example", "CNAME", id=query.id), GOOD)


@pytest.mark.parametrize(
    "make",
    [
        lambda query: reply(query, GOOD, flags=TRUNCATED),
        lambda query: bytes((reply(query)[0] ^ 1,)) + reply(query, GOOD)[1:],
        _foreign,
        lambda query: reply(query)[:-1],
        lambda query: reply(query) + b"\0",
        lambda query: query.to_wire(),
        lambda query: query.to_wire()[:12],
        lambda query: bytes(65_535),
        lambda query: b"\0",
        lambda query: b"",
    ],
    ids=["truncated", "id", "question", "cut", "longer", "echo", "header", "zeros", "short", "empty"],
)
def test_what_cannot_be_the_answer_is_malformed(make: Callable[[dns.message.Message], bytes]) -> None:
    """It is that server's, on a connection of our own; asking it again would help nobody."""
    answer = said(sending(lambda query: [framed(make(query))]))

    assert (answer.seen, answer.values) == (Seen.MALFORMED, ())


@pytest.mark.parametrize(
    "octets",
    [lambda whole: whole[:1], lambda whole: whole[:30], lambda whole: b"\xff\xff" + whole[2:], lambda _: b""],
    ids=["half a length", "half a message", "a length that never comes", "nothing"],
)
@pytest.mark.parametrize("closes", [True, False])
def test_what_never_comes_to_an_end_is_given_up(octets: Callable[[bytes], bytes], *, closes: bool) -> None:
    """Closed or left hanging: nothing was said."""

    def badly(connection: socket.socket, query: dns.message.Message) -> None:
        connection.sendall(octets(framed(reply(query, GOOD))))
        if not closes:
            connection.recv(1)

    began = time.monotonic()

    assert said(badly, seconds=IMPATIENT).seen is Seen.TIMEOUT
    assert time.monotonic() - began < PATIENT


def test_nobody_there_is_a_time_out() -> None:
    """Whether the connection is refused or not: nothing was said."""
    assert asked(Resolver("127.0.0.1", free_port("127.0.0.1"))).seen is Seen.TIMEOUT


def test_the_wait_for_room_is_counted_in() -> None:
    """Where too many connections are open, patience ends all the same."""
    nobody = Resolver("127.0.0.1", free_port("127.0.0.1"))

    assert asked(nobody, seconds=IMPATIENT, at_once=0).seen is Seen.TIMEOUT
