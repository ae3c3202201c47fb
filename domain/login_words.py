"""Says a login's verdict to its owner, in any language: what is the case, what to do next, what would work.

The sentences stand in `domain/smtp_sentences.py`. They are translated before the values are put in; no value comes
from a server.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.judges.smtp import LoginVerdict
from domain.mail_server import MailServer, Security
from domain.smtp_sentences import SENTENCES, SUGGESTION, TRY_INSTEAD

SHOWN: Final = {Security.AUTO: "", Security.TLS: "TLS", Security.STARTTLS: "STARTTLS"}

Say = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked: a server, whether `sender` may send there, and the ports that are allowed."""

    server: MailServer
    sender: str | None
    ports: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginWords:
    """`message` is what is the case, `advice` the next step, `suggestion` the setting that answered, if any did."""

    message: str
    advice: str
    suggestion: str | None = None


def in_english(sentence: str) -> str:
    """The sentence as it is."""
    return sentence


def put_into_words(verdict: LoginVerdict, asked: Asked, say: Say = in_english) -> LoginWords:
    """Say it in the language of `say`."""
    values, works = _fillings(asked), verdict.works
    sentences = SENTENCES[verdict.saying]
    advice, suggestion = sentences.advice, None
    if works is not None:
        values |= {"works_port": str(works.port), "works_security": SHOWN[works.security]}
        advice, suggestion = TRY_INSTEAD, say(SUGGESTION).format_map(values)
    return LoginWords(
        message=say(sentences.summary).format_map(values),
        advice=say(advice).format_map(values),
        suggestion=suggestion,
    )


def _fillings(asked: Asked) -> dict[str, str]:
    return {
        "host": asked.server.host.shown,
        "port": str(asked.server.port),
        "ports": ", ".join(map(str, asked.ports)),
        "sender": asked.sender or "",
    }
