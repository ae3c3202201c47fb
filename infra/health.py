"""How one part of an installation is, as `signet doctor` says it."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How one part is."""

    WORKS = "works"
    BROKEN = "broken"
    UNTESTED = "could not be tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part, how it is, what was seen, and what to do about it."""

    part: str
    health: Health
    seen: str
    advice: str = ""
