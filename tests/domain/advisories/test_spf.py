"""Look-ups of SPF records, counted by walking, and compared with what a person counts."""

import pytest

from domain.advisories import judge, spf
from domain.advisories.advisory import Code, Situation
from domain.observation import Answer, Question, Seen
from tests.domain.advisories.world import DOMAIN, SERVER, Held, look_at, only


def texts(**records: str) -> Held:
    """SPF records: `own` at the domain, the others at NAME.example."""
    return {
        (DOMAIN if name == "own" else f"{name}.example", "TXT"): (text,) for name, text in records.items()
    }


def includes(*names: str) -> str:
    """A record that includes these, and nothing else."""
    return " ".join(["v=spf1", *(f"include:{name}.example" for name in names), "-all"])


def terms(number: int) -> str:
    """As many terms, each of which is looked up and leads no further."""
    return " ".join(f"exists:n{place}.example" for place in range(number))


TEN = f"v=spf1 {terms(10)}"

WITHIN = {
    "no record": {},
    "other texts alone": texts(own="google-site-verification=abc"),
    "no look-ups": texts(own="v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"),
    "exactly ten": texts(own=f"{TEN} -all"),
    "each kind once": texts(own="v=spf1 a mx ptr exists:e.example include:a.example redirect=b.example"),
    "ten, of which nine are inside": texts(own=includes("a"), a=f"v=spf1 a mx {terms(7)} -all"),
    "what stands behind all": texts(own=f"{TEN} ~all a mx include:a.example"),
    "a redirect beside all": texts(own=f"{TEN} redirect=a.example ?all"),
    "an explanation": texts(own=f"{TEN} exp=why.example -all"),
    "words that only look like it": texts(
        own=f"{TEN} a.example.com amx include exists: include: all.example"
    ),
    "a text that only begins like it": texts(own=f"v=spf10 {TEN} a"),
    "an included name without a record": texts(own=f"v=spf1 include:gone.example {terms(9)} -all"),
}


@pytest.mark.parametrize("held", WITHIN.values(), ids=WITHIN.keys())
def test_what_is_within_the_limit_is_no_news(held: Held) -> None:
    """Ten look-ups are allowed (RFC 7208, section 4.6.4)."""
    assert look_at(held).advisories == ()


BEYOND = {
    "eleven in one record": (texts(own=f"{TEN} a -all"), 11),
    "with every qualifier": (texts(own=f"{TEN.replace(' e', ' ~e')} +a -mx ?ptr -all"), 13),
    "with lengths and names": (texts(own=f"{TEN} a/24 a:h.example/24//64 mx:h.example mx//64 -all"), 14),
    "in capitals": (texts(own=f"{TEN.upper()} MX -ALL"), 11),
    "with macros, which cannot be followed": (texts(own=f"{TEN} include:%{{i}}._spf.example -all"), 11),
    "a redirect": (texts(own=f"{TEN} redirect=a.example"), 11),
    "a redirect before the others": (texts(own=f"v=spf1 redirect=a.example {terms(10)}"), 11),
    "two redirects, of which one counts": (texts(own=f"{TEN} redirect=a.example redirect=b.example"), 11),
    "behind a redirect": (texts(own="v=spf1 redirect=a.example", a=TEN), 11),
    "nested": (
        # own: a, b, mx (3); a: c, d (2) + c: a, mx (2) + d: ptr (1); b: a, a, exists (3), all behind `all` not
        texts(
            own="v=spf1 mx include:a.example include:b.example -all",
            a="v=spf1 include:c.example include:d.example ?all",
            b="v=spf1 a a:h.example exists:e.example -all mx mx",
            c="v=spf1 a mx ~all",
            d="v=spf1 ptr ~all",
        ),
        11,
    ),
    "the same record included twice": (
        # own: 2; a: 2, twice, and b in it: 3, twice
        texts(own=includes("a", "a"), a="v=spf1 mx include:b.example", b="v=spf1 a mx ptr"),
        12,
    ),
    "two ways to the same record": (
        # own: 3; a: 2; b: 2; c: 3, by a and by b
        texts(
            own="v=spf1 mx include:a.example include:b.example",
            a="v=spf1 mx include:c.example",
            b="v=spf1 mx include:c.example",
            c="v=spf1 a mx ptr",
        ),
        13,
    ),
    "a final dot and capitals in a name": (
        texts(own="v=spf1 include:A.Example. -all", a=TEN),
        11,
    ),
    "an included name with several records": (
        {**texts(own=f"{TEN} include:a.example"), ("a.example", "TXT"): ("v=spf1 a mx", "v=spf1 a")},
        11,
    ),
    "names that are none": (texts(own=f"{TEN} include:a..example include:b include:ř.example"), 13),
    "an included name that is an alias": (
        {**texts(own=includes("a"), b=TEN), ("a.example", "CNAME"): ("b.example",)},
        11,
    ),
}


