"""Octets of DNS: what is written, which replies are ours, and how their values are read."""

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.plain import read_plain
from infra.dns.whole import read_whole
from tests.infra.dns.replies import ASKED, NAME, SERVER, SOA, a_reply

labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20)
names = st.lists(labels, min_size=1, max_size=6).map(".".join)
types = st.sampled_from(["CNAME", "TXT", "A", "AAAA", "SOA", "NS", "MX", "DS"])


@given(name=names, type_=types, id_=st.integers(0, 65535), recursive=st.booleans(), unchecked=st.booleans())
def test_a_query_is_what_dnspython_would_write(
    *, name: str, type_: str, id_: int, recursive: bool, unchecked: bool
) -> None:
    """Name, type, recursion desired or not, checking disabled or not, and EDNS with 1232 octets."""
    octets = wire.question_octets(Question(name, type_))

    written = wire.query(id_, octets, recursive=recursive, checking_disabled=unchecked)

    expected = dns.message.make_query(name, type_, id=id_, use_edns=0, payload=1232, flags=0)
    expected.flags |= (dns.flags.RD if recursive else 0) | (dns.flags.CD if unchecked else 0)
    assert dns.message.from_wire(written) == expected
    assert written == expected.to_wire()


def test_the_letters_of_a_name_go_out_as_they_are() -> None:
    """Letter case is the asker's: he may hide something in it."""
    assert b"\7eXaMPlE" in wire.question_octets(Question("eXaMPlE.org", "A"))


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", ".".join(["y" * 60] * 5)])
def test_a_name_without_a_form_on_the_wire_cannot_be_asked(name: str) -> None:
    """What a wrong record points to may be no name at all."""
    with pytest.raises(wire.Unaskable):
        wire.question_octets(Question(name, "CNAME"))


@pytest.mark.parametrize("target", ["sg1.dkim.example", "SG1.DKIM.Example", "sg1.dkim.example.org"])
def test_one_cname_is_read_by_the_minimal_reader(target: str) -> None:
    """Compressed or not, in whatever letters, and with its TTL."""
    reply = a_reply(f"{NAME}. 60 CNAME {target}.")

    expected = Answer(Seen.RECORDS, (target.lower(),), SERVER, "NOERROR", ttl=60)
    assert read_plain(reply, ASKED, SERVER) == expected
    assert read_whole(reply, ASKED, SERVER) == expected


@pytest.mark.parametrize("edns", [True, False])
@pytest.mark.parametrize(
    ("rcode", "seen", "text"),
    [
        (0, Seen.NODATA, "NOERROR"),
        (1, Seen.SERVFAIL, "FORMERR"),
        (2, Seen.SERVFAIL, "SERVFAIL"),
        (3, Seen.NXDOMAIN, "NXDOMAIN"),
        (4, Seen.SERVFAIL, "NOTIMP"),
        (5, Seen.REFUSED, "REFUSED"),
    ],
)
def test_what_is_no_answer_is_read_by_the_minimal_reader(
    rcode: int, seen: Seen, text: str, *, edns: bool
) -> None:
    """Errors and denials without a word more; dnspython says the same of them."""
    reply = a_reply(rcode=rcode, edns=edns)

    assert read_plain(reply, ASKED, SERVER) == Answer(seen, (), SERVER, text)
    assert read_whole(reply, ASKED, SERVER) == Answer(seen, (), SERVER, text)


@pytest.mark.parametrize(("rcode", "seen"), [(0, Seen.NODATA), (3, Seen.NXDOMAIN)])
@pytest.mark.parametrize(
    ("ttl", "minimum", "kept"), [(3600, 300, 300), (60, 300, 60), (0, 300, 0), (4_000_000_000, 300, 0)]
)
def test_a_denial_is_kept_as_long_as_its_soa_says(
    rcode: int, seen: Seen, ttl: int, minimum: int, kept: int
) -> None:
    """The smaller of the SOA's TTL and its MINIMUM (RFC 2308, section 5); a TTL beyond 31 bits is 0."""
    soa = (
        f"Example.org. {ttl % 2**31} SOA ns1.example.org. host.master.example.net. 7 3600 600 86400 {minimum}"
    )
    reply = a_reply(authority=[soa], rcode=rcode)
    if ttl >= 2**31:
        reply = reply.replace((ttl % 2**31).to_bytes(4), ttl.to_bytes(4))

    expected = Answer(seen, (), SERVER, "NXDOMAIN" if rcode else "NOERROR", ttl=kept, zone="example.org")
    assert read_plain(reply, ASKED, SERVER) == expected
    assert read_whole(reply, ASKED, SERVER) == expected


