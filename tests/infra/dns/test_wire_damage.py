"""Replies that are damaged, forged or badly made: each is a value, and none of them is a denial."""

import struct
import time

import dns.opcode
import pytest

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.plain import read_plain
from infra.dns.records import MOST_RECORDS
from tests.infra.dns.replies import AA, ASKED, NAME, SERVER, SOA, a_reply, head, pointer, record

CNAME = f"{NAME}. 60 CNAME sg1.dkim.example."
QUESTION = wire.question_octets(ASKED)
MALFORMED = Answer(Seen.MALFORMED, (), SERVER)
HERE = 12 + len(QUESTION)  # where the answer section begins


def said(reply: bytes, question: Question = ASKED, zone: str | None = None) -> Answer:
    """What a reply says."""
    return wire.read(reply, question, SERVER, zone)


@pytest.mark.parametrize(
    ("rcode", "text"), [(16, "BADVERS"), (19, "BADMODE"), (21, "BADALG"), (23, "BADCOOKIE"), (4095, "4095")]
)
def test_the_upper_bits_of_an_rcode_stand_in_the_opt(rcode: int, text: str) -> None:
    """16 is no NOERROR and 19 no NXDOMAIN (RFC 6891, section 6.1.3)."""
    assert said(a_reply(rcode=rcode)) == Answer(Seen.SERVFAIL, (), SERVER, text)
    assert said(a_reply(rcode=rcode, flags=AA), zone="example.org").seen is Seen.SERVFAIL
    assert said(a_reply(rcode=rcode, authority=[SOA])).seen is Seen.SERVFAIL


@pytest.mark.parametrize("opcode", [dns.opcode.NOTIFY, dns.opcode.UPDATE, dns.opcode.STATUS, 15])
@pytest.mark.parametrize("rcode", [0, 3])
def test_what_is_no_answer_to_a_query_is_none(opcode: int, rcode: int) -> None:
    """A NOTIFY or an UPDATE says nothing of what is there."""
    assert said(a_reply(rcode=rcode, flags=opcode << 11)) == MALFORMED
    assert said(a_reply(CNAME, flags=opcode << 11)) == MALFORMED


def test_records_of_another_class_are_no_answer() -> None:
    """Nor do they deny anything."""
    chaos = record(b"\xc0\x0c", 5, b"\1a\0", class_=3)

    assert said(head(counts=(1, 0, 0)) + chaos) == MALFORMED
    assert said(head(counts=(0, 1, 0)) + chaos) == MALFORMED


@pytest.mark.parametrize("reply", [a_reply(), a_reply(rcode=3), a_reply(rcode=5), a_reply(CNAME)])
def test_an_echo_is_no_reply(reply: bytes) -> None:
    """Without the QR bit it is a query, our own perhaps."""
    echo = reply[:2] + bytes((reply[2] & 0x7F,)) + reply[3:]

    assert said(echo) == MALFORMED
    assert said(wire.query(7, QUESTION)) == MALFORMED


@pytest.mark.parametrize("again", [CNAME, CNAME.upper(), CNAME.replace(" 60 ", " 5 ")])
def test_the_same_record_twice_is_one(again: str) -> None:
    """Whatever its letters; the smaller TTL counts (RFC 2181, section 5.2)."""
    reply = a_reply(CNAME, again)

    plain = read_plain(reply, ASKED, SERVER)

    assert plain == said(reply)
    assert plain == Answer(
        Seen.RECORDS, ("sg1.dkim.example",), SERVER, "NOERROR", ttl=5 if " 5 " in again else 60
    )


def test_two_cnames_at_one_name_stay_two() -> None:
    """No standard allows it, but servers do it."""
    reply = a_reply(CNAME, f"{NAME}. 60 CNAME other.example.")

    assert said(reply).values == ("sg1.dkim.example", "other.example")


