"""Who runs a zone's DNS, and what is said of their panel: only what is known, and only where it helps."""

import string
from dataclasses import replace
from typing import Final

import pytest

from domain.diagnosis import Code, Diagnosis
from domain.diagnosis import fillings as diagnosis_fillings
from domain.provider import (
    NAME_CODES,
    OTHER_CODES,
    SENTENCES,
    TARGET_CODES,
    FinalDot,
    Hint,
    Known,
    Provider,
    advice_misleads,
    fillings,
    hints,
    recognise,
)

CLOUDFLARE: Final = Provider(
    id="cloudflare",
    name="Cloudflare",
    name_servers=("ns.cloudflare.com",),
    name_field="Name",
    target_field="Target",
    appends_domain=Known.YES,
    proxies=Known.YES,
    proxy_field="Proxy status",
    proxy_off="DNS only",
    help_page="https://dns.example/help",
)
ROUTE53: Final = Provider(
    id="route53",
    name="Amazon Route 53",
    name_servers=("awsdns-*.com", "awsdns-*.net", "awsdns-*.org", "awsdns-*.co.uk"),
)
OVH: Final = Provider(id="ovh", name="OVHcloud", name_servers=("dns*.ovh.net", "ns*.ovh.net", "anycast.me"))
WEDOS: Final = Provider(
    id="wedos",
    name="WEDOS",
    name_servers=("ns.wedos.cz", "ns.wedos.com", "ns.wedos.eu", "ns.wedos.net"),
    name_field="Název",
    target_field="Data",
    appends_domain=Known.YES,
    final_dot=FinalDot.FORBIDDEN,
)
STRANGER: Final = Provider(id="stranger", name="Stranger", name_servers=("stranger.example",))
PROVIDERS: Final = (CLOUDFLARE, ROUTE53, OVH, WEDOS, STRANGER)

SHOP: Final = Diagnosis(
    code=Code.RECORD_MISSING,
    name="sg1-aaaa._domainkey.news.example.org",
    expected="sg1-aaaa.dkim.signet.example",
)


def said(provider: Provider, code: str) -> list[Hint]:
    """Which hints are given, in their order."""
    meaning = {sentence: hint for hint, sentence in SENTENCES.items()}
    return [meaning[sentence] for sentence in hints(provider, code)]


@pytest.mark.parametrize(
    ("name_servers", "expected"),
    [
        ("clark.ns.cloudflare.com mallory.ns.cloudflare.com", CLOUDFLARE),
        ("CLARK.NS.Cloudflare.COM. mallory.ns.cloudflare.com.", CLOUDFLARE),
        ("ns-1.awsdns-00.com ns-512.awsdns-00.net ns-1024.awsdns-00.org ns-1536.awsdns-00.co.uk", ROUTE53),
        ("dns19.ovh.net ns19.ovh.net", OVH),
        ("dns200.anycast.me ns200.anycast.me", OVH),
        ("ns.wedos.cz ns.wedos.com ns.wedos.eu ns.wedos.net", WEDOS),
        ("ns.wedos.net", WEDOS),
    ],
)
def test_a_provider_is_recognised_by_the_end_of_its_name_servers(
    name_servers: str, expected: Provider
) -> None:
    """In any case, with a final dot or without."""
    assert recognise(name_servers.split(), PROVIDERS) is expected


@pytest.mark.parametrize(
    "name_servers",
    [
        "",
        "ns1.example.org ns2.example.org",
        "ns1.notcloudflare.com ns2.notcloudflare.com",
        "clark.xns.cloudflare.com",
        "clark.ns.cloudflare.com.example.org",
        "cloudflare.com",
        "com",
        "ns-1.awsdns-evil.com",
        "ns-1.awsdns-.com",
        "ns-1.awsdns-0000.com",
        "ns-1.awsdns-٣.com",
        "ns-1.notawsdns-00.com",
        "ns300123.ovh.net sdns1.ovh.net",
        "xns.wedos.cz",
    ],
)
def test_a_look_alike_and_a_stranger_are_nobody(name_servers: str) -> None:
    """Whole labels count, and a star is a number of at most three digits: a rented server has more."""
    assert recognise(name_servers.split(), PROVIDERS) is None


@pytest.mark.parametrize(
    "name_servers",
    [
        "clark.ns.cloudflare.com ns.wedos.cz",
        "clark.ns.cloudflare.com mallory.ns.cloudflare.com ns1.example.org",
        "ns1.example.org clark.ns.cloudflare.com",
    ],
)
def test_a_mixed_set_is_nobodys(name_servers: str) -> None:
    """It is not known which panel is the one to go to."""
    assert recognise(name_servers.split(), PROVIDERS) is None


def test_nobody_is_recognised_among_no_providers() -> None:
    """The list comes in as an argument."""
    assert recognise(["ns.wedos.cz"], ()) is None


