"""What a server says that is listed for a zone: its authority, its referrals, and when it is lame."""

import pytest

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.plain import read_plain
from infra.dns.whole import read_whole
from tests.infra.dns.replies import AA, ASKED, NAME, SERVER, SOA, a_reply

ZONE = "example.org"
BELOW = "_domainkey.example.org"
CNAME = f"{NAME}. 60 CNAME sg1.dkim.example."
LISTED = [f"{BELOW}. 900 NS ns1.{BELOW}.", f"{BELOW}. 600 NS NS2.example.net."]


def said(reply: bytes, *, question: Question = ASKED, zone: str | None = ZONE) -> Answer:
    """What a reply says, which both readers agree on where both can read it."""
    answer = wire.read(reply, question, SERVER, zone)
    assert read_whole(reply, question, SERVER, zone) == answer
    return answer


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (a_reply(CNAME, flags=AA), Seen.RECORDS),
        (a_reply(flags=AA, authority=[SOA]), Seen.NODATA),
        (a_reply(flags=AA, authority=[SOA], rcode=3), Seen.NXDOMAIN),
        (a_reply(flags=AA), Seen.NODATA),
        (a_reply(flags=AA, rcode=3, edns=False), Seen.NXDOMAIN),
        (a_reply(rcode=5), Seen.REFUSED),
        (a_reply(rcode=2), Seen.SERVFAIL),
    ],
)
def test_what_a_zones_server_says_plainly_is_read_by_the_minimal_reader(reply: bytes, seen: Seen) -> None:
    """Records and denials with the authority bit, errors without."""
    plain = read_plain(reply, ASKED, SERVER, ZONE)

    assert plain is not None
    assert plain.seen is seen
    assert plain == read_whole(reply, ASKED, SERVER, ZONE)


@pytest.mark.parametrize(
    "reply",
    [
        a_reply(CNAME),
        a_reply(CNAME, "sg1.dkim.example. 60 TXT p=abc"),
        a_reply(CNAME, rcode=3),
        a_reply(),
        a_reply(rcode=3),
        a_reply(authority=[SOA]),
        a_reply(authority=[SOA], rcode=3),
        a_reply(authority=[SOA, *LISTED]),
        a_reply(authority=LISTED, rcode=3),
    ],
)
def test_without_the_authority_bit_nothing_that_is_said_of_the_name_counts(reply: bytes) -> None:
    """It speaks from a cache, or of a zone that it does not have; a resolver may say the same."""
    assert said(reply).seen is Seen.LAME
    assert said(reply, zone=None).seen is not Seen.LAME


@pytest.mark.parametrize("above", ["example.org", "org", "", "example.net", "www.example.org"])
@pytest.mark.parametrize("rcode", [0, 3])
def test_a_referral_that_does_not_lead_down_towards_the_name_is_lame(above: str, rcode: int) -> None:
    """To the zone itself, upwards, to the root, or elsewhere: the server does not have the zone."""
    reply = a_reply(authority=[f"{above}. 60 NS ns1.elsewhere.example."], rcode=rcode)

    assert said(reply) == Answer(Seen.LAME, (), SERVER, "NXDOMAIN" if rcode else "NOERROR")


@pytest.mark.parametrize("flags", [0, AA])
@pytest.mark.parametrize("zone", ["example.org", "org", ""])
def test_a_referral_names_the_zone_below_and_its_servers(zone: str, flags: int) -> None:
    """The smallest TTL counts; some servers refer with the authority bit set."""
    answer = said(a_reply(authority=LISTED, flags=flags), zone=zone)

    servers = (f"ns1.{BELOW}", "ns2.example.net")
    assert answer == Answer(Seen.REFERRAL, servers, SERVER, "NOERROR", ttl=600, zone=BELOW)


def test_a_referral_may_end_at_the_name_itself() -> None:
    """Each name may be a zone of its own."""
    answer = said(a_reply(authority=[f"{NAME}. 60 NS ns1.example.net."]))

    assert (answer.seen, answer.zone, answer.values) == (Seen.REFERRAL, NAME, ("ns1.example.net",))


def test_of_two_zones_in_a_referral_only_one_is_followed() -> None:
    """The servers of another zone are none of this one."""
    for other in ("example.org", NAME, "www.example.org"):
        answer = said(a_reply(authority=[LISTED[0], f"{other}. 60 NS ns.evil.example."]))

        assert (answer.zone, answer.values, answer.ttl) == (BELOW, (f"ns1.{BELOW}",), 900)


