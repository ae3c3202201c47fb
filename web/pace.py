"""How patient the interface is, in seconds, and with how many at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the end of the feed is looked at, when a silent stream says that it lives, how long a body may take.

    `logins`: how many are checked at once.
    """

    look: float = 0.2
    comment: float = 15.0
    body: float = 60.0
    logins: int = 16
