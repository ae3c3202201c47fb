"""The engine against a real authority, and against a server that lies."""

import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import dns.message
import pytest

from domain.challenge import Challenge, ExpectedRecord, dkim_challenge
from domain.observation import Answer, Asked, Question, Seen, Whom, told
from domain.questions import Manner
from infra.dns.resolver import Resolver
from tests.infra.dns.ground import engine, engine_on, said, say
from tests.infra.dns.liar import TRUNCATED, framed, liar, reply
from tests.servers.knot import Knot, knot_server
from tests.servers.ports import free_port
from tests.servers.unbound import unbound_server
from tests.servers.waiting import wait_until

RECORD = ExpectedRecord(type="CNAME", name="x._domainkey.example.org", value="x.dkim.example", purpose="dkim")
ASKED = Question(RECORD.name, "CNAME")
GOOD = f"{RECORD.name}. 60 CNAME {RECORD.value}."
IMPATIENT = 1.0
ROUTINE = Manner(probe=False)


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """An authority with one domain that has it all."""
    zone = "sg1-a._domainkey CNAME sg1-a.dkim.example.\nsg2-b._domainkey CNAME sg2-b.dkim.example."
    with knot_server({"good.example": zone, "bare.example": "note._domainkey TXT hello"}) as server:
        yield server


def resolved(*resolvers: Resolver, patience: float = 5.0) -> Answer:
    """What resolvers say of the record, through an engine of their own."""
    return said(*resolvers, question=ASKED, patience=patience)


def test_a_routine_look_asks_one_question_for_each_record(knot: Knot) -> None:
    """Once it is known whose servers answer for the domain: two records, two queries."""
    challenge = dkim_challenge("bare.example", ("a", "b"), "dkim.example")

    with engine_on(knot) as running:
        running.observe(challenge, ROUTINE)
        before = running.counters["queries"]
        seen = running.observe(challenge, ROUTINE)
        cost = running.counters["queries"] - before

    assert [told(seen, Question(record.name, "CNAME")).seen for record in challenge.records] == [
        Seen.NXDOMAIN
    ] * 2  # type: ignore[union-attr]
    assert cost == 2


def test_before_a_pass_everybody_is_asked(knot: Knot) -> None:
    """The zone's one server, the resolver, a name beside the record, and what else stands at the name."""
    challenge = dkim_challenge("good.example", ("a", "b"), "dkim.example")

    with engine_on(knot) as running:
        seen = running.observe(challenge, ROUTINE)

    for record in challenge.records:
        question = Question(record.name, "CNAME")
        assert [asked.whom for asked in seen if asked.question == question] == list(Whom)
        assert all(
            sight.telling.values == (record.value,)
            for asked, sight in seen.items()
            if asked.question == question
        )
        assert told(seen, Question(record.name, "TXT")) is not None


def test_an_absent_name_and_an_absent_type_are_different_values(knot: Knot) -> None:
    """NXDOMAIN and an empty answer are told apart by a real server, which says in which zone it looked."""
    records = [
        ExpectedRecord(type="CNAME", name=name, value="t.example", purpose="dkim")
        for name in ("none._domainkey.bare.example", "note._domainkey.bare.example")
    ]

    with engine_on(knot) as running:
        seen = running.observe(Challenge(tuple(records)), ROUTINE)

    answers = [seen[Asked(Question(record.name, "CNAME"))].telling for record in records]
    assert [answer.seen for answer in answers] == [Seen.NXDOMAIN, Seen.NODATA]
    assert {answer.zone for answer in answers} == {"bare.example"}
    assert {answer.server for answer in answers} == {"ns.bare.example"}


def test_mistakes_are_sought_only_where_a_probe_is_wanted(knot: Knot) -> None:
    """After a clear missing: the TXT at the name, its addresses, the doubled name."""
    name = "note._domainkey.bare.example"
    challenge = Challenge((ExpectedRecord(type="CNAME", name=name, value="t.example", purpose="dkim"),))

    with engine_on(knot) as running:
        routine = running.observe(challenge, ROUTINE)
        probed = running.observe(challenge, Manner(probe=True))

    assert list(routine) == [Asked(Question(name, "CNAME"))]
    assert probed[Asked(Question(name, "TXT"))].telling.values == ("hello",)
    assert Asked(Question(f"{name}.bare.example", "CNAME")) in probed


