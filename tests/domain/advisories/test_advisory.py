"""What the owner reads: every situation has its sentences, and its code for programs."""

import string

import pytest

from domain.advisories.advisory import SENTENCES, Advisory, Code, Situation, advice, presentable, summary

FILLED_IN = {"name", "domain", "seen", "expected", "number", "part"}


def an_advisory(situation: Situation, *seen: str) -> Advisory:
    """An advisory on one name."""
    return Advisory(
        situation=situation,
        name="_dmarc.example.com",
        seen=seen,
        expected="v=DMARC1; p=none",
        number=12,
        part="p=deny",
    )


@pytest.mark.parametrize("situation", Situation)
def test_every_situation_says_what_is_the_case_and_what_to_do(situation: Situation) -> None:
    """In whole sentences, with nothing left to fill in."""
    advisory = an_advisory(situation, "seen.example")

    for sentence in (summary(advisory), advice(advisory)):
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_every_code_of_the_contract_has_a_situation() -> None:
    """Six codes, spelled out (product contract, section 3)."""
    assert {an_advisory(situation).code for situation in Situation} == set(Code)
    assert {code.value for code in Code} == {
        "dmarc.missing",
        "dmarc.invalid",
        "spf.too_many_lookups",
        "spf.multiple",
        "mx.missing",
        "mx.null",
    }


def test_the_sentences_are_filled_with_the_facts() -> None:
    """Examples in full."""
    assert summary(an_advisory(Situation.DMARC_MISSING)) == "There is no DMARC record for example.com yet."
    assert advice(an_advisory(Situation.DMARC_MISSING)).startswith(
        "In the DNS settings of example.com, add a record of type TXT with the name _dmarc.example.com "
        "and the value v=DMARC1; p=none. "
    )
    assert "can take 12 DNS look-ups" in summary(an_advisory(Situation.SPF_TOO_MANY))
    assert summary(an_advisory(Situation.DMARC_REPEATED)) == (
        "p=deny stands more than once in the DMARC record at _dmarc.example.com."
    )
    assert "{part}: v=DMARC1." in summary(an_advisory(Situation.DMARC_SEVERAL, "{part}: v=DMARC1"))


def test_a_strangers_part_is_shown_short_and_visible() -> None:
    """It fills a sentence of ours, and does nothing else."""
    advisory = Advisory(
        situation=Situation.DMARC_FORM, name="_dmarc.example.com", part="{seen}\u202e" + "x" * 200
    )

    assert summary(advisory).count("x") < 100
    assert "{seen}\ufffd" in summary(advisory)


def test_the_sentences_use_only_what_can_be_filled_in() -> None:
    """A translation may use the same, and no more."""
    places = {
        name
        for sentences in SENTENCES.values()
        for sentence in sentences
        for _, name, _, _ in string.Formatter().parse(sentence)
        if name
    }

    assert places == FILLED_IN


def test_a_few_of_many_values_are_shown_in_one_order() -> None:
    """Servers turn the order around at will."""
    many = tuple(f"n{number}" for number in range(9))

    assert presentable(many[::-1]) == many[:8]
    assert presentable(("b\n", "a")) == ("a", "b\ufffd")
