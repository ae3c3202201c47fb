"""The engine against a real authority, and against a server that lies."""

import socket
import time
from collections.abc import Iterator, Sequence

import dns.message
import pytest

from domain.challenge import Challenge, ExpectedRecord, dkim_challenge
from domain.observation import Observation, Question, Seen
from infra.dns.engine import Engine
from infra.dns.resolver import Resolver
from tests.infra.dns.liar import TRUNCATED, framed, liar, reply
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port
from tests.servers.unbound import unbound_server
from tests.servers.waiting import wait_until

RECORD = ExpectedRecord(type="CNAME", name="x._domainkey.example.org", value="x.dkim.example", purpose="dkim")
ONE = Challenge((RECORD,))
ASKED = Question(RECORD.name, "CNAME")
GOOD = f"{RECORD.name}. 60 CNAME {RECORD.value}."
IMPATIENT = 1.0


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """An authority with one domain that has it all."""
    zone = "sg1-a._domainkey CNAME sg1-a.dkim.example.\nsg2-b._domainkey CNAME sg2-b.dkim.example."
    with knot_server({"good.example": zone, "bare.example": "note._domainkey TXT hello"}) as server:
        yield server


def look(
    *resolvers: Resolver, challenge: Challenge = ONE, probe: bool = False, patience: float = 5.0
) -> Observation:
    """One look through an engine of its own."""
    engine = Engine(resolvers, patience=patience)
    engine.start()
    try:
        return engine.observe(challenge, probe=probe)
    finally:
        engine.close()


def test_a_routine_look_asks_one_question_for_each_record(knot: Knot) -> None:
    """Two records, two queries, two answers."""
    engine = Engine([Resolver(knot.address, knot.port)])
    engine.start()
    challenge = dkim_challenge("good.example", ("a", "b"), "dkim.example")

    seen = engine.observe(challenge, probe=True)
    engine.close()

    assert [seen[Question(record.name, "CNAME")].values for record in challenge.records] == [
        ("sg1-a.dkim.example",),
        ("sg2-b.dkim.example",),
    ]
    assert engine.counters["queries"] == 2


def test_an_absent_name_and_an_absent_type_are_different_values(knot: Knot) -> None:
    """NXDOMAIN and an empty answer are told apart by a real server."""
    records = [
        ExpectedRecord(type="CNAME", name=name, value="t.example", purpose="dkim")
        for name in ("none._domainkey.bare.example", "note._domainkey.bare.example")
    ]

    seen = look(Resolver(knot.address, knot.port), challenge=Challenge(tuple(records)))

    assert [seen[Question(record.name, "CNAME")].seen for record in records] == [Seen.NXDOMAIN, Seen.NODATA]


def test_mistakes_are_sought_only_where_a_probe_is_wanted(knot: Knot) -> None:
    """After a clear missing: the TXT at the name, its addresses, the doubled name."""
    name = "note._domainkey.bare.example"
    challenge = Challenge((ExpectedRecord(type="CNAME", name=name, value="t.example", purpose="dkim"),))

    routine = look(Resolver(knot.address, knot.port), challenge=challenge)
    probed = look(Resolver(knot.address, knot.port), challenge=challenge, probe=True)

    assert list(routine) == [Question(name, "CNAME")]
    assert probed[Question(name, "TXT")].values == ("hello",)
    assert Question(f"{name}.bare.example", "CNAME") in probed


def test_a_zone_that_a_server_does_not_have_is_refused(knot: Knot) -> None:
    """REFUSED is its own value."""
    assert look(Resolver(knot.address, knot.port))[ASKED].seen is Seen.REFUSED


def test_silence_is_a_time_out_and_a_later_reply_still_counts() -> None:
    """A server that answers only the second try is heard."""
    calls: list[int] = []

    def second_time(query: dns.message.Message) -> Sequence[bytes]:
        calls.append(query.id)
        return [reply(query, GOOD)] if len(calls) > 1 else []

    with liar(lambda _: []) as silent, liar(second_time) as slow:
        assert look(silent.resolver, patience=IMPATIENT)[ASKED].seen is Seen.TIMEOUT
        assert look(slow.resolver, patience=IMPATIENT)[ASKED].values == (RECORD.value,)