@pytest.mark.parametrize("zone", [None, "example.org"])
@pytest.mark.parametrize("rcode", [0, 3])
@pytest.mark.parametrize(
    ("authority", "additional"),
    [([SOA], []), ([SOA], ["example.net. 60 A 192.0.2.1"]), ([SOA, SOA], []), ([], [])],
)
def test_a_denial_that_was_cut_off_is_none(
    rcode: int, authority: list[str], additional: list[str], zone: str | None
) -> None:
    """Wherever it ends too early. Silence is never absence."""
    whole = a_reply(rcode=rcode, flags=AA, authority=authority, additional=additional)

    assert said(whole, zone=zone).seen is (Seen.NXDOMAIN if rcode else Seen.NODATA)
    assert {said(whole[:end], zone=zone) for end in range(len(whole))} == {MALFORMED}


@pytest.mark.parametrize("rcode", [0, 3])
@pytest.mark.parametrize("edns", [True, False])
def test_a_denial_with_octets_behind_it_is_none(rcode: int, *, edns: bool) -> None:
    """A count may be damaged, and what denies may have been more."""
    for authority in ([], [SOA]):
        reply = a_reply(rcode=rcode, authority=authority, edns=edns)
        without_additional = reply[:10] + b"\0\0" + reply[12:]

        assert said(reply + b"\0") == MALFORMED
        assert (said(without_additional) == MALFORMED) is edns


def test_a_denial_with_a_damaged_soa_is_none() -> None:
    """Too long, too short, or with a name that leads nowhere."""
    names = b"\xc0\x0c\xc0\x0c"
    for rdata in (
        names + bytes(19),
        names + bytes(21),
        b"\xc0\xff\xc0\x0c" + bytes(20),
        b"\xc0\x0c\x40" + bytes(20),
        b"\xc0\x0c",
        b"",
    ):
        assert said(head(0x8183, (0, 1, 0)) + record(b"\xc0\x0c", 6, rdata)) == MALFORMED
    assert said(head(0x8183, (0, 1, 0)) + record(b"\xc0\x0c", 6, names + bytes(20))).seen is Seen.NXDOMAIN


@pytest.mark.parametrize("rcode", [0, 3])
def test_a_denial_without_a_question_is_none(rcode: int) -> None:
    """Of what would it be? Such a reply is not ours, and whoever reads it all the same learns nothing."""
    assert said(struct.pack("!HHHHHH", 7, 0x8180 | rcode, 0, 0, 0, 0)) == MALFORMED


def test_a_name_is_not_made_of_the_header() -> None:
    """The minimal reader leaves such a pointer to dnspython, which shows it as what it is: no host name."""
    reply = head(counts=(1, 0, 0)) + record(b"\xc0\x0c", 5, b"\1a\xc0\4")

    assert read_plain(reply, ASKED, SERVER) is None
    assert said(reply).values == ("a",)


def test_what_is_denied_and_there_is_damaged() -> None:
    """An address and NXDOMAIN at once."""
    question = Question(NAME, "A")

    assert said(a_reply(f"{NAME}. 60 A 192.0.2.1", rcode=3, question=question), question) == MALFORMED


@pytest.mark.parametrize("rest", [b"", b"\0", b"\xff" * 9, a_reply()])
def test_records_count_whatever_follows_them(rest: bytes) -> None:
    """A positive answer is believed before the rest is read, plain or not."""
    plain, chain = a_reply(CNAME, edns=False), a_reply(CNAME, "x.example. 60 CNAME y.example.", edns=False)

    for reply in (plain, chain):
        damaged = reply[:8] + b"\0\7\0\7" + reply[12:] + rest
        assert said(damaged) == Answer(Seen.RECORDS, ("sg1.dkim.example",), SERVER, "NOERROR", ttl=60)


@pytest.mark.parametrize("type_", ["CNAME", "NS", "A", "AAAA", "TXT", "MX", "SOA", "DS"])
def test_records_that_are_cut_off_do_not_count(type_: str) -> None:
    """Not one of two either."""
    value = {
        "A": "192.0.2.1",
        "AAAA": "2001:db8::1",
        "TXT": '"abc" "def"',
        "MX": "10 mx.example.",
        "SOA": "a. b. 1 2 3 4 5",
        "DS": "7 13 2 " + "ab" * 32,
    }.get(type_, "target.example.")
    question = Question(NAME, type_)
    lines = [f"{NAME}. 60 {type_} {value}", f"{NAME}. 60 {type_} {value}"]
    reply = a_reply(*lines, question=question, edns=False)

    assert said(reply, question).seen is Seen.RECORDS
    assert {said(reply[:end], question) for end in range(len(reply))} == {MALFORMED}