@pytest.mark.parametrize("minimal", [True, False])
@pytest.mark.parametrize(
    ("type_", "data", "values"),
    [
        ("TXT", ['"v=DKIM1; " "p=abc"', '"ž"'], ("v=DKIM1; p=abc", "ž")),
        ("A", ["192.0.2.1", "192.0.2.2"], ("192.0.2.1", "192.0.2.2")),
        ("AAAA", ["2001:db8::1", "::ffff:192.0.2.1"], ("2001:db8::1", "::ffff:192.0.2.1")),
        ("NS", ["NS1.example.org.", "ns2.example.net."], ("ns1.example.org", "ns2.example.net")),
    ],
)
def test_sets_of_records_are_read_by_the_minimal_reader(
    type_: str, data: list[str], values: tuple[str, ...], *, minimal: bool
) -> None:
    """The smallest TTL counts for all; the strings of one TXT are one text (RFC 7208, section 3.3)."""
    question = Question(NAME, type_)
    reply = a_reply(*(f"{NAME}. {60 - n} {type_} {one}" for n, one in enumerate(data)), question=question)

    answer = (read_plain if minimal else read_whole)(reply, question, SERVER)

    assert answer == Answer(Seen.RECORDS, values, SERVER, "NOERROR", ttl=59)


@pytest.mark.parametrize(
    ("type_", "data", "value"),
    [
        ("MX", "10 Mail.example.com.", "10 mail.example.com"),
        ("MX", "0 .", "0 ."),
        ("SOA", "ns1.example.org. h.example.org. 1 2 3 4 5", "ns1.example.org. h.example.org. 1 2 3 4 5"),
        ("DS", "7 13 2 " + "ab" * 32, "7 13 2 " + "ab" * 32),
    ],
)
def test_other_types_are_read_as_people_write_them(type_: str, data: str, value: str) -> None:
    """The minimal reader leaves them; `0 .` says that no mail is taken (RFC 7505)."""
    question = Question(NAME, type_)
    reply = a_reply(f"{NAME}. 60 {type_} {data}", question=question)

    assert read_plain(reply, question, SERVER) is None
    assert wire.read(reply, question, SERVER) == Answer(Seen.RECORDS, (value,), SERVER, "NOERROR", ttl=60)


def test_the_root_has_name_servers_too() -> None:
    """Any server has something to say about the root."""
    question = Question("", "NS")

    answer = wire.read(a_reply(". 60 NS a.root.example.", question=question), question, SERVER)

    assert answer == Answer(Seen.RECORDS, ("a.root.example",), SERVER, "NOERROR", ttl=60)


@pytest.mark.parametrize(
    ("records", "values"),
    [
        ([f"{NAME}. 60 CNAME a\\032b.example."], ("a\\032b.example",)),
        ([f"{NAME}. 60 CNAME ."], (".",)),
        ([f"{NAME}. 60 CNAME a.example.", "a.example. 5 CNAME b.example."], ("a.example",)),
        ([f"{NAME}. 60 CNAME {'x.' * 60}example."], (f"{'x.' * 60}example",)),
    ],
)
def test_what_is_not_plain_is_left_to_dnspython(records: list[str], values: tuple[str, ...]) -> None:
    """Odd signs stay visible; a chain counts where it begins."""
    reply = a_reply(*records)

    assert read_plain(reply, ASKED, SERVER) is None
    assert wire.read(reply, ASKED, SERVER) == Answer(Seen.RECORDS, values, SERVER, "NOERROR", ttl=60)


@pytest.mark.parametrize("type_", ["TXT", "A", "AAAA", "NS", "MX"])
@pytest.mark.parametrize("rcode", [0, 3])
def test_an_alias_holds_no_record_of_another_type(type_: str, rcode: int) -> None:
    """The name exists, so it is no NXDOMAIN; what is denied further on is said of the target, not of it."""
    question = Question(NAME, type_)
    reply = a_reply(f"{NAME}. 60 CNAME sg1.example.org.", rcode=rcode, question=question)
    followed = a_reply(f"{NAME}. 60 CNAME sg1.example.org.", authority=[SOA], rcode=rcode, question=question)

    assert (read_plain(reply, question, SERVER) is None) is bool(rcode)
    for one in (reply, followed):
        answer = wire.read(one, question, SERVER)
        assert answer == Answer(Seen.NODATA, (), SERVER, "NXDOMAIN" if rcode else "NOERROR")


