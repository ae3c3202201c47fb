"""The lists as they are shipped: what must be in them, and what must not."""

import re
import tomllib
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Final

import pytest

import infra.lists
from domain.names import DomainName, Refusal, parse_domain, spell
from domain.provider import FinalDot, Known, recognise
from infra.lists import name_rules
from infra.lists.providers import LIST, providers
from infra.lists.suffixes import PublicSuffixes

FOLDER: Final = Path(infra.lists.__file__).parent

MAIL_PROVIDERS: Final = """
gmail.com googlemail.com seznam.cz email.cz post.cz spoluzaci.cz centrum.cz atlas.cz volny.cz outlook.com outlook.cz
hotmail.com hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk yahoo.cz ymail.com icloud.com me.com mac.com proton.me
protonmail.com pm.me gmx.de gmx.net gmx.com gmx.at web.de t-online.de aol.com mail.ru bk.ru inbox.ru yandex.ru
yandex.com ya.ru zoho.com zoho.eu zohomail.com azet.sk wp.pl qq.com 163.com libero.it orange.fr fastmail.com
"""

SPECIAL_USE: Final = """
a.test a.local a.localhost a.invalid a.example a.onion a.alt a.internal home.arpa a.home.arpa 1.168.192.in-addr.arpa
a.lan a.home a.corp a.mail a.localdomain
"""

TEXT: Final = (FOLDER / LIST).read_text("utf-8")
ROWS: Final[dict[str, dict[str, Any]]] = tomllib.loads(TEXT)
EVERY_ROW: Final = {"name", "name_servers", "name_servers_from", "name_field", "target_field", "appends_domain"} | {
    "final_dot", "proxies", "help_page", "sources", "looked_at"
}  # fmt: skip
FACTS: Final = ("name_field", "target_field", "appends_domain", "final_dot", "proxies")
ORIGINS: Final = {"dns-lexicon", "can-i-take-over-dns", "observed", "its own pages"}
LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
PATTERN: Final = re.compile(rf"(?:[a-z0-9-]+\*|{LABEL})(?:\.{LABEL})+")

NAME_SERVERS: Final = {
    "active24": "alfa.ns.active24.cz beta.ns.active24.cz gama.ns.active24.sk",
    "azure": "ns1-01.azure-dns.com ns2-01.azure-dns.net ns3-01.azure-dns.org ns4-01.azure-dns.info",
    "bluehost": "ns1.bluehost.com ns2.bluehost.com",
    "cesky_hosting": "ns1.thinline.cz ns2.thinline.cz ns3.cesky-hosting.eu",
    "cloudflare": "clark.ns.cloudflare.com mallory.ns.cloudflare.com",
    "czechia": "ns1.regzone.cz ns1.regzone.de ns1.regzone.info",
    "desec": "ns1.desec.io ns2.desec.org",
    "digitalocean": "ns1.digitalocean.com ns2.digitalocean.com ns3.digitalocean.com",
    "dnsimple": "ns1.dnsimple-edge.com ns2.dnsimple-edge.net ns3.dnsimple-edge.io ns4.dnsimple-edge.org",
    "forpsi": "ns.forpsi.net ns.forpsi.cz ns.forpsi.it",
    "gandi": "a.dns.gandi.net b.dns.gandi.net c.dns.gandi.net",
    "godaddy": "ns59.domaincontrol.com ns60.domaincontrol.com",
    "gransy": "ns.gransy.com ns2.gransy.com ns3.gransy.com ns4.gransy.com ns5.gransy.com",
    "hetzner": "hydrogen.ns.hetzner.com oxygen.ns.hetzner.com helium.ns.hetzner.de",
    "hosting90": "ns1.hosting90.cz ns2.hosting90.cz ns3.hosting90.net",
    "hostinger": "lunar.dns-parking.com solar.dns-parking.com",
    "hover": "ns1.hover.com ns2.hover.com",
    "hukot": "ns1.hukot.cz ns3.hukot.cz ns2.securitynet.cz",
    "ionos": "ns1038.ui-dns.com ns1045.ui-dns.de ns1096.ui-dns.biz ns1108.ui-dns.org",
    "linode": "ns1.linode.com ns2.linode.com",
    "namecheap": "dns1.registrar-servers.com dns2.registrar-servers.com",
    "namecom": "ns1fkl.name.com ns2fkl.name.com",
    "ovh": "dns19.ovh.net ns19.ovh.net",
    "porkbun": "maceio.porkbun.com fortaleza.porkbun.com",
    "route53": "ns-1.awsdns-00.com ns-512.awsdns-00.net ns-1024.awsdns-00.org ns-1536.awsdns-00.co.uk",
    "savana": "ns1.savana.cz ns2.savana.cz ns3.savana.cz",
    "squarespace": "nsd1.squarespacedns.com nsd2.squarespacedns.com",
    "strato": "docks02.rzone.de shades18.rzone.de",
    "united_domains": "ns.udag.de ns.udag.net ns.udag.org",
    "vercel": "ns1.vercel-dns.com ns2.vercel-dns.com",
    "webglobe": "ns1.webglobe.cz ns2.webglobe.cz ns3.webglobe.com",
    "websupport": "ns1.websupport.cz ns2.websupport.cz ns3.websupport.eu",
    "wedos": "ns.wedos.cz ns.wedos.com ns.wedos.eu ns.wedos.net",
    "wix": "ns8.wixdns.net ns9.wixdns.net",
}


