"""What people read, in their language. English sentences are the keys; the catalogues are in `locale/`.

`cs` and its variants are Czech, all else is English. Catalogues are read as they stand in the
source tree, so there is no build step that could be forgotten.
"""

import gettext
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES: Final = Path(__file__).parent / "locale"


class Language(StrEnum):
    """The languages that we write."""

    ENGLISH = "en"
    CZECH = "cs"


# CLDR patterns (Unicode TS 35); UTC is said, since we do not know where the reader is.
MOMENTS: Final = {
    Language.ENGLISH: "d MMMM y, HH:mm 'UTC'",
    Language.CZECH: "d. MMMM y H:mm 'UTC'",
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything that is said in one language."""

    language: Language
    translations: gettext.NullTranslations

    def say(self, sentence: str) -> str:
        """The sentence in this language; in English where the catalogue has none."""
        return self.translations.gettext(sentence) if sentence else ""

    def moment(self, at: datetime) -> str:
        """A point in time, to the minute, in UTC."""
        return _moment(self.language, at.astimezone(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=256)
def _moment(language: Language, minute: datetime) -> str:
    """What many mails say of the same minute is spelled once."""
    return format_datetime(minute, MOMENTS[language], locale=language.value)


def language_of(locale: str) -> Language:
    """The language for a BCP 47 tag: the first subtag decides."""
    primary = locale.replace("_", "-").partition("-")[0].lower()
    return Language.CZECH if primary == Language.CZECH else Language.ENGLISH


def texts(locale: str) -> Texts:
    """Everything that is said to somebody with this locale."""
    return _texts(language_of(locale))


@cache
def _texts(language: Language) -> Texts:
    if language is Language.ENGLISH:
        return Texts(language, gettext.NullTranslations())
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language.value)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Texts(language, gettext.GNUTranslations(compiled))
