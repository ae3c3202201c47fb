"""What the owner reads: every code has its sentences, with the exact values to type."""

import string
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from domain.diagnosis import SENTENCES, Code, Diagnosis, advice, shown, summary
from domain.verdict import STATUS_OF, Status

TARGET = "sg1-aaaa.dkim.signet.example"
NAME = "sg1-aaaa._domainkey.example.org"
# What is to be put right for these is not the record.
NOT_OF_THE_RECORD = {Code.DOMAIN_NOT_FOUND, Code.NOT_DELEGATED, Code.PARTIAL}


def a_diagnosis(code: Code, *seen: str, name: str = NAME) -> Diagnosis:
    """A diagnosis of one record."""
    return Diagnosis(
        code=code,
        name=name,
        expected=TARGET,
        seen=seen,
        servers=("ns1.example.net",),
        having=("ns2.example.net",),
        until=datetime(2026, 11, 24, 15, 30, tzinfo=timezone(timedelta(hours=1))),
    )


@pytest.mark.parametrize("code", Code)
def test_every_code_says_what_is_the_case_and_what_to_do(code: Code) -> None:
    """In whole sentences, with nothing left to fill in."""
    diagnosis = a_diagnosis(code, "seen.example")

    for sentence in (summary(diagnosis), advice(diagnosis)):
        assert sentence.endswith(".")
        assert "{" not in sentence


@pytest.mark.parametrize("code", Code)
def test_advice_on_a_record_holds_the_value_to_type_and_no_other_asks_for_one(code: Code) -> None:
    """The owner copies it from there. Where the record is not at fault, nothing is to be copied."""
    about_the_record = STATUS_OF[code] in {Status.MISSING, Status.WRONG} and code not in NOT_OF_THE_RECORD

    assert (TARGET in advice(a_diagnosis(code, "seen.example"))) is about_the_record


@pytest.mark.parametrize("code", [code for code, status in STATUS_OF.items() if status is Status.UNKNOWN])
def test_what_could_not_be_seen_is_not_the_owners_fault(code: Code) -> None:
    """Nothing is to be changed; those who run the name servers are asked to check them."""
    said = advice(a_diagnosis(code))

    assert said.startswith("You need not change the record.")
    assert "whoever runs the name servers of example.org to check" in said


@pytest.mark.parametrize("code", [code for code, status in STATUS_OF.items() if status is Status.OK])
def test_what_is_in_place_asks_for_nothing(code: Code) -> None:
    """It goes away by itself, or it is ours."""
    assert advice(a_diagnosis(code)).startswith("You need not do anything")


@pytest.mark.parametrize(
    "code", [Code.LAME_DELEGATION, Code.TIMEOUT, Code.SERVFAIL, Code.MALFORMED, Code.PARTIAL]
)
def test_the_servers_are_named(code: Code) -> None:
    """So that those who run them know which."""
    assert "ns1.example.net" in summary(a_diagnosis(code))


def test_where_servers_disagree_both_groups_are_named() -> None:
    """Those that have the record before those that have not."""
    said = summary(a_diagnosis(Code.PARTIAL))

    assert said.index("ns2.example.net") < said.index("ns1.example.net")


def test_where_no_server_is_known_the_domain_is_named() -> None:
    """The sentence has no hole."""
    said = summary(replace(a_diagnosis(Code.TIMEOUT), servers=()))

    assert "from: example.org." in said


def test_of_a_hop_its_own_servers_are_to_be_checked() -> None:
    """It lies in a zone of somebody else."""
    assert "the name servers of a.example to check" in advice(a_diagnosis(Code.TIMEOUT, name="a.example"))


def test_an_older_answer_has_an_end() -> None:
    """In UTC, to the minute; where the time of the look is not known, by what ends it."""
    known = a_diagnosis(Code.STALE_CACHE)

    assert summary(known).endswith("may still give an older answer until 2026-11-24 14:30 UTC.")
    assert summary(replace(known, until=None)).endswith(
        "may still give an older answer until they ask again."
    )


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

    assert places == {"name", "expected", "seen", "domain", "servers", "having", "until"}


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
