"""Advice on the mail records of a sending domain (product contract, section 3): never blocking, never a guess.

Ask what `further` wants until it wants nothing, then `judge`. What could not be seen clearly gives no advisory.
"""

from collections.abc import Mapping

from domain.advisories import dmarc, mx, spf
from domain.advisories.advisory import Advisory
from domain.observation import Answer, Question


def further(domain: str, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    """What is still to be asked, after these answers. The domain is a lower-case A-label name."""
    return tuple(
        dict.fromkeys(question for part in (dmarc, spf, mx) for question in part.further(domain, answers))
    )


def judge(domain: str, answers: Mapping[Question, Answer]) -> tuple[Advisory, ...]:
    """What the owner might want to know: at most one advisory each on DMARC, SPF and MX."""
    found = (part.judge(domain, answers) for part in (dmarc, spf, mx))
    return tuple(advisory for advisory in found if advisory)