@pytest.mark.parametrize("domain", MAIL_PROVIDERS.split())
def test_a_mail_provider_and_all_under_it_is_freemail(domain: str) -> None:
    """Nobody proves somebody else's mail provider, nor a name under it."""
    for name in (domain, f"shop.{domain}", domain.upper() + "."):
        refusal = parse_domain(name, name_rules())

        assert isinstance(refusal, Refusal), name
        assert refusal.code == "domain.freemail"


@pytest.mark.parametrize(
    "domain",
    [
        "example.com",
        "shop.example.co.uk",
        "me.github.io",
        "www.ck",
        "notgmail.com",
        "gmail.com.example.org",
        "yahoo.example.com",
        "a.yahoo-partner.com",
        "skoda-auto.cz",
        "gov.uk.example.net",
        "xn--hkyrky-ptac70bc.cz",
        "example.nosuchtop",
    ],
)
def test_an_ordinary_domain_is_taken(domain: str) -> None:
    """What is neither shared nor a provider's can be proven."""
    assert isinstance(parse_domain(domain, name_rules()), DomainName)


@pytest.mark.parametrize("domain", ["co.uk", "github.io", "kobe.jp", "foo.ck", "公司.cn", "xn--55qx5d.cn"])
def test_a_public_suffix_is_refused(domain: str) -> None:
    """ICANN's section and the private one, wildcards and their exceptions, in either spelling."""
    refusal = parse_domain(domain, name_rules())

    assert isinstance(refusal, Refusal)
    assert refusal.code == "domain.public_suffix"


@pytest.mark.parametrize("domain", SPECIAL_USE.split())
def test_a_special_use_name_is_refused_and_a_lab_takes_it(domain: str) -> None:
    """They are not of the public DNS."""
    refusal = parse_domain(domain, name_rules())

    assert isinstance(refusal, Refusal)
    assert refusal.code == "domain.reserved"
    assert parse_domain(domain, name_rules(lab=True)) == DomainName(domain, domain)


