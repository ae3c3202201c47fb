"""Which texts are names of sending domains, and which code says why not."""

import re
from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import (
    LONGEST_NAME,
    MESSAGES,
    DomainName,
    NameCode,
    NameRules,
    Refusal,
    as_given,
    parse_domain,
    spell,
)

LDH: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Listed:
    """Both lists, by hand: these names, and for mail providers what stands under them."""

    names: tuple[str, ...]

    def is_public_suffix(self, name: str) -> bool:
        return name in self.names

    def is_freemail(self, name: str) -> bool:
        return any(f".{name}".endswith(f".{listed}") for listed in self.names)


RULES: Final = NameRules(
    suffixes=Listed(("com", "cz", "co.uk", "github.io", "xn--p1ai")),
    freemail=Listed(("gmail.com", "seznam.cz", "yahoo.co.uk")),
    reserved=frozenset({"test", "local", "home.arpa"}),
)
LAB: Final = replace(RULES, lab=True)


@pytest.mark.parametrize(
    ("text", "ascii_form", "unicode_form"),
    [
        ("example.com", "example.com", "example.com"),
        ("Shop.EXAMPLE.com.", "shop.example.com", "shop.example.com"),
        ("háčkyčárky.cz", "xn--hkyrky-ptac70bc.cz", "háčkyčárky.cz"),
        ("HÁČKYČÁRKY.CZ", "xn--hkyrky-ptac70bc.cz", "háčkyčárky.cz"),
        ("XN--HKYRKY-PTAC70BC.cz", "xn--hkyrky-ptac70bc.cz", "háčkyčárky.cz"),
        ("ha\u0301cky.cz", "xn--hcky-5na.cz", "hácky.cz"),
        ("faß.com", "xn--fa-hia.com", "faß.com"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("1-2.3com.cz", "1-2.3com.cz", "1-2.3com.cz"),
        ("a--b.com", "a--b.com", "a--b.com"),
        ("me.github.io", "me.github.io", "me.github.io"),
        ("notgmail.com", "notgmail.com", "notgmail.com"),
        ("dead.beef", "dead.beef", "dead.beef"),
        (f"{'a' * 63}.com", f"{'a' * 63}.com", f"{'a' * 63}.com"),
    ],
)
def test_a_name_has_one_spelling(text: str, ascii_form: str, unicode_form: str) -> None:
    """Case, the final dot, composed letters and A- or U-labels make no difference."""
    assert parse_domain(text, RULES) == DomainName(ascii_form, unicode_form)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "domain.invalid"),
        (".", "domain.invalid"),
        ("..", "domain.invalid"),
        (".example.com", "domain.invalid"),
        ("example..com", "domain.invalid"),
        ("example.com..", "domain.invalid"),
        (" example.com", "domain.invalid"),
        ("exam ple.com", "domain.invalid"),
        ("example.com\n", "domain.invalid"),
        ("example.com\n.", "domain.invalid"),
        ("exa\x00mple.com", "domain.invalid"),
        ("exam\u202eple.com", "domain.invalid"),
        ("\u200fexample.com", "domain.invalid"),
        ("\ud800.com", "domain.invalid"),
        ("-example.com", "domain.invalid"),
        ("example-.com", "domain.invalid"),
        ("ab--cd.com", "domain.invalid"),
        ("_dmarc.example.com", "domain.invalid"),
        ("*.example.com", "domain.invalid"),
        ("owner@example.com", "domain.invalid"),
        ("https://example.com/", "domain.invalid"),
        ("example。com", "domain.invalid"),
        ("ｅxample.com", "domain.invalid"),
        ("xn--a.com", "domain.invalid"),
        ("xn--.com", "domain.invalid"),
        ("example.123", "domain.invalid"),
        ("example.0x7f", "domain.invalid"),
        ("localhost", "domain.single_label"),
        ("com", "domain.single_label"),
        ("рф", "domain.single_label"),
        ("192.0.2.1", "domain.ip_literal"),
        ("192.0.2.1.", "domain.ip_literal"),
        ("[192.0.2.1]", "domain.ip_literal"),
        ("999.999.999.999", "domain.ip_literal"),
        ("0x7f.1", "domain.ip_literal"),
        ("2001:db8::1", "domain.ip_literal"),
        ("[2001:db8::1]", "domain.ip_literal"),
        ("[IPv6:2001:db8::1]", "domain.ip_literal"),
        ("example:25", "domain.invalid"),
        ("co.uk", "domain.public_suffix"),
        ("GitHub.io.", "domain.public_suffix"),
        ("gmail.com", "domain.freemail"),
        ("Mail.GMAIL.com.", "domain.freemail"),
        ("seznam.cz", "domain.freemail"),
        ("shop.test", "domain.reserved"),
        ("printer.LOCAL", "domain.reserved"),
        ("home.arpa", "domain.reserved"),
        ("router.home.arpa", "domain.reserved"),
        (f"{'a' * 64}.com", "domain.too_long"),
        (f"{'é' * 60}.com", "domain.invalid"),
        ("a." * 105 + "com", "domain.too_long"),
        ("x" * 65_536, "domain.too_long"),
        (f"{'x' * 65_536}.com", "domain.too_long"),
        ("x." * 32_768 + "com", "domain.too_long"),
        ("\u0301" * 65_536, "domain.too_long"),
    ],
)
def test_a_text_that_is_no_provable_name_is_refused_with_its_code(text: str, code: str) -> None:
    """Each way of not being a domain of one's own has its code."""
    refusal = parse_domain(text, RULES)

    assert isinstance(refusal, Refusal)
    assert refusal.code == code


