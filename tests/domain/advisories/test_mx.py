"""Whether replies arrive: the MX records of the sending domain, or its address in their stead."""

import pytest

from domain.advisories.advisory import Code
from domain.observation import Question, Seen
from tests.domain.advisories.world import DOMAIN, GOOD_DMARC, SERVER, Held, look, look_at, only, replier

CASES: dict[str, tuple[Held, Code | None]] = {
    "a mail server": ({}, None),
    "several mail servers": ({(DOMAIN, "MX"): ("10 a.example", "20 b.example")}, None),
    "a null MX": ({(DOMAIN, "MX"): ("0 .",)}, Code.MX_NULL),
    "a null MX, the root written as nothing": ({(DOMAIN, "MX"): ("0 ",)}, Code.MX_NULL),
    "a null MX beside another": ({(DOMAIN, "MX"): ("0 .", "10 a.example")}, None),
    "an answer without values": ({(DOMAIN, "MX"): ()}, None),
    "no such name": ({(DOMAIN, "MX"): Seen.NXDOMAIN}, Code.MX_MISSING),
    "no such type": ({(DOMAIN, "MX"): Seen.NODATA}, Code.MX_MISSING),
    "an address": ({(DOMAIN, "MX"): Seen.NODATA, (DOMAIN, "A"): ("192.0.2.9",)}, None),
    "an address of IPv6": ({(DOMAIN, "MX"): Seen.NODATA, (DOMAIN, "AAAA"): ("2001:db8::9",)}, None),
    "no such name, but an address": ({(DOMAIN, "MX"): Seen.NXDOMAIN, (DOMAIN, "A"): ("192.0.2.9",)}, None),
    "an address that cannot be seen": ({(DOMAIN, "MX"): Seen.NODATA, (DOMAIN, "A"): Seen.TIMEOUT}, None),
    "an address of IPv6 that cannot be seen": (
        {(DOMAIN, "MX"): Seen.NODATA, (DOMAIN, "AAAA"): Seen.SERVFAIL},
        None,
    ),
    "an alias with a mail server": (
        {
            (DOMAIN, "MX"): Seen.NODATA,
            (DOMAIN, "CNAME"): ("host.example",),
            ("host.example", "MX"): ("10 a.example",),
        },
        None,
    ),
    "an alias with a null MX": (
        {(DOMAIN, "MX"): Seen.NODATA, (DOMAIN, "CNAME"): ("host.example",), ("host.example", "MX"): ("0 .",)},
        Code.MX_NULL,
    ),
    "an alias with an address": (
        {
            (DOMAIN, "MX"): Seen.NODATA,
            (DOMAIN, "CNAME"): ("host.example",),
            ("host.example", "A"): ("192.0.2.9",),
        },
        None,
    ),
    "an alias to nothing": (
        {(DOMAIN, "MX"): Seen.NODATA, (DOMAIN, "CNAME"): ("host.example",)},
        Code.MX_MISSING,
    ),
}


@pytest.mark.parametrize(("held", "code"), CASES.values(), ids=CASES.keys())
def test_each_answer_has_its_meaning(held: Held, code: Code | None) -> None:
    """No MX means the address (RFC 5321, section 5.1); the root means no mail (RFC 7505)."""
    found = look_at(held).advisories

    assert [advisory.code for advisory in found] == ([code] if code else [])


@pytest.mark.parametrize("seen", [Seen.TIMEOUT, Seen.SERVFAIL, Seen.REFUSED, Seen.MALFORMED])
def test_what_cannot_be_seen_is_not_missing(seen: Seen) -> None:
    """And no address is asked for."""
    found = look_at({(DOMAIN, "MX"): seen})

    assert found.advisories == ()
    assert not {"A", "AAAA"} & {question.type for question in found.asked}


def test_with_mail_servers_one_question_is_enough() -> None:
    """Addresses are asked for only where there clearly are none."""
    found = look(replier({(DOMAIN, "MX"): ("10 a.example",), (f"_dmarc.{DOMAIN}", "TXT"): GOOD_DMARC}))

    assert [question for question in found.asked if question.type != "TXT"] == [
        Question(DOMAIN, "MX"),
        Question(DOMAIN, "CNAME"),  # for the texts, of which there are none
    ]


def test_the_advisory_says_what_was_seen_and_by_whom() -> None:
    """As it stands in the answer."""
    advisory = only(look_at({(DOMAIN, "MX"): ("0 .",)}))

    assert (advisory.name, advisory.seen, advisory.servers) == (DOMAIN, ("0 .",), (SERVER,))