def test_the_gathered_list_is_sorted_sound_and_says_where_it_comes_from() -> None:
    """Every line is one spelled name, once; the head names the sources, their licences and the day."""
    lines = (FOLDER / "freemail.txt").read_text("utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    names = lines[len(head) :]

    assert len(names) > 4000
    assert all(spell(name) == DomainName(name, name) for name in names if "xn--" not in name)
    assert all(one < other for one, other in pairwise(names))
    assert not [name for name in names if PublicSuffixes().is_public_suffix(name)]
    assert "licence" in "".join(head)
    assert any(line.startswith("# Gathered on: 20") for line in head)


@pytest.mark.parametrize("identifier", ROWS)
def test_a_provider_is_recognised_by_name_servers_that_it_has(identifier: str) -> None:
    """Those that zones there are delegated to."""
    found = recognise(NAME_SERVERS[identifier].split(), providers())

    assert found is not None
    assert found.id == identifier


@pytest.mark.parametrize(
    "name_servers",
    [
        "ns1.notcloudflare.com ns2.notcloudflare.com",
        "ns-cloud-a1.googledomains.com ns-cloud-a2.googledomains.com",
        "dns1.p01.nsone.net dns2.p01.nsone.net",
        "dns1.namecheaphosting.com dns2.namecheaphosting.com",
        "ns1.first-ns.de robotns2.second-ns.de",
        "ns300123.ovh.net sdns1.ovh.net",
        "ns1.securitynet.cz ns2.securitynet.cz",
        "ns.wedos.cz ns.forpsi.net",
    ],
)
def test_name_servers_that_do_not_tell_the_panel_are_nobodys(name_servers: str) -> None:
    """A wrong guess sends the owner to the wrong panel, which is worse than none."""
    assert recognise(name_servers.split(), providers()) is None


def test_there_are_dns_providers_and_they_are_in_order() -> None:
    """So that a new one is seen to be missing, or to be there already."""
    assert len(ROWS) > 30
    assert list(ROWS) == sorted(ROWS)
    assert [provider.id for provider in providers()] == list(ROWS)
    assert len({provider.name for provider in providers()}) == len(ROWS)


@pytest.mark.parametrize("identifier", ROWS)
def test_a_row_has_every_cell_and_every_cell_a_value_that_it_may_have(identifier: str) -> None:
    """What is not known is `unknown`, and is never left out."""
    row = ROWS[identifier]

    assert re.fullmatch(r"[a-z0-9_]+", identifier)
    assert row.keys() - {"proxy_field", "proxy_off"} == EVERY_ROW
    assert all(row[cell].strip() for cell in EVERY_ROW if isinstance(row[cell], str))
    assert {row["appends_domain"], row["proxies"]} <= set(Known)
    assert row["final_dot"] in set(FinalDot)
    assert row.keys() & {"proxy_field", "proxy_off"} in (
        ({"proxy_field", "proxy_off"},) if row["proxies"] == Known.YES else (set(),)
    )


@pytest.mark.parametrize("identifier", ROWS)
def test_what_is_known_has_its_source_and_its_month(identifier: str) -> None:
    """A fact that nobody can look up again is a rumour."""
    row = ROWS[identifier]

    assert set(row["name_servers_from"].split(", ")) <= ORIGINS
    assert row["sources"] or {row[fact] for fact in FACTS} == {"unknown"}
    assert all(page.startswith("https://") for page in row["sources"])
    assert row["help_page"] == "unknown" or row["help_page"].startswith("https://")
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", row["looked_at"])


@pytest.mark.parametrize("identifier", ROWS)
def test_a_pattern_is_whole_labels_below_what_anybody_may_register(identifier: str) -> None:
    """`co.uk` would recognise half of Britain."""
    patterns = ROWS[identifier]["name_servers"]

    assert patterns
    for pattern in patterns:
        assert PATTERN.fullmatch(pattern), pattern
        assert not PublicSuffixes().is_public_suffix(pattern.replace("*", "0")), pattern


def test_no_name_server_belongs_to_two_providers() -> None:
    """The order of the list decides nothing."""
    ends = [(f".{end}", provider.id) for provider in providers() for end in provider.name_servers]

    assert [
        (one, other)
        for (one, owner), (other, rival) in combinations(ends, 2)
        if owner != rival and (one.endswith(other) or other.endswith(one))
    ] == []


def test_what_is_unknown_of_a_panel_is_empty_for_those_who_read_it() -> None:
    """Nobody is told of a field named “unknown”."""
    texts = {
        text
        for provider in providers()
        for text in (provider.name_field, provider.target_field, provider.help_page)
    }

    assert "unknown" not in texts
    assert "" in texts


def test_the_head_of_the_providers_names_the_lists_that_were_used() -> None:
    """With their licences, and what each cell means."""
    head = TEXT.partition("\n[")[0]

    assert "MIT licence" in head
    assert all(cell in head for cell in EVERY_ROW - {"name", "looked_at"})
    assert all(origin in head for origin in ORIGINS)
