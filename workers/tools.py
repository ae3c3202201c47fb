"""What a handler is given: the ports it works with, and the rules of this installation.

Built in `bootstrap.py`; handlers never build anything themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.names import NameRules
from domain.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator decided. `plans` are in lower case; without a `dkim_zone` there is no route `cloud`."""

    plans: frozenset[str]
    dkim_zone: str | None
    window: timedelta
    smtp_window: timedelta
    names: NameRules
    source: str


def uncounted(_result: str, _events: int) -> None:
    """Where no metrics are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`dice` rolls in [0, 1); `new_id` makes an id never used before; `new_tokens` two tokens of 128 bits.

    `counted` is told what became of how many events.
    """

    unit_of_work: Callable[[], UnitOfWork]
    rules: Rules
    dice: Callable[[], float]
    new_id: Callable[[], str]
    new_tokens: Callable[[], tuple[str, str]]
    counted: Callable[[str, int], None] = uncounted
