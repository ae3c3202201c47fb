"""Says a diagnosis, and the hints on a panel, in a language, for plain text and for HTML; values are safe to show.

The sentence is translated before the values are put in; a value is never read as a sentence.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final, TypeVar

from markupsafe import Markup, escape

from domain.diagnosis import SENTENCES, Diagnosis, fillings
from domain.provider import Guidance
from infra.mail.visible import in_html, in_text, unlinked
from infra.texts import Texts

Value = TypeVar("Value")

MOST_SHOWN: Final = 5  # of the values seen at one name: a stranger's server may send hundreds
AS_TEXT: Final = ("provider", "name_field", "target_field", "proxy_field", "proxy_off", "help_page")

_ATTRIBUTE: Final = re.compile(r"(?:^|[,+])(CN|O)=((?:\\.|[^,+\\])*)")
CODE: Final = Markup(
    '<code class="code" style="font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:14px;'
    "background-color:#f2f4f7;color:#161b26;border-radius:5px;padding:1px 5px;"
    'overflow-wrap:anywhere;word-break:break-word;">{}</code>'
)


def text_sentences(said: Texts, diagnosis: Diagnosis) -> tuple[str, str]:
    """Summary and advice for plain text."""
    values = fillings(diagnosis) | {"seen": ", ".join(few(map(in_text, diagnosis.seen)))}
    summary, advice = (said.say(sentence).format_map(values) for sentence in SENTENCES[diagnosis.code])
    return summary, advice


def html_sentences(said: Texts, diagnosis: Diagnosis) -> tuple[Markup, Markup]:
    """Summary and advice for HTML, each value set as code."""
    values = {name: CODE.format(unlinked(value)) for name, value in fillings(diagnosis).items()}
    seen = Markup(", ").join(CODE.format(value) for value in few(map(in_html, diagnosis.seen)))
    summary, advice = (
        escape(said.say(sentence)).format_map(values | {"seen": seen})
        for sentence in SENTENCES[diagnosis.code]
    )
    return summary, advice


def text_hints(said: Texts, guide: Guidance) -> list[str]:
    """What is to be said of the provider's panel, for plain text."""
    return [said.say(sentence).format_map(guide.fillings) for sentence in guide.sentences]


def html_hints(said: Texts, guide: Guidance) -> list[Markup]:
    """The same for HTML, set as code where it is to be typed. The help page is ours to name, not a stranger's."""
    values = {name: CODE.format(unlinked(value)) for name, value in guide.fillings.items()}
    values |= {name: escape(guide.fillings[name]) for name in AS_TEXT if name in guide.fillings}
    return [escape(said.say(sentence)).format_map(values) for sentence in guide.sentences]


def tells_seen(diagnosis: Diagnosis | None) -> bool:
    """Whether the sentences themselves tell what was seen."""
    return diagnosis is not None and any("{seen}" in sentence for sentence in SENTENCES[diagnosis.code])


def issuer_name(name: str) -> str:
    """Whom people know behind a distinguished name (RFC 4514): its organisation, else its common name, else all."""
    parts = {kind: re.sub(r"\\(.)", r"\1", value) for kind, value in _ATTRIBUTE.findall(name)}
    return parts.get("O") or parts.get("CN") or name


def few(values: Iterable[Value]) -> list[Value]:
    """The first of many."""
    return list(islice(values, MOST_SHOWN))
