"""What people read, in their language."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from infra.texts import CATALOGUES, Language, language_of, texts
from scripts import catalogues


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("cs", Language.CZECH),
        ("cs-CZ", Language.CZECH),
        ("CS", Language.CZECH),
        ("cs_CZ", Language.CZECH),
        ("cs-Latn-CZ", Language.CZECH),
        ("en", Language.ENGLISH),
        ("sk", Language.ENGLISH),
        ("csb", Language.ENGLISH),
        ("de-CZ", Language.ENGLISH),
        ("", Language.ENGLISH),
    ],
)
def test_czech_is_for_czech_locales_and_english_for_all_others(locale: str, expected: Language) -> None:
    """The first subtag decides; Kashubian (csb) is not Czech."""
    assert language_of(locale) is expected


def test_every_sentence_that_can_be_shown_is_in_czech() -> None:
    """None is missing, none is fuzzy, and each keeps its placeholders."""
    assert catalogues.faults(catalogues.catalogue("cs")) == []


def test_the_catalogue_holds_what_the_source_says() -> None:
    """Nothing new is missing in it and nothing old is left: `python -m scripts.catalogues` was run."""
    assert catalogues.updated("cs").decode() == (CATALOGUES / "cs.po").read_text()


def test_the_sentences_come_from_templates_code_and_tables() -> None:
    """If one of the sources were read wrongly, its sentences would be shown in English to everybody."""
    found = {message.id for message in catalogues.template()}

    assert "How to carry on" in found  # a letter
    assert "Value (target)" in found  # its parts
    assert "not there yet" in found  # code
    assert "{domain} belongs to a mail provider. Only a domain of your own can be proven." in found
    assert "There is no record at {name} yet." in found  # a diagnosis
    assert ("News about your domain", "News about your domains: %(num)s messages in one") in found


@pytest.mark.parametrize(
    ("translation", "fault"),
    [
        ("", "not translated"),
        ("Doména je ověřená", "other placeholders"),
        ("%(doména)s je ověřená", "other placeholders"),
    ],
)
def test_a_bad_translation_is_found(translation: str, fault: str) -> None:
    """The check that guards all the others is not blind itself."""
    known = catalogues.catalogue("cs")
    known["%(domain)s is verified"].string = translation

    assert [found.partition(":")[0] for found in catalogues.faults(known)] == [fault]


def test_a_fuzzy_translation_is_found() -> None:
    """A guess is not a translation."""
    known = catalogues.catalogue("cs")
    known["%(domain)s is verified"].flags.add("fuzzy")

    assert catalogues.faults(known) == ["fuzzy: %(domain)s is verified"]


def test_a_sentence_without_translation_is_shown_in_english() -> None:
    """Better understood by some than an error for all."""
    assert texts("cs").say("Nobody translated this.") == "Nobody translated this."


def test_moments_are_told_in_utc_and_in_words() -> None:
    """We do not know where the reader is, so we say which clock it is."""
    summer_evening = datetime(2026, 7, 5, 1, 4, tzinfo=timezone(timedelta(hours=2)))

    assert texts("en").moment(summer_evening) == "4 July 2026, 23:04 UTC"
    assert texts("cs").moment(datetime(2026, 7, 5, 9, 4, tzinfo=UTC)) == "5. července 2026 9:04 UTC"
