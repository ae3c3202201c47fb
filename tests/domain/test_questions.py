"""Which questions a look asks: one for each record, and more only where the answers call for them."""

import pytest

from domain.challenge import Challenge, ExpectedRecord, dkim_challenge
from domain.observation import Asked, Observation, Question, Seen, Whom
from domain.questions import (
    Manner,
    further,
    is_host_name,
    is_loop,
    is_too_long,
    leads,
    misplacements,
    sibling,
)
from tests.domain.answers import (
    DOUBLED,
    EMPTY,
    FIRST,
    NAME,
    NOTHING,
    OTHER,
    OTHER_NAME,
    RECORD,
    SIBLING,
    SIBLING_NAME,
    SOA,
    TARGET,
    TEXT,
    at,
    looked,
    records,
    said,
    source,
)
from tests.domain.building import CHALLENGE, TOKENS

ONE = Challenge((FIRST,))
ROUTINE = Manner()
PROBING = Manner(probe=True)
HOURLY = Manner(thorough=False)
MANNERS = (ROUTINE, PROBING, HOURLY, Manner(probe=True, thorough=False))

PLACES = (
    Asked(DOUBLED),
    Asked(at("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.example.org")),
    Asked(at("example.org")),
    Asked(at("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.domainkey.example.org")),
    Asked(at("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa.-domainkey.example.org")),
    Asked(at("sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.www.example.org")),
)
ALL_SERVERS = Asked(RECORD, Whom.SERVERS)
BEFORE_A_PASS = (ALL_SERVERS, Asked(RECORD, Whom.RESOLVERS), Asked(SIBLING), Asked(TEXT))


def chain(*targets: str) -> Observation:
    """The record's name points to the first target, that to the second, and so on."""
    names = (NAME, *targets)
    return looked(*(source(at(name), records(target)) for name, target in zip(names, targets, strict=False)))


@pytest.mark.parametrize("manner", MANNERS)
def test_every_look_begins_with_one_question_for_each_record(manner: Manner) -> None:
    """Of one server of its zone."""
    assert further(CHALLENGE, {}, manner) == (Asked(RECORD), Asked(at(OTHER_NAME)))


@pytest.mark.parametrize("manner", MANNERS)
def test_a_domain_without_records_asks_nothing(manner: Manner) -> None:
    """Route `smtp`: nothing is to be published."""
    assert further(Challenge(), {}, manner) == ()


@pytest.mark.parametrize("seen", Seen)
@pytest.mark.parametrize("manner", [ROUTINE, HOURLY], ids=["routine", "hourly"])
def test_a_look_that_does_not_probe_asks_once_where_no_record_is(seen: Seen, manner: Manner) -> None:
    """A routine look at a pending domain costs one question for each record."""
    assert further(ONE, source(RECORD, said(seen)), manner) == ()


def test_a_record_that_leads_elsewhere_asks_no_more_in_a_routine_look() -> None:
    """Where that leads was seen."""
    assert further(ONE, looked(chain("a.example"), source(at("a.example"), EMPTY)), ROUTINE) == ()


def test_before_a_pass_all_servers_and_resolvers_are_asked_and_what_might_stand_beside() -> None:
    """A name that nobody has published shows a wildcard; a text may not stand beside a CNAME."""
    assert further(ONE, source(RECORD, records(TARGET)), ROUTINE) == BEFORE_A_PASS
    assert set(further(ONE, source(RECORD, records(TARGET)), PROBING)) == set(BEFORE_A_PASS)


def test_before_a_pass_everybody_is_asked_for_every_hop() -> None:
    """Each of them lies in a zone of its own."""
    seen = chain("a.example", TARGET)

    asked = further(ONE, seen, ROUTINE)

    assert [one for one in asked if one.question == at("a.example")] == [
        Asked(at("a.example"), Whom.SERVERS),
        Asked(at("a.example"), Whom.RESOLVERS),
    ]
    assert asked[:2] == (ALL_SERVERS, Asked(RECORD, Whom.RESOLVERS))


def test_nobody_else_is_asked_while_another_record_is_missing() -> None:
    """A pass is not near."""
    half = looked(source(RECORD, records(TARGET)), source(at(OTHER_NAME), NOTHING))
    whole = looked(source(RECORD, records(TARGET)), source(at(OTHER_NAME), records(OTHER)))

    assert further(CHALLENGE, half, ROUTINE) == ()
    assert len(further(CHALLENGE, whole, ROUTINE)) == 8


def test_for_a_proven_domain_nobody_else_is_asked() -> None:
    """One server that still has the record is enough."""
    assert further(ONE, source(RECORD, records(TARGET)), HOURLY) == ()


def test_what_was_asked_is_not_asked_again() -> None:
    """A look ends."""
    seen = source(RECORD, records(TARGET))
    answered = {asked: source(asked.question, NOTHING)[Asked(asked.question)] for asked in BEFORE_A_PASS}

    assert further(ONE, looked(seen, answered), ROUTINE) == ()


def test_a_probe_where_no_name_is_seeks_the_record_and_the_domain() -> None:
    """There can be no other type at a name that does not exist (RFC 8020)."""
    assert further(ONE, source(RECORD, NOTHING), PROBING) == (ALL_SERVERS, Asked(SOA), *PLACES)


