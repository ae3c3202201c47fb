"""A letter that goes to many: rendered once for all of them with blanks, which are filled for each.

Law: what comes of it is what the template gives for these values. All blanks are filled in one pass, so that no value
is taken for a blank, and each value is made safe to show as its place asks for.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias

from markupsafe import escape

from infra.mail.rendering import BLANK, CLOSE, INDENTED, OPEN, Rendered, rendered, tidy, wrap
from infra.mail.visible import in_html, in_text, unlinked
from infra.texts import Texts

# Each way to make a value safe leaves its own trace in a blank: at the dot, and at the signs that nobody sees.
FORM: Final = BLANK + "\u2063{}\u2063"
Way: TypeAlias = Callable[[str], str]
IN_TEXT: Final[tuple[Way, ...]] = (str, in_text)
IN_HTML: Final[tuple[Way, ...]] = (escape, unlinked, in_html)


@dataclass(frozen=True, slots=True)
class Blanks:
    """The blanks of a text: how each looks, whose value belongs there, and how that is made safe."""

    places: Mapping[str, tuple[str, Way]]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, text: str, names: Iterable[str], ways: tuple[Way, ...]) -> Self:
        """Those that occur in the text."""
        all_ = {str(way(FORM.format(name))): (name, way) for name in names for way in ways}
        places = {blank: place for blank, place in all_.items() if blank in text}
        return cls(places, re.compile("|".join(map(re.escape, places))))

    def filled(self, text: str, values: Mapping[str, str]) -> str:
        """A text with values in its blanks."""

        def value(blank: re.Match[str]) -> str:
            name, way = self.places[blank.group()]
            return str(way(values[name]))

        return self.pattern.sub(value, text)


@dataclass(frozen=True, slots=True)
class FormLetter:
    """A letter with blanks."""

    letter: Rendered
    in_text: Blanks
    in_html: Blanks

    def filled(self, values: Mapping[str, str]) -> Rendered:
        """The letter with these values in its blanks."""
        return Rendered(
            subject=" ".join(self.in_text.filled(self.letter.subject, values).split()),
            text=tidy(self._in_lines(values)),
            html=self.in_html.filled(self.letter.html, values),
        )

    def _in_lines(self, values: Mapping[str, str]) -> str:
        """The text, whose sentences with blanks are only now broken into lines."""
        before, *parts = self.letter.text.split(OPEN)
        written = [self.in_text.filled(before, values)]
        for part in parts:
            sentence, _, after = part.partition(CLOSE)
            indent, _, words = sentence.partition(INDENTED)
            written += [wrap(self.in_text.filled(words, values), indent), self.in_text.filled(after, values)]
        return "".join(written)


def form_letter(kind: str, said: Texts, facts: Mapping[str, Any], names: Sequence[str]) -> FormLetter:
    """A letter with these facts, and blanks for the others."""
    letter = rendered(kind, said, {**facts, **{name: FORM.format(name) for name in names}}, forms=True)
    return FormLetter(
        letter,
        Blanks.of(letter.subject + letter.text, names, IN_TEXT),
        Blanks.of(letter.html, names, IN_HTML),
    )
