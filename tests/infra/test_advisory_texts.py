"""Advisories are said in Czech as well, with the same values in their places."""

import pytest

from domain.advisories.advisory import SENTENCES, Advisory, Situation, fillings
from infra.texts import texts


@pytest.mark.parametrize("situation", Situation)
def test_every_advisory_is_said_in_czech(situation: Situation) -> None:
    """A sentence that the catalogue lacks would be shown in English."""
    values = fillings(Advisory(situation=situation, name="_dmarc.example.cz", seen=("seen",), number=12))

    for sentence in SENTENCES[situation]:
        czech = texts("cs").say(sentence)
        assert czech != sentence
        assert "{" not in czech.format_map(values)