def test_a_probe_where_the_name_has_other_types_asks_for_those() -> None:
    """A pasted text, or the addresses of a proxy."""
    assert further(ONE, source(RECORD, EMPTY), PROBING) == (
        ALL_SERVERS,
        Asked(TEXT),
        Asked(at(NAME, "A")),
        Asked(at(NAME, "AAAA")),
        *PLACES,
    )


def test_what_stands_at_the_name_is_sought_at_a_name_that_nobody_has_published() -> None:
    """A wildcard gives every name an address; that is no proxy."""
    first = source(RECORD, EMPTY)
    answered = {
        asked: source(asked.question, NOTHING)[Asked(asked.question)]
        for asked in further(ONE, first, PROBING)
    }

    asked = further(ONE, looked(first, answered, source(at(NAME, "A"), records("192.0.2.9"))), PROBING)

    assert asked == (Asked(at(SIBLING_NAME, "A")),)


def test_a_probe_of_a_record_that_leads_elsewhere_asks_for_a_wildcard_and_all_servers() -> None:
    """And where it leads."""
    assert further(ONE, chain("a.example"), PROBING) == (Asked(at("a.example")), Asked(SIBLING), ALL_SERVERS)


@pytest.mark.parametrize(
    "seen", [seen for seen in Seen if seen not in {Seen.RECORDS, Seen.NODATA, Seen.NXDOMAIN}]
)
def test_what_could_not_be_seen_is_not_probed(seen: Seen) -> None:
    """Only a clear missing calls for probes."""
    assert further(ONE, source(RECORD, said(seen)), PROBING) == ()


def test_two_missing_records_ask_for_their_domain_once() -> None:
    """One question serves both."""
    seen = looked(source(RECORD, NOTHING), source(at(OTHER_NAME), NOTHING))

    assert further(CHALLENGE, seen, PROBING).count(Asked(SOA)) == 1


def test_a_record_of_a_subdomain_is_sought_at_the_domain_above_too() -> None:
    """But not above a registered domain: nobody publishes there."""
    (record, _) = dkim_challenge("news.example.org", TOKENS, "dkim.signet.example").records

    names = [place.question.name for place in misplacements(record) if place.mistake == "wrong_zone"]

    assert names == [
        "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.www.news.example.org",
        "sg1-aaaaaaaaaaaaaaaaaaaaaaaaaa._domainkey.example.org",
    ]


def test_a_chain_is_followed_hop_by_hop() -> None:
    """Each step asks only where the last known hop points."""
    assert further(ONE, chain("a.example"), ROUTINE) == (Asked(at("a.example")),)
    assert further(ONE, chain("a.example", "b.example"), ROUTINE) == (Asked(at("b.example")),)
    assert further(ONE, chain("a.example", TARGET), HOURLY) == ()


HOPS = tuple(f"hop{number}.example" for number in range(1, 10))
CHAINS = {
    "a circle": (("a.example", "b.example", "a.example"), True, False),
    "to itself": ((NAME,), True, False),
    "a circle of the longest kind": ((*HOPS[:7], NAME), True, False),
    "eight hops": (HOPS[:8], False, True),
    "a scheme": (("https://a.example",), False, False),
    "spaces": (("a b.example",), False, False),
    "the root": (("",), False, False),
}


@pytest.mark.parametrize(("targets", "loops", "goes_on"), CHAINS.values(), ids=CHAINS.keys())
def test_a_chain_that_leads_nowhere_is_not_followed_for_ever(
    targets: tuple[str, ...], *, loops: bool, goes_on: bool
) -> None:
    """A loop, more than eight hops, a target that is no host name."""
    seen = chain(*targets)

    assert further(ONE, seen, ROUTINE) == ()
    assert (is_loop(FIRST, seen), is_too_long(FIRST, seen), leads(FIRST, seen)) == (loops, goes_on, False)


def test_eight_hops_to_the_target_lead_there() -> None:
    """The eighth may still be it."""
    seen = chain(*HOPS[:7], TARGET)

    assert (is_loop(FIRST, seen), is_too_long(FIRST, seen), leads(FIRST, seen)) == (False, False, True)


@pytest.mark.parametrize("seen", [Seen.REFERRAL, Seen.BOGUS])
def test_only_records_lead_anywhere(seen: Seen) -> None:
    """A referral names servers, and what is forged proves nothing."""
    assert not leads(FIRST, source(RECORD, said(seen, TARGET)))
    assert further(ONE, source(RECORD, said(seen, "a.example")), ROUTINE) == ()


def test_several_cnames_at_one_name_are_not_followed() -> None:
    """Which of them counts is nobody's to say."""
    assert further(ONE, source(RECORD, records("a.example", "b.example")), ROUTINE) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sg1-abc._domainkey.example.org", "sg1-cbax._domainkey.example.org"),
        ("k1._domainkey.example.org", "k1x._domainkey.example.org"),
    ],
)
def test_a_sibling_is_a_name_that_nobody_has_published(name: str, expected: str) -> None:
    """The token turned round, and never the name itself."""
    record = ExpectedRecord(type="CNAME", name=name, value=TARGET, purpose="dkim")

    assert sibling(record) == Question(expected, "CNAME")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.example", True),
        ("_a-1.example", True),
        ("", False),
        ("a b", False),
        ("a/b", False),
        ('"a"', False),
    ],
)
def test_host_names_are_made_of_letters_digits_dashes_and_dots(text: str, *, expected: bool) -> None:
    """And of the underscore, which selectors need."""
    assert is_host_name(text) is expected
