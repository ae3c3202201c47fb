"""What the minimal reader must leave to the other one, octet by octet: it is sure, or it says nothing."""

import pytest

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.plain import read_plain
from infra.dns.whole import read_whole
from tests.infra.dns.replies import AA, ASKED, NAME, SERVER, SOA, a_reply, head, pointer, record

OPT = b"\0\0\x29\4\xd0" + bytes(6)
HERE = 12 + len(wire.question_octets(ASKED))  # where the answer section begins
NAMED = b"\xc0\x0c"
CNAME = record(NAMED, 5, b"\1a\0")
TEXT = Question(NAME, "TXT")


def left(reply: bytes, question: Question = ASKED, zone: str | None = None) -> Answer:
    """What the other reader makes of a reply that the minimal one leaves."""
    assert read_plain(reply, question, SERVER, zone) is None
    return read_whole(reply, question, SERVER, zone)


@pytest.mark.parametrize(
    "reply",
    [
        head(counts=(1, 0, 0), questions=2) + CNAME,
        head(questions=2),
        head(0x8185, (0, 1, 0)),
        head(0x8185, (0, 0, 1)),
        head(0x8183, (0, 0, 1)) + OPT + b"\0",
        head(0x8183, (0, 0, 1)) + OPT[:-1] + b"\1",
        head(0x8183, (0, 0, 1)) + record(b"\0", 1, b""),
        head(0x8183, (0, 0, 2)) + OPT,
        head(0x8183, (0, 2, 0)) + record(NAMED, 6, NAMED * 2 + bytes(20)),
    ],
    ids=["two questions", "two questions, nothing", "no authority", "no OPT", "longer", "shorter OPT", "no address",
         "one OPT of two", "one SOA of two"],
)  # fmt: skip
def test_what_is_not_as_its_header_says_is_left_and_damaged(reply: bytes) -> None:
    """Counts that are wrong, and an OPT that is none."""
    assert left(reply).seen is Seen.MALFORMED


@pytest.mark.parametrize(
    "reply",
    [
        head(counts=(1, 0, 0)) + CNAME + b"\0",
        head(counts=(1, 0, 1)) + CNAME,
        head(counts=(1, 1, 0)) + CNAME,
        head(counts=(2, 0, 0)) + CNAME,
        head(counts=(1, 0, 0)) + record(NAMED, 5, b"\1a\0\0"),
        *((head(counts=(1, 0, 0)) + CNAME)[:end] for end in range(HERE, HERE + len(CNAME))),
    ],
)
def test_an_alias_denies_nothing_where_the_message_is_not_whole(reply: bytes) -> None:
    """Asked for a text: a CNAME, but something is missing, or too much."""
    text = reply.replace(wire.question_octets(ASKED), wire.question_octets(TEXT))

    assert left(text, TEXT).seen is Seen.MALFORMED


@pytest.mark.parametrize(
    ("type_", "rdata"),
    [
        ("A", bytes(3)),
        ("A", bytes(5)),
        ("A", b""),
        ("AAAA", bytes(15)),
        ("AAAA", bytes(17)),
        ("AAAA", b""),
        ("TXT", b""),
        ("TXT", b"\2a"),
        ("TXT", b"\1a\1"),
        ("CNAME", b"\x80\x0c"),
        ("CNAME", b"\x40\x0c"),
        ("CNAME", b"\0\0"),
    ],
)
def test_a_value_that_does_not_fill_its_place_is_left_and_damaged(type_: str, rdata: bytes) -> None:
    """Too short, too long, or of a kind that does not exist."""
    question = Question(NAME, type_)
    reply = head(counts=(1, 0, 0), question=question) + record(NAMED, wire.TYPES[type_], rdata) + bytes(4)

    assert left(reply, question).seen is Seen.MALFORMED


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"\3a.b\7example\0", "a\\.b.example"),
        (b"\3a b\7example\0", "a\\032b.example"),
        (b"\1*\7example\0", "*.example"),
        (b"\2\xc5\xbe\7example\0", "\\197\\190.example"),
        (b"\0", "."),
    ],
)
def test_a_name_with_odd_signs_is_left(target: bytes, shown: str) -> None:
    """A dot within a label is no dot between two."""
    assert left(head(counts=(1, 0, 0)) + record(NAMED, 5, target)).values == (shown,)


def test_a_pointer_leads_back_from_where_it_stands_and_not_only_from_where_the_name_began() -> None:
    """A TTL that reads like a name, and leads forward from there."""
    question = Question(NAME, "NS")
    ttl = int.from_bytes(b"\1a" + pointer(HERE + 12))
    first = record(NAMED, 2, b"\1b\0", ttl=ttl)
    reply = head(counts=(2, 0, 0), question=question) + first + record(NAMED, 2, pointer(HERE + 6))

    assert left(reply, question).seen is Seen.MALFORMED


def test_a_name_of_many_pointers_is_left() -> None:
    """Each brings a label; dnspython follows sixteen."""
    question = Question(NAME, "NS")
    rdata, rest = b"\1a\0", b""
    for _ in range(20):
        at = HERE + len(rest) + 12
        rest += record(NAMED, 2, rdata)
        rdata = b"\1a" + pointer(at)

    assert left(head(counts=(20, 0, 0), question=question) + rest, question).seen is Seen.MALFORMED


def test_more_records_than_usual_are_left() -> None:
    """A set of addresses may be large; a thousand are an attack."""
    question = Question(NAME, "A")

    for count in (65, 128):
        reply = head(counts=(count, 0, 0), question=question) + record(NAMED, 1, b"\7\7\7\7") * count
        assert left(reply, question).values == ("7.7.7.7",)


@pytest.mark.parametrize("ttl", [2**31, 2**32 - 1])
def test_a_ttl_beyond_31_bits_is_none(ttl: int) -> None:
    """RFC 2181, section 8; both readers say so."""
    reply = head(counts=(2, 0, 0)) + CNAME + record(NAMED, 5, b"\1a\0", ttl=ttl)

    answer = read_plain(reply, ASKED, SERVER)

    assert answer == Answer(Seen.RECORDS, ("a",), SERVER, "NOERROR", ttl=0)
    assert answer == read_whole(reply, ASKED, SERVER)


def test_a_soa_of_a_name_that_only_ends_alike_is_not_above() -> None:
    """`ample.org` is no parent of `example.org`."""
    soa = SOA.replace("example.org. 3600", "ample.org. 3600")

    assert left(a_reply(authority=[soa], rcode=3, flags=AA), zone="example.org").seen is Seen.LAME
    assert left(a_reply(authority=[soa], rcode=3)) == Answer(Seen.NXDOMAIN, (), SERVER, "NXDOMAIN")


@pytest.mark.parametrize(("zone", "seen"), [("", Seen.NODATA), ("org", Seen.NODATA), ("rg", Seen.LAME)])
def test_a_zone_is_above_by_whole_labels(zone: str, seen: Seen) -> None:
    """The root is above all."""
    reply = a_reply(authority=[SOA], flags=AA)

    answer = read_plain(reply, ASKED, SERVER, zone)

    assert answer is not None
    assert answer.seen is seen
    assert answer == read_whole(reply, ASKED, SERVER, zone)
