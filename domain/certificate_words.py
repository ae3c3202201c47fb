"""Says a verdict on a certificate to its owner, in any language: what is the case, and what to do next.

The sentences are translated before the values are put in; a value is never read as a sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.certificate_sentences import SENTENCES
from domain.judges.certificate import CertificateVerdict
from domain.mail_address import MailAddress

Say = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWords:
    """`message` is what is the case, `advice` the next step."""

    message: str
    advice: str


def in_english(sentence: str) -> str:
    """The sentence as it is."""
    return sentence


def put_into_words(
    verdict: CertificateVerdict, address: MailAddress, say: Say = in_english
) -> CertificateWords:
    """Say it in the language of `say`."""
    facts = verdict.facts
    values = {
        "address": address.text,
        "seen": verdict.seen,
        "not_before": _moment(facts.not_before) if facts else "",
        "not_after": _moment(facts.not_after) if facts else "",
    }
    said = SENTENCES[verdict.saying]
    return CertificateWords(
        message=say(said.summary).format_map(values), advice=say(said.advice).format_map(values)
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