def test_a_zone_that_a_resolver_does_not_have_is_refused(knot: Knot) -> None:
    """REFUSED is its own value, and it is the resolver's."""
    with engine_on(knot) as running:
        sight = running.observe(Challenge((RECORD,)), ROUTINE)[Asked(ASKED)]

    assert (sight.telling.seen, sight.delegation) == (Seen.REFUSED, None)


def test_silence_is_a_time_out_and_a_later_reply_still_counts() -> None:
    """A server that answers only the second try is heard."""
    calls: list[int] = []

    def second_time(query: dns.message.Message) -> Sequence[bytes]:
        calls.append(query.id)
        return [reply(query, GOOD)] if len(calls) > 1 else []

    with liar(lambda _: []) as silent, liar(second_time) as slow:
        assert resolved(silent.resolver, patience=IMPATIENT).seen is Seen.TIMEOUT
        assert resolved(slow.resolver, patience=IMPATIENT).values == (RECORD.value,)


def test_what_does_not_answer_our_question_is_ignored() -> None:
    """A wrong id, a wrong question and garbage come first; the true reply is still taken."""

    def noisy(query: dns.message.Message) -> Sequence[bytes]:
        true = reply(query, GOOD)
        wrong_id = bytes([true[0] ^ 0xFF, true[1] ^ 0xFF]) + true[2:]
        other = dns.message.make_query("other.example", "CNAME", id=query.id)
        return [wrong_id, reply(other, "other.example. 60 CNAME evil.example."), b"\0\1garbage", true]

    with liar(noisy) as server, engine(server.resolver) as running:
        answer = say(running, ASKED)[-1]

    assert answer.values == (RECORD.value,)
    assert running.counters["foreign"] == 3


def test_a_reply_from_another_address_is_ignored() -> None:
    """Id and question may be guessed; the address that was asked must answer."""
    elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    elsewhere.bind(("127.0.0.1", 0))
    ports: list[int] = []

    def spoofed(query: dns.message.Message) -> Sequence[bytes]:
        for port in ports:
            elsewhere.sendto(reply(query, f"{RECORD.name}. 60 CNAME evil.example."), ("127.0.0.1", port))
        return []

    with elsewhere, liar(spoofed) as server, engine(server.resolver, patience=IMPATIENT) as running:
        ports.extend(running.ports())
        answer = say(running, ASKED)[-1]

    assert answer.seen is Seen.TIMEOUT
    assert running.counters["foreign"] >= 1


def test_a_truncated_reply_is_fetched_over_tcp() -> None:
    """TC means: ask again over TCP (RFC 7766, section 5)."""

    def whole(connection: socket.socket, query: dns.message.Message) -> None:
        connection.sendall(framed(reply(query, GOOD)))

    with liar(lambda query: [reply(query, flags=TRUNCATED)], whole) as server:
        answer = resolved(server.resolver)

        assert server.connections == 1
    assert answer.values == (RECORD.value,)


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
        answer = resolved(server.resolver, patience=IMPATIENT)

    assert answer.seen in {Seen.MALFORMED, Seen.TIMEOUT}


def test_two_cnames_at_one_name_are_both_seen() -> None:
    """No standard allows it, but servers do it."""
    other = f"{RECORD.name}. 60 CNAME other.example."

    with liar(lambda query: [reply(query, GOOD, other)]) as server:
        assert resolved(server.resolver).values == (RECORD.value, "other.example")


def test_a_chain_is_followed_and_a_loop_ends() -> None:
    """One question per hop; where a chain returns to itself, it ends."""
    challenge = Challenge((replace(RECORD, name="x._domainkey.loop.example"),))
    zone = "x._domainkey CNAME a\na CNAME b\nb CNAME x._domainkey"

    with knot_server({"loop.example": zone}) as server, engine_on(server) as running:
        seen = running.observe(challenge, ROUTINE)

    assert {asked.question.name for asked in seen} == {
        "x._domainkey.loop.example",
        "a.loop.example",
        "b.loop.example",
    }


@pytest.mark.parametrize(("rcode", "seen"), [(2, Seen.SERVFAIL), (5, Seen.REFUSED)])
def test_after_an_error_the_next_resolver_is_asked(rcode: int, seen: Seen, knot: Knot) -> None:
    """One broken resolver hides no delegation; where all are broken, their error is kept."""
    challenge = dkim_challenge("bare.example", ("a", "b"), "dkim.example")
    asked = Asked(Question(challenge.records[0].name, "CNAME"))
    working = Resolver(knot.address, knot.port)

    with liar(lambda query: [reply(query, rcode=rcode)]) as broken:
        with engine(broken.resolver, working, authority_port=knot.port) as running:
            sights = [running.observe(challenge, ROUTINE)[asked] for _ in range(4)]
        with engine(broken.resolver) as running:
            blind = running.observe(challenge, ROUTINE)[asked]

    assert [sight.telling.seen for sight in sights] == [Seen.NXDOMAIN] * 4
    assert (blind.telling.seen, blind.delegation) == (seen, None)