def test_glue_is_taken_only_of_the_servers_named_and_only_from_under_the_zone() -> None:
    """A server of example.org says nothing of example.net, nor of names that nobody asked about."""
    answer = said(
        a_reply(
            authority=[*LISTED, f"{BELOW}. 600 NS ns3.example.org."],
            additional=[
                f"ns1.{BELOW}. 60 A 192.0.2.1",
                f"NS1.{BELOW}. 60 A 192.0.2.1",
                f"ns1.{BELOW}. 60 AAAA 2001:db8::1",
                f"ns1.{BELOW}. 60 TXT evil",
                "ns2.example.net. 60 A 192.0.2.2",
                "ns3.example.org. 60 A 192.0.2.3",
                "www.example.org. 60 A 192.0.2.4",
            ],
        )
    )

    assert answer.glue == (
        (f"ns1.{BELOW}", "192.0.2.1"),
        (f"ns1.{BELOW}", "2001:db8::1"),
        ("ns3.example.org", "192.0.2.3"),
    )


def test_a_resolver_that_only_refers_has_not_answered() -> None:
    """Name servers without a SOA are no denial (RFC 2308, section 2.2); its glue is not taken."""
    reply = a_reply(authority=LISTED, additional=[f"ns1.{BELOW}. 60 A 192.0.2.1"])

    answer = said(reply, zone=None)

    assert (answer.seen, answer.zone, answer.glue) == (Seen.REFERRAL, BELOW, ())
    assert said(a_reply(authority=["net. 60 NS ns.example."]), zone=None).seen is Seen.NODATA


@pytest.mark.parametrize(
    "authority",
    [
        ["example.org. 60 NS ns1.example.org."],
        [SOA, "example.org. 60 NS ns1.example.org."],
        [SOA.replace("example.org. 3600", f"{BELOW}. 3600")],
    ],
)
def test_a_denial_may_come_with_name_servers_or_from_a_zone_below(authority: list[str]) -> None:
    """One server may hold both zones (RFC 2308, section 2.2.1: name servers beside the SOA)."""
    answer = said(a_reply(authority=authority, flags=AA))

    assert answer.seen is Seen.NODATA
    assert answer.zone in {"", ZONE, BELOW}


@pytest.mark.parametrize("owner", ["org.", ".", "example.net.", "www.example.org."])
@pytest.mark.parametrize("rcode", [0, 3])
def test_a_denial_in_the_name_of_another_zone_is_lame(owner: str, rcode: int) -> None:
    """A server that claims all names, or the zone above, does not have the one that it is listed for."""
    soa = SOA.replace("example.org. 3600", f"{owner} 3600")

    assert said(a_reply(authority=[soa], flags=AA, rcode=rcode)).seen is Seen.LAME


def test_an_alias_counts_where_the_server_followed_it_into_other_zones() -> None:
    """The authority bit is for the first name (RFC 1034, section 4.3.2, and RFC 6604, section 2.1)."""
    reply = a_reply(
        CNAME,
        "sg1.dkim.example. 60 CNAME sg1.dkim.example.net.",
        authority=["example.net. 3600 SOA ns.example.net. h.example.net. 1 2 3 4 5"],
        flags=AA,
    )

    assert said(reply) == Answer(Seen.RECORDS, ("sg1.dkim.example",), SERVER, "NOERROR", ttl=60)
    as_text = a_reply(
        CNAME,
        authority=["dkim.example. 3600 SOA ns.example. h.example. 1 2 3 4 5"],
        question=Question(NAME, "TXT"),
        flags=AA,
    )
    assert said(as_text, question=Question(NAME, "TXT")).seen is Seen.NODATA


@pytest.mark.parametrize(("rcode", "text"), [(2, "SERVFAIL"), (3, "NXDOMAIN")])
def test_an_error_at_the_end_of_a_chain_does_not_take_its_beginning_away(rcode: int, text: str) -> None:
    """The RCODE is that of the chain's end (RFC 6604, section 3); the CNAME that was asked for is there."""
    reply = a_reply(CNAME, rcode=rcode, flags=AA)

    for zone in (ZONE, None):
        expected = Answer(Seen.RECORDS, ("sg1.dkim.example",), SERVER, text, ttl=60)
        assert said(reply, zone=zone) == expected
    assert said(a_reply(CNAME, rcode=5, flags=AA)).seen is Seen.REFUSED


def test_a_chain_that_fails_leaves_other_types_unseen() -> None:
    """Whether an address stands behind the alias could not be seen."""
    question = Question(NAME, "A")

    assert said(a_reply(CNAME, rcode=2, question=question, flags=AA), question=question).seen is Seen.SERVFAIL