@pytest.mark.parametrize(
    ("provider", "code", "expected"),
    [
        (CLOUDFLARE, "dns.record_missing", [Hint.FIELDS, Hint.SHORT_NAME, Hint.HELP_PAGE]),
        (CLOUDFLARE, "dns.name_doubled", [Hint.FIELDS, Hint.SHORT_NAME, Hint.HELP_PAGE]),
        (CLOUDFLARE, "dns.label_missing", [Hint.FIELDS, Hint.SHORT_NAME, Hint.HELP_PAGE]),
        (CLOUDFLARE, "dns.wrong_target", [Hint.FIELDS, Hint.HELP_PAGE]),
        (CLOUDFLARE, "dns.proxied", [Hint.RUN_BY, Hint.PROXY_OFF, Hint.HELP_PAGE]),
        (CLOUDFLARE, "dns.multiple_cnames", [Hint.RUN_BY, Hint.HELP_PAGE]),
        (WEDOS, "dns.record_missing", [Hint.FIELDS, Hint.SHORT_NAME, Hint.DOT_FORBIDDEN]),
        (WEDOS, "dns.target_origin_appended", [Hint.FIELDS, Hint.DOT_FORBIDDEN]),
        (WEDOS, "dns.proxied", [Hint.RUN_BY]),
        (STRANGER, "dns.record_missing", [Hint.RUN_BY]),
        (STRANGER, "dns.target_origin_appended", [Hint.RUN_BY]),
        (STRANGER, "dns.proxied", [Hint.RUN_BY]),
    ],
)
def test_the_hints_fit_the_code_and_the_provider(provider: Provider, code: str, expected: list[Hint]) -> None:
    """What is not known of a panel is not said."""
    assert said(provider, code) == expected


@pytest.mark.parametrize(
    ("appends", "expected"),
    [(Known.YES, {Hint.SHORT_NAME}), (Known.NO, {Hint.WHOLE_NAME}), (Known.UNKNOWN, set())],
)
def test_how_much_of_the_name_to_enter_is_said_where_a_name_is_entered(
    appends: Known, expected: set[Hint]
) -> None:
    """And nowhere else."""
    provider = replace(STRANGER, appends_domain=appends)

    for code in NAME_CODES:
        assert set(said(provider, code)) - {Hint.RUN_BY} == expected, code
    for code in (TARGET_CODES | OTHER_CODES) - NAME_CODES:
        assert said(provider, code) == [Hint.RUN_BY], code


@pytest.mark.parametrize(
    ("dot", "expected"),
    [
        (FinalDot.NEEDED, {Hint.DOT_NEEDED}),
        (FinalDot.FORBIDDEN, {Hint.DOT_FORBIDDEN}),
        (FinalDot.OPTIONAL, set()),
        (FinalDot.UNKNOWN, set()),
    ],
)
def test_the_final_dot_is_spoken_of_where_a_target_is_entered(dot: FinalDot, expected: set[Hint]) -> None:
    """And only by panels that insist on having it or not."""
    provider = replace(STRANGER, final_dot=dot)

    for code in TARGET_CODES:
        assert set(said(provider, code)) - {Hint.RUN_BY} == expected, code
    for code in (NAME_CODES | OTHER_CODES) - TARGET_CODES:
        assert said(provider, code) == [Hint.RUN_BY], code


@pytest.mark.parametrize("known", ["name_field", "target_field"])
def test_the_fields_are_named_only_where_both_are_known(known: str) -> None:
    """Half of it would leave the owner searching."""
    assert said(replace(STRANGER, **{known: "Field"}), "dns.record_missing") == [Hint.RUN_BY]


@pytest.mark.parametrize(
    "code",
    ["dns.timeout", "dns.servfail", "dns.domain_not_found", "dns.bogus", "dns.target_unpublished", "dns.new"],
)
def test_where_the_panel_cannot_help_nothing_is_said(code: str) -> None:
    """Neither of a code that is not known here."""
    assert hints(CLOUDFLARE, code) == ()


@pytest.mark.parametrize(
    ("provider", "code", "expected"),
    [
        (WEDOS, "dns.target_origin_appended", True),
        (WEDOS, "dns.wrong_target", False),
        (CLOUDFLARE, "dns.target_origin_appended", False),
    ],
)
def test_advice_to_add_a_dot_misleads_where_a_dot_is_refused(
    provider: Provider, code: str, *, expected: bool
) -> None:
    """There the hint has to stand in the place of the advice, not beside it."""
    assert advice_misleads(provider, code) is expected


def test_the_hints_are_filled_with_the_facts() -> None:
    """An example in full. The zone may be above the sending domain, and its panel wants the rest of the name."""
    needy = replace(WEDOS, name="Needy", final_dot=FinalDot.NEEDED, help_page="https://needy.example/dns")

    filled = [hint.format_map(fillings(needy, SHOP, "example.org")) for hint in hints(needy, SHOP.code.value)]

    assert filled == [
        (
            "Your DNS is run by Needy. There, the name goes into the field “Název” "
            "and the target into the field “Data”."
        ),
        "Enter only sg1-aaaa._domainkey.news as the name: Needy adds .example.org by itself.",
        "Enter sg1-aaaa.dkim.signet.example. as the target: Needy needs the dot at its end.",
        "How to do it, explained by Needy: https://needy.example/dns",
    ]


def test_the_hints_use_only_what_can_be_filled_in() -> None:
    """And what a diagnosis fills in, too, means the same in both."""
    filled = fillings(CLOUDFLARE, SHOP, "example.org")
    of_diagnosis = diagnosis_fillings(SHOP)

    places = {name for text in SENTENCES.values() for _, name, _, _ in string.Formatter().parse(text) if name}

    assert places == set(filled)
    assert {place: filled[place] for place in filled.keys() & of_diagnosis.keys()} == {
        "name": of_diagnosis["name"],
        "expected": of_diagnosis["expected"],
    }


def test_every_hint_has_its_sentence() -> None:
    """None is forgotten."""
    assert set(SENTENCES) == set(Hint)