def test_a_dead_resolver_becomes_known_and_is_passed_over() -> None:
    """After a few time-outs nobody waits for it any more."""
    with liar(lambda query: [reply(query, GOOD)]) as good:
        dead = Resolver("127.0.0.1", free_port("127.0.0.1"))
        with engine(dead, patience=IMPATIENT) as running:
            for _ in range(3):
                assert say(running, ASKED)[-1].seen is Seen.TIMEOUT
            began = time.monotonic()
            assert say(running, ASKED)[-1].seen is Seen.TIMEOUT
            waited = time.monotonic() - began

        assert running.counters["silent"] == 1
        assert waited < IMPATIENT / 2
        assert resolved(good.resolver).values == (RECORD.value,)


def test_a_resolver_that_comes_back_is_soon_asked_again() -> None:
    """A silent one is asked every second whether it is there; the first thing that it says counts."""
    talks: list[bool] = []

    with (
        liar(lambda query: [reply(query, GOOD)] if talks else []) as server,
        engine(server.resolver, patience=0.2) as running,
    ):
        while not running.counters["silent"]:
            say(running, ASKED)
        talks.append(True)
        wait_until(lambda: say(running, ASKED)[-1].values, what="it is asked again", within=10)


def test_a_live_resolver_before_dead_domains_is_not_taken_for_a_dead_one() -> None:
    """Many names behind it may be silent; it answers for the root, so it is there."""

    def only_root(query: dns.message.Message) -> Sequence[bytes]:
        name = query.question[0].name.to_text()
        return [reply(query, rcode=5)] if name == "." else [reply(query, GOOD)] if "good" in name else []

    with liar(only_root) as server, engine(server.resolver, patience=IMPATIENT) as running:
        for _ in range(5):
            assert say(running, ASKED)[-1].seen is Seen.TIMEOUT

    assert running.counters["silent"] == 0
    assert ". NS" in [heard.replace(" NS", ". NS") if heard == " NS" else heard for heard in server.heard]


def test_a_long_text_is_fetched_over_tcp_from_a_real_server() -> None:
    """A TXT that fits into no datagram of 1232 octets."""
    long = "x" * 250
    name = "note._domainkey.long.example"
    challenge = Challenge((ExpectedRecord(type="CNAME", name=name, value="t.example", purpose="dkim"),))
    zone = "note._domainkey TXT " + " ".join([f'"{long}"'] * 8)

    with knot_server({"long.example": zone}) as server, engine_on(server) as running:
        seen = running.observe(challenge)

    assert seen[Asked(Question(name, "TXT"))].telling.values == (long * 8,)
    assert running.counters["tcp"] == 1


def test_an_answer_that_fails_validation_is_bogus() -> None:
    """A validating resolver refuses what is signed with another key, and gives it where it is not to check."""
    record = "sg1-a._domainkey CNAME sg1-a.dkim.example."
    question = Question("sg1-a._domainkey.signed.example", "CNAME")
    with (
        knot_server({"signed.example": record}, signing=True) as right,
        knot_server({"signed.example": record}, signing=True) as forged,
    ):
        anchors = [right.anchor("signed.example")]
        seen = []
        for authority in (right, forged):
            zones = {"signed.example": (authority.address, authority.port)}
            with unbound_server(zones, anchors=anchors) as resolver:
                seen.append(said(Resolver(resolver.address, resolver.port), question=question))

    assert [(answer.seen, answer.rcode) for answer in seen] == [
        (Seen.RECORDS, "NOERROR"),
        (Seen.BOGUS, "SERVFAIL"),
    ]


def test_resolvers_are_reached_over_ipv6_too() -> None:
    """The other family has sockets of its own; TCP goes there too."""

    def whole(connection: socket.socket, query: dns.message.Message) -> None:
        connection.sendall(framed(reply(query, GOOD)))

    with liar(lambda query: [reply(query, flags=TRUNCATED)], whole, address="::1") as server:
        answer = resolved(Resolver.parse(f"[::1]:{server.resolver.port}"))

    assert answer.values == (RECORD.value,)
