"""Which server addresses are known to be silent: asking them would only make others wait.

An address is silent when it let several queries run out, and then a question that any server
can answer. A live resolver in front of dead domains is therefore never taken for a silent one.
"""

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from infra.dns.resolver import Resolver

RUNNING: Final = 3  # time-outs without a reply between them, before we ask whether anybody is there
SILENT_FOR: Final = 30.0  # seconds


@dataclass(slots=True)
class _Silence:
    """What is known of one address. Times are of the monotonic clock, in seconds."""

    timeouts: int = 0
    probed: bool = False
    heard_at: float = 0.0
    until: float = 0.0


class Hearing:
    """Who was heard, and who was not."""

    def __init__(self, resolvers: Iterable[Resolver]) -> None:
        """Nobody is silent at first."""
        self._known = {(resolver.address, resolver.port): _Silence() for resolver in resolvers}

    def heard(self, source: tuple[str, int]) -> None:
        """It said something, however late or beside the point."""
        silence = self._known.get(source)
        if silence is not None:
            silence.timeouts, silence.probed, silence.until = 0, False, 0.0
            silence.heard_at = time.monotonic()

    def unheard(self, resolver: Resolver) -> bool:
        """A query ran out; answer whether it is time to ask if anybody is there."""
        silence = self._of(resolver)
        silence.timeouts += 1
        if silence.timeouts < RUNNING or silence.probed:
            return False
        silence.probed = True
        return True

    def found_silent(self, resolver: Resolver, asked_at: float) -> bool:
        """Nobody was there, unless it was heard since; answer whether that was not known before."""
        silence, now = self._of(resolver), time.monotonic()
        if silence.heard_at > asked_at:
            return False
        is_new = silence.until <= now
        silence.until = now + SILENT_FOR
        return is_new

    def is_silent(self, resolver: Resolver) -> bool:
        """Whether to pass it over."""
        until = self._of(resolver).until
        return bool(until) and time.monotonic() < until

    def _of(self, resolver: Resolver) -> _Silence:
        return self._known[resolver.address, resolver.port]


def in_turn(resolvers: Sequence[Resolver]) -> Sequence[Resolver]:
    """The same, beginning with any of them."""
    if len(resolvers) == 1:
        return resolvers
    first = secrets.randbelow(len(resolvers))
    return (*resolvers[first:], *resolvers[:first])
