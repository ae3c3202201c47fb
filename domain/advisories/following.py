"""Follows the aliases that stand before the mail records: many a policy is a CNAME to a provider's.

Law: an answer counts only where it is clear; a chain that leads nowhere is not clear.
"""

import re
from collections.abc import Mapping
from typing import Final

from domain.observation import CLEAR, Answer, Question, Seen

LONGEST_CHAIN: Final = 5  # names, the first among them; a stranger's zone decides how many we ask for

_NAME: Final = re.compile(r"(?=.{3,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_NOWHERE: Final = Answer(Seen.MALFORMED)


def is_askable(name: str) -> bool:
    """Whether a name that a stranger wrote is one to ask for: of two labels at least, in lower case."""
    return _NAME.fullmatch(name) is not None


def followed(question: Question, answers: Mapping[Question, Answer]) -> Answer | Question:
    """The answer at the end of the aliases, or the next question on the way there.

    A server that has an alias at the name has no record of the type asked for (RFC 1034, section 3.6.2),
    so only *no such type* is looked into. Where no name is, the end of its aliases was looked up (RFC 6604).
    """
    at, passed = question, set[str]()
    while at.name not in passed and len(passed) < LONGEST_CHAIN and is_askable(at.name):
        passed.add(at.name)
        answer, alias = answers.get(at), Question(at.name, "CNAME")
        if answer is None:
            return at
        if answer.seen is not Seen.NODATA:
            return answer
        if alias not in answers:
            return alias
        if answers[alias].seen is not Seen.RECORDS:
            return answer if answers[alias].seen in CLEAR else answers[alias]
        targets = answers[alias].values
        at = Question(targets[0] if len(targets) == 1 else "", question.type)
    return _NOWHERE


def clear(question: Question, answers: Mapping[Question, Answer]) -> Answer | None:
    """The answer at the end of the aliases, where everything on the way was seen clearly."""
    answer = followed(question, answers)
    return answer if isinstance(answer, Answer) and answer.seen in CLEAR else None


def unanswered(*found: Answer | Question) -> tuple[Question, ...]:
    """The questions among these."""
    return tuple(one for one in found if isinstance(one, Question))