def test_what_does_not_answer_our_question_is_ignored() -> None:
    """A wrong id, a wrong question and garbage come first; the true reply is still taken."""

    def noisy(query: dns.message.Message) -> Sequence[bytes]:
        true = reply(query, GOOD)
        wrong_id = bytes([true[0] ^ 0xFF, true[1] ^ 0xFF]) + true[2:]
        other = dns.message.make_query("other.example", "CNAME", id=query.id)
        return [wrong_id, reply(other, "other.example. 60 CNAME evil.example."), b"\0\1garbage", true]

    with liar(noisy) as server:
        engine = Engine([server.resolver])
        engine.start()
        seen = engine.observe(ONE, probe=False)
        engine.close()

    assert seen[ASKED].values == (RECORD.value,)
    assert engine.counters["foreign"] == 3


def test_a_reply_from_another_address_is_ignored() -> None:
    """Id and question may be guessed; the address that was asked must answer."""
    elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elsewhere.bind(("127.0.0.1", 0))
    ports: list[int] = []

    def spoofed(query: dns.message.Message) -> Sequence[bytes]:
        for port in ports:
            elsewhere.sendto(reply(query, f"{RECORD.name}. 60 CNAME evil.example."), ("127.0.0.1", port))
        return []

    with elsewhere, liar(spoofed) as server:
        engine = Engine([server.resolver], patience=IMPATIENT)
        engine.start()
        ports.extend(engine.ports())
        seen = engine.observe(ONE, probe=False)
        engine.close()

    assert seen[ASKED].seen is Seen.TIMEOUT
    assert engine.counters["foreign"] >= 1


def test_a_truncated_reply_is_fetched_over_tcp() -> None:
    """TC means: ask again over TCP (RFC 7766, section 5)."""

    def whole(connection: socket.socket, query: dns.message.Message) -> None:
        connection.sendall(framed(reply(query, GOOD)))

    with liar(lambda query: [reply(query, flags=TRUNCATED)], whole) as server:
        seen = look(server.resolver)

        assert server.connections == 1
    assert seen[ASKED].values == (RECORD.value,)


@pytest.mark.parametrize("answer", ["truncated", "drip", "closed"])
def test_over_tcp_too_a_bad_server_is_only_a_value(answer: str) -> None:
    """Truncated again, octet by octet for ever, or closed at once: we could not see."""

    def badly(connection: socket.socket, query: dns.message.Message) -> None:
        if answer == "truncated":
            connection.sendall(framed(reply(query, flags=TRUNCATED)))
        if answer == "drip":
            connection.sendall(framed(reply(query, GOOD))[:5])
            connection.recv(1)  # until the other side has had enough

    with liar(lambda query: [reply(query, flags=TRUNCATED)], badly) as server:
        seen = look(server.resolver, patience=IMPATIENT)

    assert seen[ASKED].seen in {Seen.MALFORMED, Seen.TIMEOUT}


def test_two_cnames_at_one_name_are_both_seen() -> None:
    """No standard allows it, but servers do it."""
    other = f"{RECORD.name}. 60 CNAME other.example."

    with liar(lambda query: [reply(query, GOOD, other)]) as server:
        assert look(server.resolver)[ASKED].values == (RECORD.value, "other.example")


def test_a_chain_is_followed_and_a_loop_ends() -> None:
    """One question per hop; where a chain returns to itself, it ends."""

    def chained(query: dns.message.Message) -> Sequence[bytes]:
        name = query.question[0].name.to_text(omit_final_dot=True)
        target = {RECORD.name: "a.example", "a.example": "b.example"}.get(name, RECORD.name)
        return [reply(query, f"{name}. 60 CNAME {target}.")]

    with liar(chained) as server:
        seen = look(server.resolver)

    assert {question.name for question in seen} == {RECORD.name, "a.example", "b.example"}


@pytest.mark.parametrize(("rcode", "seen"), [(2, Seen.SERVFAIL), (5, Seen.REFUSED)])
def test_after_an_error_the_next_resolver_is_asked(rcode: int, seen: Seen) -> None:
    """One broken resolver hides nothing; where all are broken, the more telling error is kept."""
    with (
        liar(lambda query: [reply(query, rcode=rcode)]) as broken,
        liar(lambda query: [reply(query, GOOD)]) as good,
    ):
        for _ in range(8):
            assert look(broken.resolver, good.resolver)[ASKED].values == (RECORD.value,)
        assert look(broken.resolver)[ASKED].seen is seen


