"""Puts a letter into words: one template for each, rendered twice, as plain text and as HTML.

Law: a letter is written once, so its two forms cannot say different things. HTML is escaped; a name
that a template uses and nobody gave is an error.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.mail.sentences import CODE, html_hints, html_sentences, text_hints, text_sentences
from infra.mail.visible import in_html, in_text, unlinked
from infra.texts import Language, Texts, texts

TEMPLATES: Final = Path(__file__).parent / "templates"
# How a blank of a form letter begins, also where it was made safe to show, and the marks of what is not yet wrapped.
BLANK: Final = "zq."
OPEN, INDENTED, CLOSE = "\x1d", "\x1e", "\x1f"
WIDTH: Final = 72  # RFC 5322, section 2.1.1 asks for at most 78


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One letter in its three forms."""

    subject: str
    text: str
    html: str


def rendered(letter: str, said: Texts, facts: Mapping[str, Any], *, forms: bool = False) -> Rendered:
    """Render a letter. Values in `facts` are plain; each form makes them safe to show in its own way.

    `forms`: it has blanks to be filled; sentences with one are not yet broken into lines, but marked.
    """
    text, html = _environment(said.language, "text", forms=forms), _environment(said.language, "html")
    template = text.get_template(f"{letter}.j2")
    subject = "".join(template.blocks["subject"](template.new_context(dict(facts))))
    return Rendered(
        subject=" ".join(subject.split()),
        text=tidy(template.render(facts)),
        html=html.get_template(f"{letter}.j2").render(facts).strip() + "\n",
    )


@cache
def _environment(language: Language, form: str, *, forms: bool = False) -> Environment:
    is_html = form == "html"
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES / form, TEMPLATES / "letters"]),
        autoescape=is_html,  # noqa: S701 - the other form is plain text
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else every mail asks the disk whether its templates have changed
    )
    said = texts(language)
    environment.install_gettext_translations(said.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["language"] = language.value
    environment.filters |= {
        "wrap": _marked if forms else wrap,
        "underlined": _underlined,
        "shown": in_html if is_html else in_text,
        "exact": unlinked if is_html else str,
        "coded": CODE.format if is_html else str,
        "sentences": partial(html_sentences if is_html else text_sentences, said),
        "hints": partial(html_hints if is_html else text_hints, said),
    }
    return environment


def _marked(sentence: str, indent: str = "") -> str:
    """A sentence with a blank as it is, between marks; any other in lines."""
    return f"{OPEN}{indent}{INDENTED}{sentence}{CLOSE}" if BLANK in sentence else wrap(sentence, indent)


def wrap(sentence: str, indent: str = "") -> str:
    """Break lines between words only: a record must stay in one piece to be copied."""
    return textwrap.fill(
        sentence,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _underlined(title: str, stroke: str = "=") -> str:
    return f"{title}\n{stroke * len(title)}"


def tidy(text: str) -> str:
    """At most one empty line in a row, none at either end."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
