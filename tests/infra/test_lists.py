"""The lists as they are shipped: what must be in them, and what must not."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

import infra.lists
from domain.names import DomainName, Refusal, parse_domain, spell
from infra.lists import name_rules
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
