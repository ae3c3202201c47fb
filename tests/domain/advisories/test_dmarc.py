"""Which DMARC policy applies to a sending domain, found on the walk up the tree (RFC 9989, section 4.10)."""

from collections.abc import Mapping

import pytest

from domain.advisories import judge
from domain.advisories.advisory import Advisory, Code, Situation
from domain.advisories.dmarc import names
from domain.observation import Answer, Question, Seen
from tests.domain.advisories.world import GOOD_MX, SERVER, Look, look, only, replier

NEWS = "a.news.example.com"
GOOD = "v=DMARC1; p=none"
BAD = "v=DMARC1; p=deny"


def look_at(records: Mapping[str, tuple[str, ...] | Seen], domain: str = NEWS) -> Look:
    """A look at a domain that has mail servers, with these texts at `_dmarc` of these names."""
    texts = {(f"_dmarc.{name}", "TXT"): values for name, values in records.items()}
    return look(replier({(domain, "MX"): GOOD_MX, **texts}), domain)


def asked(found: Look) -> list[str]:
    """The names that were asked for a DMARC record."""
    return [name.removeprefix("_dmarc.") for name in found.names if name.startswith("_dmarc.")]


def test_the_walk_of_a_long_name_asks_at_eight_names() -> None:
    """The example of RFC 9989, section 4.10."""
    assert names("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "_dmarc.g.h.i.j.mail.example.com",
        "_dmarc.h.i.j.mail.example.com",
        "_dmarc.i.j.mail.example.com",
        "_dmarc.j.mail.example.com",
        "_dmarc.mail.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    )


@pytest.mark.parametrize(
    ("labels", "questions", "second"), [(2, 2, 1), (7, 7, 6), (8, 8, 7), (9, 8, 7), (40, 8, 7)]
)
def test_the_walk_leaves_out_one_label_at_a_time_or_jumps_to_seven(
    labels: int, questions: int, second: int
) -> None:
    """From eight labels on, the second name has seven."""
    walk = names(".".join("a" * labels))

    assert len(walk) == questions
    assert walk[1].count(".") == second


def test_a_record_of_its_own_ends_the_walk() -> None:
    """Nothing is asked above it, whether it can be read or not."""
    for record in (GOOD, BAD, "v=dmarc1; p=none"):
        assert asked(look_at({NEWS: (record,)})) == [NEWS]


def test_without_one_all_names_above_are_asked_at_once() -> None:
    """A walk takes two rounds."""
    found = look_at({})

    assert asked(found) == [NEWS, "news.example.com", "example.com", "com"]
    assert [question.name for question in found.rounds[1] if question.type == "TXT"] == [
        "_dmarc.news.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    ]


def test_without_any_record_the_advisory_says_what_to_add() -> None:
    """At the domain itself; a text of something else is none."""
    expected = Advisory(
        situation=Situation.DMARC_MISSING, name=f"_dmarc.{NEWS}", expected=GOOD, servers=(SERVER,)
    )

    assert look_at({}).advisories == (expected,)
    assert look_at({NEWS: ("v=spf1 -all",), "example.com": ("other",)}).advisories == (expected,)
    assert expected.code is Code.DMARC_MISSING


APPLIED: dict[str, dict[str, tuple[str, ...]]] = {
    "its own": {NEWS: (GOOD,)},
    "its own, whatever stands above": {NEWS: (GOOD,), "example.com": (BAD,)},
    "one above": {"news.example.com": (GOOD,)},
    "the highest of several": {"news.example.com": (BAD,), "example.com": (GOOD,)},
    "that of the top level": {"com": (GOOD,)},
    "what says that it is the organization's": {
        "news.example.com": ("v=DMARC1; p=none; psd=n",),
        "example.com": (BAD,),
    },
    "that below a public suffix": {
        "example.com": (GOOD,),
        "com": ("v=DMARC1; p=deny; psd=y",),
    },
    "that of a public suffix": {"news.example.com": (BAD,), "com": ("v=DMARC1; p=none; psd=y",)},
    "that of a public suffix just above": {"news.example.com": ("v=DMARC1; p=none; psd=y",), "com": (BAD,)},
    "the one above others that do not count": {
        "news.example.com": ("v=dmarc1; p=none",),
        "example.com": (GOOD,),
    },
}


@pytest.mark.parametrize("records", APPLIED.values(), ids=APPLIED.keys())
def test_a_good_record_that_applies_is_no_news(records: dict[str, tuple[str, ...]]) -> None:
    """Even where others on the way could not be read."""
    assert look_at(records).advisories == ()


FAULTY: dict[str, tuple[dict[str, tuple[str, ...]], str, Situation]] = {
    "its own": ({NEWS: (BAD,), "example.com": (GOOD,)}, NEWS, Situation.DMARC_VALUE),
    "its own, several": ({NEWS: (GOOD, BAD), "example.com": (GOOD,)}, NEWS, Situation.DMARC_SEVERAL),
    "its own, overlooked": ({NEWS: ("v=dmarc1",), "example.com": (GOOD,)}, NEWS, Situation.DMARC_VERSION),
    "one above": ({"example.com": (BAD,)}, "example.com", Situation.DMARC_VALUE),
    "the highest of several": (
        {"news.example.com": (GOOD,), "example.com": (BAD,)},
        "example.com",
        Situation.DMARC_VALUE,
    ),
    "several, at a name above": ({"example.com": (GOOD, BAD)}, "example.com", Situation.DMARC_SEVERAL),
    "overlooked, at two names above: the first": (
        {"news.example.com": ("v=dmarc1",), "example.com": ("p=none",)},
        "news.example.com",
        Situation.DMARC_VERSION,
    ),
}


@pytest.mark.parametrize(("records", "name", "situation"), FAULTY.values(), ids=FAULTY.keys())
def test_a_record_that_should_apply_and_cannot_is_told(
    records: dict[str, tuple[str, ...]], name: str, situation: Situation
) -> None:
    """With the name where it stands."""
    advisory = only(look_at(records))

    assert (advisory.code, advisory.situation) == (Code.DMARC_INVALID, situation)
    assert (advisory.name, advisory.seen) == (f"_dmarc.{name}", tuple(sorted(records[name])))


def test_only_texts_that_were_meant_are_shown() -> None:
    """Not what a wildcard brings beside them."""
    assert only(look_at({NEWS: ("v=dmarc1; p=none", "other")})).seen == ("v=dmarc1; p=none",)
    assert only(look_at({NEWS: (BAD, "v=dmarc1; p=none")})).seen == (BAD,)


@pytest.mark.parametrize("seen", [Seen.TIMEOUT, Seen.SERVFAIL, Seen.REFUSED, Seen.MALFORMED])
def test_a_silent_server_makes_no_claim(seen: Seen) -> None:
    """Neither at the domain nor on the way up."""
    assert look_at({NEWS: seen}).advisories == ()
    assert asked(look_at({NEWS: seen})) == [NEWS]
    assert look_at({"example.com": seen}).advisories == ()
    assert look_at({"example.com": seen, "com": (BAD,)}).advisories == ()


def test_silence_above_the_end_of_the_walk_does_not_matter() -> None:
    """What says that it is the organization's ends it."""
    found = look_at({"news.example.com": ("v=DMARC1; p=deny; psd=n",), "example.com": Seen.TIMEOUT})

    assert only(found).name == "_dmarc.news.example.com"


def test_a_look_that_was_broken_off_makes_no_claim() -> None:
    """An answer that never came is no answer."""
    assert judge(NEWS, {}) == ()
    assert judge(NEWS, {Question(f"_dmarc.{NEWS}", "TXT"): Answer(Seen.NXDOMAIN)}) == ()


def test_a_policy_behind_an_alias_is_found() -> None:
    """Many are a CNAME to the record that a provider keeps."""
    held = {
        (NEWS, "MX"): GOOD_MX,
        (f"_dmarc.{NEWS}", "CNAME"): ("customer.dmarc.example",),
        ("customer.dmarc.example", "TXT"): (GOOD,),
    }

    assert look(replier(held), NEWS).advisories == ()
