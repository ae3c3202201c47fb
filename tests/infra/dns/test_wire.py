"""Octets of DNS: the minimal reader and writer, held against dnspython."""

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.observation import Answer, Question, Seen
from infra.dns import wire

NAME = "sg1-token._domainkey.example.org"
ASKED = Question(NAME, "CNAME")
SERVER = "127.0.0.1:53"

labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20)
names = st.lists(labels, min_size=1, max_size=6).map(".".join)
types = st.sampled_from(["CNAME", "TXT", "A", "AAAA", "SOA", "NS"])


def a_reply(*records: str, rcode: int = 0, question: Question = ASKED) -> bytes:
    """A reply with records, each `name type data`."""
    message = dns.message.make_response(dns.message.make_query(question.name, question.type, id=7))
    message.set_rcode(dns.rcode.Rcode(rcode))
    for line in records:
        name, type_, data = line.split(" ", 2)
        message.answer.append(dns.rrset.from_text(name, 60, "IN", type_, data))
    return message.to_wire()


@given(names, types, st.integers(0, 65535))
def test_a_query_is_what_dnspython_would_write(name: str, type_: str, id_: int) -> None:
    """Name, type, recursion desired, and EDNS with 1232 octets."""
    written = wire.query(id_, wire.question_octets(Question(name, type_)))

    expected = dns.message.make_query(name, type_, id=id_, use_edns=0, payload=1232)
    assert dns.message.from_wire(written) == expected
    assert written == expected.to_wire()


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", ".".join(["y" * 60] * 5)])
def test_a_name_without_a_form_on_the_wire_cannot_be_asked(name: str) -> None:
    """What a wrong record points to may be no name at all."""
    with pytest.raises(wire.Unaskable):
        wire.question_octets(Question(name, "CNAME"))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            a_reply(f"{NAME}. CNAME sg1.dkim.example."),
            Answer(Seen.RECORDS, ("sg1.dkim.example",), SERVER, "NOERROR"),
        ),
        (
            a_reply(f"{NAME}. CNAME SG1.DKIM.Example."),
            Answer(Seen.RECORDS, ("sg1.dkim.example",), SERVER, "NOERROR"),
        ),
        (
            a_reply(f"{NAME}. CNAME target.example.org."),
            Answer(Seen.RECORDS, ("target.example.org",), SERVER, "NOERROR"),
        ),
        (a_reply(), Answer(Seen.NODATA, (), SERVER, "NOERROR")),
        (a_reply(rcode=3), Answer(Seen.NXDOMAIN, (), SERVER, "NXDOMAIN")),
        (a_reply(rcode=2), Answer(Seen.SERVFAIL, (), SERVER, "SERVFAIL")),
        (a_reply(rcode=5), Answer(Seen.REFUSED, (), SERVER, "REFUSED")),
        (a_reply(rcode=4), Answer(Seen.SERVFAIL, (), SERVER, "NOTIMP")),
    ],
)
def test_the_plain_answers_are_read_by_the_minimal_reader(reply: bytes, expected: Answer) -> None:
    """Nine in ten replies are one of these; dnspython says the same of them."""
    assert wire.read_plain(reply, ASKED, SERVER) == expected
    assert wire.read_any(reply, ASKED, SERVER) == expected


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        (a_reply(f"{NAME}. CNAME a.example.", f"{NAME}. CNAME b.example."), ("a.example", "b.example")),
        (a_reply(f"{NAME}. CNAME a\\032b.example."), ("a\\032b.example",)),
        (a_reply(f"{NAME}. CNAME a.example.", "a.example. CNAME b.example."), ("a.example",)),
    ],
)
def test_what_is_not_plain_is_left_to_dnspython(reply: bytes, values: tuple[str, ...]) -> None:
    """Two CNAMEs at one name stay two; odd signs stay visible; a chain counts where it begins."""
    assert wire.read_plain(reply, ASKED, SERVER) is None
    assert wire.read(reply, ASKED, SERVER) == Answer(Seen.RECORDS, values, SERVER, "NOERROR")


@pytest.mark.parametrize(
    ("type_", "data", "value"),
    [
        ("TXT", '"v=DKIM1; " "p=abc"', "v=DKIM1; p=abc"),
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_other_types_are_read_as_people_write_them(type_: str, data: str, value: str) -> None:
    """The strings of one TXT are one text (RFC 7208, section 3.3)."""
    question = Question(NAME, type_)

    answer = wire.read(a_reply(f"{NAME}. {type_} {data}", question=question), question, SERVER)

    assert answer == Answer(Seen.RECORDS, (value,), SERVER, "NOERROR")


def test_records_at_another_name_are_no_answer() -> None:
    """A server may add what it likes; only what was asked for counts."""
    answer = wire.read(a_reply("other.example. CNAME sg1.dkim.example."), ASKED, SERVER)

    assert answer.seen is Seen.NODATA


@given(st.binary(max_size=600))
def test_whatever_comes_is_a_value(octets: bytes) -> None:
    """Garbage is an answer that cannot be read, never an exception."""
    assert isinstance(wire.read(octets, ASKED, SERVER), Answer)
    assert isinstance(wire.is_reply_to(octets, wire.question_octets(ASKED)), bool)


@given(st.binary(max_size=80), st.sampled_from([0x8180, 0x8183, 0x8580]), st.integers(0, 3))
def test_the_minimal_reader_never_disagrees_with_dnspython(rest: bytes, flags: int, answers: int) -> None:
    """It reads what it is sure of, and leaves the rest."""
    question = wire.question_octets(ASKED)
    head = (7).to_bytes(2) + flags.to_bytes(2) + b"\0\1" + answers.to_bytes(2) + b"\0\0\0\0"

    _agree(head + question + rest)


@given(st.data())
def test_a_damaged_reply_is_read_as_dnspython_reads_it_or_not_at_all(data: st.DataObject) -> None:
    """One octet changed anywhere in a good reply."""
    good = bytearray(a_reply(f"{NAME}. CNAME sg1-token.dkim.example.org."))
    good[data.draw(st.integers(2, len(good) - 1))] = data.draw(st.integers(0, 255))
    reply = bytes(good)

    if wire.is_reply_to(reply, wire.question_octets(ASKED)):
        _agree(reply)


def _agree(reply: bytes) -> None:
    """The minimal reader says nothing, or what dnspython says; it does not look at what follows the answer."""
    plain = wire.read_plain(reply, ASKED, SERVER)
    whole = wire.read_any(reply, ASKED, SERVER)
    assert plain is None or plain == whole or whole.seen is Seen.MALFORMED


def test_a_reply_to_another_question_is_not_ours() -> None:
    """Letter case aside, the question must be the one asked; an error may come without any."""
    question = wire.question_octets(ASKED)

    assert wire.is_reply_to(a_reply(question=Question(NAME.upper(), "CNAME")), question)
    assert not wire.is_reply_to(a_reply(question=Question(NAME, "TXT")), question)
    assert not wire.is_reply_to(a_reply(question=Question("other.example", "CNAME")), question)
    assert wire.is_reply_to(b"\0\7\x80\x02" + b"\0" * 8, question)
    assert not wire.is_reply_to(b"\0\7\x80\x00" + b"\0" * 8, question)