@pytest.mark.parametrize(("held", "number"), BEYOND.values(), ids=BEYOND.keys())
def test_look_ups_are_counted_as_a_person_counts_them(held: Held, number: int) -> None:
    """Each case says how many there are."""
    advisory = only(look_at(held))

    assert (advisory.code, advisory.situation) == (Code.SPF_TOO_MANY_LOOKUPS, Situation.SPF_TOO_MANY)
    assert (advisory.number, advisory.name, advisory.servers) == (number, DOMAIN, (SERVER,))
    assert advisory.seen[0].lower().startswith("v=spf1 ")


CIRCLES = {
    "itself": (texts(own="v=spf1 include:example.com -all"), DOMAIN),
    "itself by a redirect": (texts(own="v=spf1 redirect=example.com"), DOMAIN),
    "itself by way of another": (texts(own=includes("a"), a="v=spf1 include:example.com"), DOMAIN),
    "an included record that includes itself": (texts(own=includes("a", "b"), a=includes("a")), "a.example"),
    "two that include each other": (
        texts(own=includes("b", "a"), a=includes("c"), c="v=spf1 redirect=a.example", b="v=spf1 a"),
        "a.example",
    ),
}


@pytest.mark.parametrize(("held", "name"), CIRCLES.values(), ids=CIRCLES.keys())
def test_a_circle_is_told_as_one(held: Held, name: str) -> None:
    """It has no number: a receiver would go on for ever if it might."""
    advisory = only(look_at(held))

    assert (advisory.code, advisory.situation) == (Code.SPF_TOO_MANY_LOOKUPS, Situation.SPF_ENDLESS)
    assert advisory.part == name


def test_a_circle_that_nobody_reaches_is_none() -> None:
    """Behind `all`, nothing is tested."""
    assert look_at(texts(own="v=spf1 a -all include:example.com")).advisories == ()


@pytest.mark.parametrize("seen", [Seen.TIMEOUT, Seen.SERVFAIL, Seen.REFUSED, Seen.MALFORMED])
def test_a_silent_server_makes_no_claim(seen: Seen) -> None:
    """Neither at the domain, nor where its record leads."""
    ten = texts(own=f"v=spf1 {terms(9)} include:a.example -all")

    assert look_at({(DOMAIN, "TXT"): seen}).advisories == ()
    assert look_at({**ten, ("a.example", "TXT"): seen}).advisories == ()


def test_what_was_seen_clearly_may_be_too_much_already() -> None:
    """Then a silent server changes the number, and not the advisory: no number is told."""
    held = {**texts(own=f"{TEN} include:a.example -all"), ("a.example", "TXT"): Seen.TIMEOUT}

    advisory = only(look_at(held))

    assert (advisory.code, advisory.situation) == (Code.SPF_TOO_MANY_LOOKUPS, Situation.SPF_UNCOUNTED)
    assert advisory.number == 0


def test_a_look_that_was_broken_off_makes_no_claim() -> None:
    """An answer that never came is no answer."""
    own = {Question(DOMAIN, "TXT"): Answer(Seen.RECORDS, (includes("a"),))}

    assert judge(DOMAIN, {}) == ()
    assert judge(DOMAIN, own) == ()


def test_several_records_are_told_and_not_walked() -> None:
    """None of them counts (RFC 7208, section 4.5)."""
    found = look_at({(DOMAIN, "TXT"): ("v=spf1 include:a.example -all", "other", "v=SPF1")})

    advisory = only(found)
    assert advisory.code is Code.SPF_MULTIPLE
    assert advisory.seen == ("v=SPF1", "v=spf1 include:a.example -all")


def test_the_walk_goes_level_by_level() -> None:
    """Each record is asked for once, all of one level together."""
    found = look_at(
        texts(own=includes("a", "b"), a=includes("c"), b=includes("c", "d"), c="v=spf1 a", d="v=spf1 a")
    )

    assert [question.name for question in found.rounds[0] if question.type == "TXT"][-1] == DOMAIN
    assert [[question.name for question in round_] for round_ in found.rounds[1:]] == [
        ["a.example", "b.example"],
        ["c.example", "d.example"],
    ]


def test_a_stranger_cannot_make_us_ask_for_ever() -> None:
    """Twenty-five records are asked for; what is beyond is over the limit anyway."""
    chain = {f"n{number}": includes(f"n{number + 1}") for number in range(100)}
    wide = texts(own=includes(*(f"w{number}" for number in range(60))))

    for held in (texts(own=includes("n0"), **chain), wide):
        found = look_at(held)
        assert len([name for name in found.names if not name.startswith("_dmarc.")]) == spf.MOST_NAMES
        assert only(found).situation is Situation.SPF_UNCOUNTED


def test_a_record_of_hundreds_of_terms_is_not_walked() -> None:
    """Its number is not counted out."""
    found = look_at(texts(own=includes(*(f"w{number}" for number in range(200)))))

    assert [name for name in found.names if not name.startswith("_dmarc.")] == [DOMAIN]
    assert only(found).situation is Situation.SPF_UNCOUNTED


def test_records_that_double_each_other_are_not_counted_out() -> None:
    """Thirty levels of two includes would be a thousand million look-ups."""
    levels = {f"n{number}": includes(f"n{number + 1}", f"n{number + 1}") for number in range(30)}

    assert only(look_at(texts(own=includes("n0"), **levels))).situation is Situation.SPF_UNCOUNTED