@pytest.mark.parametrize(("octets", "taken"), [(LONGEST_NAME, True), (LONGEST_NAME + 1, False)])
def test_a_name_leaves_room_for_our_records(octets: int, taken: bool) -> None:  # noqa: FBT001 - a table
    """211 octets are the most: with `sg1-<token>._domainkey.` before it, a name must fit into 253."""
    labels = f"{'a' * 63}.{'b' * 63}.{'c' * 63}."
    name = labels + "d" * (octets - len(labels))

    assert isinstance(parse_domain(name, RULES), DomainName) is taken
    assert len(f"sg1-{'x' * 26}._domainkey.") + LONGEST_NAME <= 253


@pytest.mark.parametrize("text", ["shop.test", "printer.local", "home.arpa"])
def test_a_lab_takes_reserved_names(text: str) -> None:
    """The sandbox proves domains under `.test`."""
    assert parse_domain(text, LAB) == DomainName(text, text)


@pytest.mark.parametrize(
    ("text", "code"), [("gmail.com", "domain.freemail"), ("co.uk", "domain.public_suffix")]
)
def test_a_lab_refuses_all_else_as_ever(text: str, code: str) -> None:
    """A lab opens nothing but the reserved names."""
    refusal = parse_domain(text, LAB)

    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_a_refusal_says_in_a_sentence_which_domain_and_why() -> None:
    """People read the message; the sentence without the name is what is translated."""
    refusal = parse_domain("GMail.com.", RULES)

    assert isinstance(refusal, Refusal)
    assert refusal.message == "gmail.com belongs to a mail provider. Only a domain of your own can be proven."
    assert refusal.template == MESSAGES[NameCode.FREEMAIL]


def test_every_code_has_its_sentence() -> None:
    """No refusal is without words."""
    assert set(MESSAGES) == set(NameCode)


@given(st.one_of(st.text(), st.from_regex(r"[a-zA-Z0-9éßД.-]{1,40}\.(com|cz|test)\.?", fullmatch=True)))
def test_whatever_the_text_it_is_a_sound_name_or_a_refusal(text: str) -> None:
    """Nothing raises; a name is LDH, fits, and both of its forms lead back to it."""
    name = parse_domain(text, LAB)

    if isinstance(name, Refusal):
        assert name.message
        return
    assert LDH.fullmatch(name.ascii)
    assert len(name.ascii) <= LONGEST_NAME
    assert parse_domain(name.ascii, LAB) == name
    assert parse_domain(name.unicode, LAB) == name


@given(st.from_regex(r"[a-z0-9-]{1,8}(\.[a-z0-9-]{1,8}){0,3}", fullmatch=True))
def test_the_quick_way_agrees_with_idna(text: str) -> None:
    """Plain names are not shown to the idna package; it would say the same."""
    import idna  # noqa: PLC0415 - the oracle of this test alone

    try:
        expected: str | None = idna.encode(text, strict=True).decode()
    except idna.IDNAError:
        expected = None
    name = spell(text)

    if isinstance(name, DomainName):
        assert name.ascii == expected
    elif name.code is NameCode.INVALID and not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", text.rpartition(".")[2]):
        assert expected is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("example.com", "example.com"),
        ("a\x00b\u202ec\ud800", "a\\u{0}b\\u{202e}c\\u{d800}"),
        ("x" * 70_000, "x" * 253),
    ],
)
def test_what_was_given_is_made_safe_to_show(text: str, shown: str) -> None:
    """A refused name goes back into an event and a database: short, and with nothing invisible in it."""
    assert as_given(text) == shown