def test_a_dead_resolver_becomes_known_and_is_passed_over() -> None:
    """After a few time-outs nobody waits for it any more."""
    with liar(lambda query: [reply(query, GOOD)]) as good:
        dead = Resolver("127.0.0.1", free_port("127.0.0.1"))
        engine = Engine([dead], patience=IMPATIENT)
        engine.start()
        for _ in range(3):
            assert engine.observe(ONE, probe=False)[ASKED].seen is Seen.TIMEOUT
        began = time.monotonic()
        assert engine.observe(ONE, probe=False)[ASKED].seen is Seen.TIMEOUT
        waited = time.monotonic() - began
        engine.close()

        assert engine.counters["silent"] == 1
        assert waited < IMPATIENT / 2
        assert look(good.resolver)[ASKED].values == (RECORD.value,)


def test_a_resolver_that_comes_back_is_soon_asked_again() -> None:
    """A silent one is asked every second whether it is there; the first thing that it says counts."""
    talks: list[bool] = []

    with liar(lambda query: [reply(query, GOOD)] if talks else []) as server:
        engine = Engine([server.resolver], patience=0.2)
        engine.start()
        while not engine.counters["silent"]:
            engine.observe(ONE, probe=False)
        talks.append(True)
        wait_until(
            lambda: engine.observe(ONE, probe=False)[ASKED].values, what="it is asked again", within=10
        )
        engine.close()


def test_a_live_resolver_before_dead_domains_is_not_taken_for_a_dead_one() -> None:
    """Many names behind it may be silent; it answers for the root, so it is there."""

    def only_root(query: dns.message.Message) -> Sequence[bytes]:
        name = query.question[0].name.to_text()
        return [reply(query, rcode=5)] if name == "." else [reply(query, GOOD)] if "good" in name else []

    with liar(only_root) as server:
        engine = Engine([server.resolver], patience=IMPATIENT)
        engine.start()
        for _ in range(5):
            assert engine.observe(ONE, probe=False)[ASKED].seen is Seen.TIMEOUT
        engine.close()

    assert engine.counters["silent"] == 0
    assert ". NS" in [heard.replace(" NS", ". NS") if heard == " NS" else heard for heard in server.heard]


def test_a_long_text_is_fetched_over_tcp_from_a_real_server() -> None:
    """A TXT that fits into no datagram of 1232 octets."""
    long = "x" * 250
    name = "note._domainkey.long.example"
    challenge = Challenge((ExpectedRecord(type="CNAME", name=name, value="t.example", purpose="dkim"),))
    zone = "note._domainkey TXT " + " ".join([f'"{long}"'] * 8)

    with knot_server({"long.example": zone}) as server:
        engine = Engine([Resolver(server.address, server.port)])
        engine.start()
        seen = engine.observe(challenge)
        engine.close()

    assert seen[Question(name, "TXT")].values == (long * 8,)
    assert engine.counters["tcp"] == 1


def test_an_answer_that_fails_validation_was_not_seen() -> None:
    """A validating resolver answers SERVFAIL for a zone that is signed with another key: never a pass."""
    record = "sg1-a._domainkey CNAME sg1-a.dkim.example."
    challenge = Challenge(dkim_challenge("signed.example", ("a", "b"), "dkim.example").records[:1])
    asked = Question("sg1-a._domainkey.signed.example", "CNAME")
    with (
        knot_server({"signed.example": record}, signing=True) as right,
        knot_server({"signed.example": record}, signing=True) as forged,
    ):
        anchors = [right.anchor("signed.example")]
        seen = []
        for authority in (right, forged):
            zones = {"signed.example": (authority.address, authority.port)}
            with unbound_server(zones, anchors=anchors) as resolver:
                seen.append(look(Resolver(resolver.address, resolver.port), challenge=challenge)[asked])

    assert [answer.seen for answer in seen] == [Seen.RECORDS, Seen.SERVFAIL]


def test_resolvers_are_reached_over_ipv6_too() -> None:
    """The other family has sockets of its own; TCP goes there too."""

    def whole(connection: socket.socket, query: dns.message.Message) -> None:
        connection.sendall(framed(reply(query, GOOD)))

    with liar(lambda query: [reply(query, flags=TRUNCATED)], whole, address="::1") as server:
        seen = look(Resolver.parse(f"[::1]:{server.resolver.port}"))

    assert seen[ASKED].values == (RECORD.value,)
