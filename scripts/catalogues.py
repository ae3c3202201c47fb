"""Keeps the translation catalogues in step with the sentences in the source: `python -m scripts.catalogues`.

New sentences are added without a translation, those that are gone are dropped. `--check` changes
nothing and fails where something is to be done.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from domain import certificate_sentences, names, provider, sentences, smtp_sentences
from domain.advisories import advisory
from infra.mail.rendering import TEMPLATES
from infra.texts import CATALOGUES

HOME: Final = Path(__file__).parent.parent
PAGES: Final = HOME / "web" / "templates"
TRANSLATED: Final = ("cs",)

_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")


def template() -> Catalog:
    """Every sentence that is shown to people in their language, with the places it comes from."""
    found = Catalog(project="Signet", fuzzy=False)
    for sentence, place in (*_in_templates(), *_in_code(), *_in_tables()):
        found.add(sentence, locations=[(place, 0)], flags=_flags(sentence))
    return found


def catalogue(language: str) -> Catalog:
    """The catalogue of one language, as it is."""
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language)


def updated(language: str) -> bytes:
    """The catalogue of one language, as it should be."""
    new = catalogue(language)
    new.update(template(), no_fuzzy_matching=True)
    new.obsolete.clear()
    written = io.BytesIO()
    write_po(written, new, width=100, sort_output=True, include_lineno=False, omit_header=True)
    plural = f'"Plural-Forms: {new.plural_forms}\\n"'
    head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n{plural}\n\n'
    return head.encode() + written.getvalue()


def faults(known: Catalog) -> list[str]:
    """What is wrong with the translations of a catalogue, one sentence each."""
    return [fault for wanted in template() if wanted.id for fault in _faults(wanted, known.get(wanted.id))]


def _faults(wanted: Message, known: Message | None) -> Iterator[str]:
    if known is None or not all(_forms(known.string)):
        yield f"not translated: {wanted.id}"
        return
    if known.fuzzy:
        yield f"fuzzy: {wanted.id}"
    needed = {mark for form in _forms(wanted.id) for mark in _PLACEHOLDER.findall(form)}
    for form in _forms(known.string):
        if set(_PLACEHOLDER.findall(form)) - needed or (
            isinstance(known.string, str) and needed - set(_PLACEHOLDER.findall(form))
        ):
            yield f"other placeholders: {form}"


def _forms(text: str | Sequence[str | None] | None) -> tuple[str, ...]:
    """The forms of a sentence: one, or one for each plural. Values among the arguments count as None."""
    return tuple(form for form in ((text,) if isinstance(text, str) else text or ("",)) if form is not None)


def _flags(sentence: str | tuple[str, ...]) -> set[str]:
    return {"python-format"} if "%(" in str(sentence) else set()


def _in_templates() -> Iterator[tuple[str | tuple[str, ...], str]]:
    for file in (*sorted(TEMPLATES.rglob("*.j2")), *sorted(PAGES.glob("*.html"))):
        place = file.relative_to(HOME).as_posix()
        with file.open("rb") as source:
            for _, function, found, _ in babel_extract(source, ("_", "ngettext"), [], {"silent": "false"}):
                yield (_forms(found)[:2] if function == "ngettext" else _forms(found)[0]), place


def _in_code() -> Iterator[tuple[str, str]]:
    for file in sorted((HOME / "infra" / "mail").glob("*.py")):
        with file.open("rb") as source:
            for _, found, _, _ in extract("python", source, keywords={"say": None}):
                yield str(found), file.relative_to(HOME).as_posix()


_TOLD: Final = (
    ("domain/sentences.py", sentences.SENTENCES.values()),
    ("domain/smtp_sentences.py", smtp_sentences.SENTENCES.values()),
    ("domain/certificate_sentences.py", certificate_sentences.SENTENCES.values()),
)


def _in_tables() -> Iterator[tuple[str, str]]:
    for message in names.MESSAGES.values():
        yield message, "domain/names.py"
    for place, spoken in _TOLD:
        for sentence in chain.from_iterable(spoken):
            yield sentence, place
    for sentence in (smtp_sentences.SUGGESTION, smtp_sentences.TRY_INSTEAD, smtp_sentences.TOO_OFTEN):
        yield sentence, "domain/smtp_sentences.py"
    for sentence in provider.SENTENCES.values():
        yield sentence, "domain/provider.py"
    for told in advisory.SENTENCES.values():
        for sentence in told:
            yield sentence, "domain/advisories/advisory.py"


def main() -> int:
    """Update every catalogue, or check that there is nothing to update."""
    parser = argparse.ArgumentParser(description="Keep the translation catalogues in step with the source.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail where something is to be done"
    )
    check = parser.parse_args().check
    wrong = []
    for language in TRANSLATED:
        file, content = CATALOGUES / f"{language}.po", updated(language)
        if check and file.read_bytes() != content:
            wrong.append(f"{file.name} is not up to date: run `python -m scripts.catalogues`")
        if not check:
            file.write_bytes(content)
        wrong += [f"{file.name}: {fault}" for fault in faults(catalogue(language))]
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
