"""What a real authoritative server writes is plain: none of the usual answers costs a call of dnspython."""

import socket
from collections.abc import Iterator

import pytest

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.plain import read_plain
from infra.dns.whole import read_whole
from tests.servers.knot import Knot, knot_server

ZONE = "signed-up.example"
RECORDS = """\
sg1-a._domainkey CNAME sg1-a.dkim.example.
sg2-b._domainkey CNAME sg2-b.dkim
sg2-b.dkim TXT "v=DKIM1; p=abc"
note._domainkey TXT "hello" " world"
www A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::1
@ NS ns
@ NS ns2.elsewhere.example.
ns A 127.0.0.1
@ MX 10 mail
sub NS ns1.sub
sub NS ns.elsewhere.example.
ns1.sub A 192.0.2.9
ns1.sub AAAA 2001:db8::9
old DNAME new.example."""


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """An authority with a zone that has a little of everything."""
    with knot_server({ZONE: RECORDS}, ttl=300) as server:
        yield server


def asked(knot: Knot, name: str, type_: str) -> bytes:
    """The reply of the server to a question of ours, as octets."""
    question = wire.question_octets(Question(name, type_))
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(10)
        udp.sendto(wire.query(7, question, recursive=False), (knot.address, knot.port))
        reply = udp.recv(65_535)
    assert wire.is_reply_to(reply, question)
    return reply


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("sg1-a._domainkey", "CNAME", Answer(Seen.RECORDS, ("sg1-a.dkim.example",), ttl=300)),
        ("sg2-b._domainkey", "CNAME", Answer(Seen.RECORDS, (f"sg2-b.dkim.{ZONE}",), ttl=300)),
        ("sg1-a._domainkey", "TXT", Answer(Seen.NODATA)),
        ("note._domainkey", "TXT", Answer(Seen.RECORDS, ("hello world",), ttl=300)),
        ("note._domainkey", "CNAME", Answer(Seen.NODATA, ttl=300, zone=ZONE)),
        ("_domainkey", "CNAME", Answer(Seen.NODATA, ttl=300, zone=ZONE)),
        ("none._domainkey", "CNAME", Answer(Seen.NXDOMAIN, rcode="NXDOMAIN", ttl=300, zone=ZONE)),
        ("www", "A", Answer(Seen.RECORDS, ("192.0.2.1", "192.0.2.2"), ttl=300)),
        ("www", "AAAA", Answer(Seen.RECORDS, ("2001:db8::1",), ttl=300)),
        ("", "NS", Answer(Seen.RECORDS, (f"ns.{ZONE}", "ns2.elsewhere.example"), ttl=300)),
        ("x.old", "TXT", None),
        ("sg2-b._domainkey", "TXT", None),
        ("", "MX", None),
        ("x.sub", "CNAME", None),
    ],
)
def test_the_usual_answers_are_plain(knot: Knot, name: str, type_: str, expected: Answer | None) -> None:
    """Whatever is read so, the other reader reads the same."""
    question = Question(f"{name}.{ZONE}".removeprefix("."), type_)
    reply = asked(knot, *question)

    plain = read_plain(reply, question, "", ZONE)

    assert plain in {None, read_whole(reply, question, "", ZONE)}
    if expected is None or plain is None:
        assert plain is expected
    else:
        values = sorted(plain.values)
        assert (plain.seen, values, plain.ttl, plain.zone) == (
            expected.seen, list(expected.values), expected.ttl, expected.zone,
        )  # fmt: skip


def test_a_delegation_is_a_referral(knot: Knot) -> None:
    """With the glue of the one server whose name lies in it."""
    question = Question(f"x.sub.{ZONE}", "CNAME")

    answer = wire.read(asked(knot, *question), question, "", ZONE)

    assert (answer.seen, answer.zone, answer.ttl) == (Seen.REFERRAL, f"sub.{ZONE}", 300)
    assert sorted(answer.values) == ["ns.elsewhere.example", f"ns1.sub.{ZONE}"]
    assert sorted(answer.glue) == [(f"ns1.sub.{ZONE}", "192.0.2.9"), (f"ns1.sub.{ZONE}", "2001:db8::9")]


def test_a_zone_that_is_not_there_is_refused(knot: Knot) -> None:
    """Knot neither refers upwards nor denies."""
    question = Question("x.example.org", "CNAME")

    assert wire.read(asked(knot, *question), question, "", "example.org").seen is Seen.REFUSED


def test_behind_a_dname_stands_a_cname(knot: Knot) -> None:
    """The server makes it up as it is asked (RFC 6672, section 3.1)."""
    question = Question(f"x.old.{ZONE}", "CNAME")

    answer = wire.read(asked(knot, *question), question, "", ZONE)

    assert (answer.seen, answer.values) == (Seen.RECORDS, ("x.new.example",))


def test_an_alias_that_the_server_follows_counts_where_it_begins(knot: Knot) -> None:
    """It sends what stands behind the alias, too; that is said of another name."""
    name = f"sg2-b._domainkey.{ZONE}"

    for type_, seen in (("CNAME", Seen.RECORDS), ("TXT", Seen.NODATA), ("A", Seen.NODATA)):
        question = Question(name, type_)
        assert wire.read(asked(knot, *question), question, "", ZONE).seen is seen