def test_records_at_another_name_are_no_answer() -> None:
    """A server may add what it likes; only what was asked for counts."""
    answer = wire.read(a_reply("other.example. 60 CNAME sg1.dkim.example."), ASKED, SERVER)

    assert answer.seen is Seen.NODATA


def test_a_soa_that_is_not_above_the_name_says_nothing_of_it() -> None:
    """A resolver may deny in whatever name: it is not kept, and no zone is blamed."""
    reply = a_reply(authority=[SOA.replace("example.org. 3600", "example.net. 3600")], rcode=3)

    assert wire.read(reply, ASKED, SERVER) == Answer(Seen.NXDOMAIN, (), SERVER, "NXDOMAIN")


def test_the_root_denies_under_its_own_name() -> None:
    """A top-level domain that does not exist: the root is written as an empty name."""
    soa = ". 86400 SOA a.root.example. nstld.example. 7 1800 900 604800 900"

    answer = wire.read(a_reply(authority=[soa], rcode=3), ASKED, SERVER)

    assert answer == Answer(Seen.NXDOMAIN, (), SERVER, "NXDOMAIN", ttl=900, zone="")


def test_a_reply_to_another_question_is_not_ours() -> None:
    """Letter case aside, the question must be the one asked, of the same type and class."""
    question = wire.question_octets(ASKED)
    other_class = bytearray(a_reply())
    other_class[12 + len(question) - 1] = 3

    assert wire.is_reply_to(a_reply(question=Question(NAME.upper(), "CNAME")), question)
    assert not wire.is_reply_to(a_reply(question=Question(NAME, "TXT")), question)
    assert not wire.is_reply_to(a_reply(question=Question("other.example", "CNAME")), question)
    assert not wire.is_reply_to(bytes(other_class), question)
    assert not wire.is_reply_to(a_reply()[:20], question)


@pytest.mark.parametrize(
    ("reply", "is_ours"),
    [
        *((f"0007 818{rcode} 0000 0000 0000 0000", rcode in {1, 2, 4, 5}) for rcode in range(10)),
        ("0007 8181 0000 0000 0000 0001 000029 04d0 00000000 0000", True),
        ("0007 8185 0000 0000 0000 0001 000029 04d0 00000000 0006 000f 0002 0017", True),
        ("0007 8180 0000 0000 0000 0001 000029 04d0 01000000 0000", False),
        ("0007 8181 0000 0000 0000 0001 000029 04d0 00000000 0006 000f 0002 00", False),
        ("0007 8181 0000 0000 0000 0001 000029 04d0 00000000 0000 00", False),
        ("0007 8181 0000 0000 0000 0001 000001 04d0 00000000 0000", False),
        ("0007 8181 0000 0000 0000 0001", False),
        ("0007 8181 0000 0001 0000 0000", False),
        ("0007 8181 0000 0000 0000 0000 00", False),
        ("0007 0181 0000 0000 0000 0000", False),
        ("0007 a181 0000 0000 0000 0000", False),
        ("0007 8181 0000 0000 0000", False),
        ("", False),
    ],
)
def test_a_reply_without_a_question_can_only_say_that_it_was_not_understood(
    reply: str, *, is_ours: bool
) -> None:
    """FORMERR, SERVFAIL, NOTIMP, REFUSED, with or without an OPT; nobody denies a name that he does not repeat."""
    octets = bytes.fromhex(reply)

    assert wire.is_reply_to(octets, wire.question_octets(ASKED)) is is_ours
    if is_ours:
        seen = Seen.REFUSED if octets[3] & 0x0F == 5 else Seen.SERVFAIL
        assert wire.read(octets, ASKED, SERVER).seen is seen


def test_a_truncated_reply_is_known_by_its_flag_and_read_as_no_answer() -> None:
    """Whoever reads it all the same learns nothing from what is left."""
    reply = a_reply(f"{NAME}. 60 CNAME sg1.dkim.example.", flags=int(dns.flags.TC))

    assert wire.is_truncated(reply)
    assert not wire.is_truncated(a_reply())
    assert not wire.is_truncated(b"\0\7\xff")
    assert wire.read(reply, ASKED, SERVER) == Answer(Seen.MALFORMED, (), SERVER)
