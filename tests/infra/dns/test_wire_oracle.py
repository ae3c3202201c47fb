"""Our readers against dnspython's: on good replies of every kind, on damaged ones, and on garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.observation import Answer, Question
from infra.dns import wire
from infra.dns.plain import read_plain
from tests.infra.dns.oracle import agree, oracle
from tests.infra.dns.replies import AA, a_reply

zones = st.sampled_from([None, None, "example.org", "example.org", "org", "", "example.net"])
owners = st.sampled_from(
    ["k.example.org.", "k.example.org.", "k.example.org.", "example.org.", "K.Example.ORG.", "org.", ".",
     "t.example.net.", "example.net.", "a\\.b.example.org.", "x.k.example.org."]
)  # fmt: skip
hosts = st.sampled_from(
    ["t.example.net.", "T.k.example.org.", "k.example.org.", "ns1.example.org.", "a\\032b.example.", ".",
     "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.example.", f"{'y' * 63}.{'y' * 63}.{'y' * 63}.{'y' * 61}."]
)  # fmt: skip
ttls = st.sampled_from([0, 1, 60, 3600, 2**31 - 1])
texts = st.lists(st.text("abc=; ", max_size=8).map(lambda text: f'"{text}"'), min_size=1, max_size=3).map(
    " ".join
)
data = {
    "CNAME": hosts,
    "NS": hosts,
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.ip_addresses(v=6).map(str),
    "TXT": texts,
    "MX": hosts.map(lambda host: f"10 {host}"),
    "SOA": st.tuples(hosts, hosts, ttls).map(lambda soa: f"{soa[0]} {soa[1]} 7 3600 600 86400 {soa[2]}"),
    "DS": st.just("7 13 2 " + "ab" * 32),
    "PTR": hosts,
    "TYPE65280": st.just("\\# 2 0102"),
}


def records(*types: str) -> st.SearchStrategy[str]:
    """Records of some types at any of the names."""
    return st.sampled_from(types).flatmap(
        lambda type_: st.tuples(owners, ttls, st.just(type_), data[type_]).map(
            lambda record: " ".join(map(str, record))
        )
    )


Case = tuple[bytes, Question, str | None]


@st.composite
def odd_replies(draw: st.DrawFn) -> Case:
    """A reply of any records, sensible or not, the question, and the zone that the server is listed for."""
    type_ = draw(st.sampled_from(["CNAME", "CNAME", "NS", "A", "AAAA", "TXT", "MX", "SOA", "DS"]))
    question = Question("k.example.org", type_)
    one = data[type_].map(lambda value: f"k.example.org. 60 {type_} {value}")
    alias = st.one_of(one, one, records("CNAME"), records(*data))
    authority = st.one_of(records("SOA"), records("NS"), records(*data))
    reply = a_reply(
        *draw(st.lists(alias, max_size=3)),
        authority=draw(st.lists(authority, max_size=2)),
        additional=draw(st.lists(records("A", "AAAA", "TXT"), max_size=2)),
        rcode=draw(st.sampled_from([0, 0, 0, 3, 3, 1, 2, 4, 5, 16, 19])),
        flags=draw(st.sampled_from([0, AA, AA])),
        question=question,
        edns=draw(st.booleans()),
    )
    return reply, question, draw(zones)


@st.composite
def usual_replies(draw: st.DrawFn) -> Case:
    """A reply as most servers write it: records of the type, an alias, a denial with or without a SOA, an error."""
    type_ = draw(st.sampled_from(["CNAME", "NS", "A", "AAAA", "TXT"]))
    question = Question("k.example.org", type_)
    kind = draw(st.sampled_from(["records", "alias", "denial", "denial", "bare"]))
    shown = "CNAME" if kind == "alias" else type_
    found = st.lists(data[shown], min_size=1, max_size=1 if kind == "alias" else 3)
    values = draw(found) if kind in {"records", "alias"} else []
    soa = f"example.org. 60 SOA ns.example.org. h.example.net. 1 2 3 4 {draw(ttls)}"
    reply = a_reply(
        *(f"k.example.org. 60 {shown} {value}" for value in values),
        authority=[soa] if kind == "denial" else [],
        rcode=0 if values else draw(st.sampled_from([0, 3] if kind == "denial" else [0, 1, 2, 3, 4, 5])),
        flags=draw(st.sampled_from([0, AA, AA])),
        question=question,
        edns=draw(st.booleans()),
    )
    return reply, question, draw(zones)


replies = st.one_of(usual_replies(), odd_replies())


@given(replies)
def test_every_reply_is_read_as_dnspython_reads_it(case: Case) -> None:
    """Seen, values, TTL, zone, glue and RCODE, by the minimal reader where it reads at all, and by the other."""
    agree(*case)


@given(replies, st.data())
def test_a_damaged_reply_is_read_as_dnspython_reads_it(case: Case, draw: st.DataObject) -> None:
    """Octets changed, cut out, put in, or cut off at the end: nothing is seen that dnspython does not see."""
    reply, question, zone = case
    for _ in range(draw.draw(st.integers(1, 3))):
        reply = _damaged(reply, draw)

    if wire.is_reply_to(reply, wire.question_octets(question)):
        agree(reply, question, zone)


@given(st.binary(max_size=80), st.sampled_from([0x8180, 0x8183, 0x8580, 0x8583]), st.integers(0, 3), zones)
def test_what_follows_a_question_may_be_garbage(
    rest: bytes, flags: int, answers: int, zone: str | None
) -> None:
    """Nothing raises, and nothing is seen in it that dnspython does not see."""
    question = Question("k.example.org", "CNAME")
    head = (7).to_bytes(2) + flags.to_bytes(2) + b"\0\1" + answers.to_bytes(2) + b"\0\0\0\0"

    agree(head + wire.question_octets(question) + rest, question, zone)


@given(st.binary(max_size=600), zones)
def test_whatever_comes_is_a_value(octets: bytes, zone: str | None) -> None:
    """Garbage is an answer that cannot be read, never an exception."""
    asked = Question("k.example.org", "CNAME")

    assert isinstance(wire.read(octets, asked, "", zone), Answer)
    assert isinstance(wire.is_reply_to(octets, wire.question_octets(asked)), bool)
    assert isinstance(wire.is_truncated(octets), bool)


@pytest.mark.parametrize("type_", ["CNAME", "NS", "A", "AAAA", "TXT"])
@given(case=st.data())
def test_what_is_plain_is_read_by_the_minimal_reader(case: st.DataObject, type_: str) -> None:
    """Sets of records at the name, whatever follows them: none of them costs a call of dnspython."""
    question = Question("k.example.org", type_)
    plain = data[type_].filter(lambda value: "\\" not in value and value != "." and len(value) < 40)
    values = case.draw(st.lists(plain, min_size=1, max_size=5))
    reply = a_reply(
        *(f"k.example.org. 60 {type_} {value}" for value in values),
        authority=case.draw(st.lists(records("NS"), max_size=3)),
        additional=case.draw(st.lists(records("A", "AAAA"), max_size=3)),
        question=question,
        flags=AA,
    )

    assert read_plain(reply, question, "", "example.org") == oracle(reply, question, "example.org")


def _damaged(reply: bytes, draw: st.DataObject) -> bytes:
    at = draw.draw(st.integers(2, max(2, len(reply) - 1)))
    octets = draw.draw(
        st.one_of(st.binary(max_size=3), st.sampled_from([b"\0", b"\x01", b"\xc0\x0c", b"\xff"]))
    )
    match draw.draw(st.sampled_from(["change", "change", "cut", "insert", "end"])):
        case "change":
            return reply[:at] + octets + reply[at + len(octets) :]
        case "cut":
            return reply[:at] + reply[at + len(octets) :]
        case "insert":
            return reply[:at] + octets + reply[at:]
        case _:
            return reply[:at]