@pytest.mark.parametrize(
    "target",
    [
        b"\xc0" + bytes((HERE + 12,)),  # to itself
        b"\1a\xc0" + bytes((HERE + 12,)),  # round and round
        b"\xc0" + bytes((HERE + 14,)),  # forward, to what follows
        b"\xc0",  # half a pointer
        b"\xff\xff",  # beyond the end
        b"\1a",  # no end
        b"\5a\0",  # a label that is longer than its data
        b"\1a\0\0",  # something behind the end
        b"\x40a\0",  # a label of a kind that does not exist (RFC 6891, section 5)
        b"\x80a\0",
        b"",
    ],
)
def test_a_name_that_leads_nowhere_is_damage(target: bytes) -> None:
    """Loops, overlaps and what lies outside."""
    reply = head(counts=(1, 0, 0)) + record(b"\xc0\x0c", 5, target) + b"\1b\0"

    assert said(reply) == MALFORMED


def test_a_name_that_grows_too_long_by_pointers_is_damage() -> None:
    """255 octets are the longest name, also where each part of it is short (RFC 1035, section 2.3.4)."""
    question = Question(NAME, "NS")
    rest = b""
    at, before = HERE, b"\0"
    for number in range(6):
        rdata = b"\x3c" + b"abcdef"[number : number + 1] * 60 + before
        rest += record(b"\xc0\x0c", 2, rdata)
        at += 12
        before = pointer(at)
        at += len(rdata)

    def reply(answers: int) -> bytes:
        return head(counts=(answers, 0, 0), question=question) + rest

    assert [len(value) for value in said(reply(4), question).values] == [60, 121, 182, 243]
    assert said(reply(5), question) == MALFORMED


def test_a_long_ladder_of_pointers_is_damage() -> None:
    """Each leads back, and none brings a label: a name needs few."""
    ladder = b"\1z\0"
    at = HERE + 12
    steps = [at]
    for _ in range(200):
        steps.append(at + len(ladder))
        ladder += pointer(steps[-2])
    reply = head(counts=(2, 0, 0)) + record(b"\xc0\x0c", 65280, ladder)

    assert said(reply + record(b"\xc0\x0c", 5, pointer(steps[8]))).values == ("z",)
    assert said(reply + record(b"\xc0\x0c", 5, pointer(steps[-1]))) == MALFORMED


@pytest.mark.parametrize(
    "counts", [(0, 0, 2), (0, 1, 0), (1, 0, 0)], ids=["twice", "in the authority section", "as an answer"]
)
def test_a_message_has_one_opt_and_it_has_no_name(counts: tuple[int, int, int]) -> None:
    """What has two, or one elsewhere, or one that belongs to somebody, is damaged (RFC 6891, section 6.1.1)."""
    opt = b"\0\0\x29\4\xd0" + bytes(6)

    assert said(head(0x8183, (0, 0, 1)) + opt).seen is Seen.NXDOMAIN
    assert said(head(0x8183, (0, 0, 1)) + b"\1a" + opt) == MALFORMED
    assert said(head(0x8183, counts) + opt * sum(counts)) == MALFORMED


def test_a_reply_of_more_records_than_anybody_publishes_is_not_read() -> None:
    """A stranger's server must not hold up everybody: its longest names at their most are read in no time."""
    there = pointer(HERE)
    longest = record(b"\1b" * 126 + b"\0", 5, there)

    began = time.process_time()

    for count in (MOST_RECORDS, MOST_RECORDS + 1, 4_500):
        seen = said(head(counts=(count, 0, 0)) + longest + record(there, 5, there) * (count - 1)).seen
        assert seen is (Seen.MALFORMED if count > MOST_RECORDS else Seen.NODATA)
    assert time.process_time() - began < 1


def test_a_type_that_nobody_reads_is_passed_over() -> None:
    """Its data may be anything: it is not looked into."""
    odd = record(b"\xc0\x0c", 47, b"\xff") + record(b"\xc0\x0c", 65280, b"")

    assert said(head(0x8183, (0, 2, 0)) + odd).seen is Seen.NXDOMAIN
