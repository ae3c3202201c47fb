"""The names of sending domains: whatever text comes, it is a name with one spelling, or a refusal with a sentence."""

import unicodedata

import atheris

with atheris.instrument_imports(include=["domain.names"]):
    from domain.names import LONGEST_NAME, Refusal, as_given, parse_domain

from fuzz.running import fuzz
from infra.lists import name_rules
from tests.domain.test_names import LDH

RULES = name_rules(lab=True)
UNSHOWABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SEEDS = (
    "example.com",
    "Shop.EXAMPLE.com.",
    "háčkyčárky.cz",
    "XN--HKYRKY-PTAC70BC.cz",
    "ha\u0301cky.cz",
    "faß.com",
    "пример.рф",
    "me.github.io",
    "gmail.com",
    "co.uk",
    "192.0.2.1",
    "[ipv6:2001:db8::1]",
    "0x7f.1",
    "example。com",
    "ab--cd.com",
    "exam\u202eple.com",
    "a\u200d.com",
    "\u0627\u0644\u0639.com",
    f"{'a' * 63}.com",
)


def one(octets: bytes) -> None:
    """One text, also one that no sender of UTF-8 could write."""
    text = octets.decode("utf-8", "surrogateescape")
    shown = as_given(text)
    assert not any(unicodedata.category(character) in UNSHOWABLE for character in shown)
    name = parse_domain(text, RULES)
    if isinstance(name, Refusal):
        assert name.message
        assert not any(unicodedata.category(character) in UNSHOWABLE for character in name.domain)
        return
    assert LDH.fullmatch(name.ascii)
    assert len(name.ascii) <= LONGEST_NAME
    assert parse_domain(name.ascii, RULES) == name
    assert parse_domain(name.unicode, RULES) == name


if __name__ == "__main__":
    fuzz("names", one, (seed.encode() for seed in SEEDS), 300)
