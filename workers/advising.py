"""Walks the mail records of a domain, and says what its owner might want to know. Never blocking, never for long."""

import time
from collections.abc import Sequence
from typing import Final, Protocol

from domain.advisories import further, judge
from domain.advisories.advisory import Advisory
from domain.diagnosis import Code
from domain.observation import Answer, Asked, Observation, Question
from domain.verdict import Verdict

LONGEST_WALK: Final = 15.0  # seconds
WITHOUT_DOMAIN: Final = frozenset({Code.DOMAIN_NOT_FOUND, Code.NOT_DELEGATED})


class Consultant(Protocol):
    """What can be asked of DNS."""

    def consult(self, asked: Sequence[Asked], start: str = "", within: float | None = None) -> Observation:
        """Ask, and wait so many seconds at most; the zone of a name is sought from `start` down."""


def advisories(domain: str, consultant: Consultant, *, within: float = LONGEST_WALK) -> tuple[Advisory, ...]:
    """The advisories on a domain (an A-label), from what could be seen in so many seconds."""
    until = time.monotonic() + within
    answers: dict[Question, Answer] = {}
    while (wanted := further(domain, answers)) and (left := until - time.monotonic()) > 0:
        seen = consultant.consult([Asked(question) for question in wanted], domain, left)
        answers |= {asked.question: sight.telling for asked, sight in seen.items()}
    return judge(domain, answers)


def is_there(verdict: Verdict) -> bool:
    """Whether there is a domain to advise on, as far as a look could tell."""
    return not any(one.diagnosis and one.diagnosis.code in WITHOUT_DOMAIN for one in verdict.findings)
