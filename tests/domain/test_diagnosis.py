"""What the owner reads: every code has its sentences, with the exact values to type."""

import string

import pytest

from domain.diagnosis import SENTENCES, Code, Diagnosis, advice, shown, summary

TARGET = "sg1-aaaa.dkim.signet.example"
NAME = "sg1-aaaa._domainkey.example.org"


def a_diagnosis(code: Code, *seen: str) -> Diagnosis:
    """A diagnosis of one record."""
    return Diagnosis(code=code, name=NAME, expected=TARGET, seen=seen, servers=("192.0.2.1",))


@pytest.mark.parametrize("code", Code)
def test_every_code_says_what_is_the_case_and_what_to_do(code: Code) -> None:
    """In whole sentences, with nothing left to fill in."""
    diagnosis = a_diagnosis(code, "seen.example")

    for sentence in (summary(diagnosis), advice(diagnosis)):
        assert sentence.endswith(".")
        assert "{" not in sentence


@pytest.mark.parametrize(
    "code",
    [
        Code.RECORD_MISSING,
        Code.WRONG_TARGET,
        Code.TARGET_TYPO,
        Code.TARGET_ORIGIN_APPENDED,
        Code.TARGET_MALFORMED,
        Code.SELECTORS_SWAPPED,
        Code.TXT_INSTEAD_OF_CNAME,
        Code.PROXIED,
        Code.MULTIPLE_CNAMES,
    ],
)
def test_advice_on_a_record_holds_the_value_to_type(code: Code) -> None:
    """The owner copies it from there."""
    assert TARGET in advice(a_diagnosis(code, "seen.example"))


@pytest.mark.parametrize("code", [Code.SERVFAIL, Code.REFUSED, Code.TIMEOUT, Code.MALFORMED])
def test_what_could_not_be_seen_is_not_the_owners_fault(code: Code) -> None:
    """Nothing is to be changed."""
    assert "need not change" in advice(a_diagnosis(code))


def test_the_sentences_are_filled_with_the_facts() -> None:
    """An example in full."""
    diagnosis = a_diagnosis(Code.WRONG_TARGET, "www.example.net")

    assert summary(diagnosis) == f"{NAME} points to www.example.net, not to {TARGET}."
    assert advice(diagnosis) == f"Change the target of this record to {TARGET}."


def test_what_was_seen_cannot_fill_in_anything_itself() -> None:
    """Braces of a stranger stay braces."""
    assert "{expected}" in summary(a_diagnosis(Code.WRONG_TARGET, "{expected}"))


def test_the_sentences_use_only_what_can_be_filled_in() -> None:
    """A translation may use the same, and no more."""
    places = {
        name
        for sentences in SENTENCES.values()
        for sentence in sentences
        for _, name, _, _ in string.Formatter().parse(sentence)
        if name
    }

    assert places <= {"name", "expected", "seen", "domain", "servers"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, with signs: <b>&amp;</b>", "plain text, with signs: <b>&amp;</b>"),
        ("řeřicha", "řeřicha"),
        ("a\tb\nc\x00d", "a\ufffdb\ufffdc\ufffdd"),
        ("left\u202eright\u200b", "left\ufffdright\ufffd"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
    ],
)
def test_a_strangers_text_is_shown_short_and_visible(text: str, expected: str) -> None:
    """Cut to 100 signs; nothing that a terminal or a page would obey."""
    assert shown(text) == expected
