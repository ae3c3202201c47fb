"""Which addresses are known to be silent: asking them would only make others wait.

An address is silent when it let several queries run out, and then a question that any server
can answer. A live server in front of dead domains is therefore never taken for a silent one.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from infra.dns.peer import Peer

RUNNING: Final = 3  # time-outs without a reply between them, before we ask whether anybody is there
SILENT_FOR: Final = 30.0  # seconds
REMEMBERED: Final = 50_000  # addresses
_DICE: Final = random.Random()  # noqa: S311 - who is asked first is no secret


@dataclass(slots=True)
class _Silence:
    """What is known of one address. Times are of the monotonic clock, in seconds."""

    timeouts: int = 0
    probed: bool = False
    heard_at: float = 0.0
    until: float = 0.0


class Hearing:
    """Who was heard, and who was not. Nobody is silent at first."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], _Silence] = {}

    def heard(self, source: tuple[str, int]) -> None:
        """It said something, however late or beside the point."""
        silence = self._known.get(source)
        if silence is not None:
            silence.timeouts, silence.probed, silence.until = 0, False, 0.0
            silence.heard_at = time.monotonic()

    def unheard(self, peer: Peer) -> bool:
        """A query ran out; answer whether it is time to ask if anybody is there."""
        silence = self._known.setdefault(peer.place, _Silence())
        if silence.probed and 0.0 < silence.until <= time.monotonic():
            silence.timeouts, silence.probed = RUNNING - 1, False  # it was silent, and has had another chance
        silence.timeouts += 1
        if silence.timeouts < RUNNING or silence.probed:
            return False
        silence.probed = True
        return True

    def found_silent(self, peer: Peer, asked_at: float) -> bool:
        """Nobody was there, unless it was heard since; answer whether that was not known before."""
        silence, now = self._known.setdefault(peer.place, _Silence()), time.monotonic()
        if silence.heard_at > asked_at:
            return False
        is_new = silence.until <= now
        silence.until = now + SILENT_FOR
        return is_new

    def is_silent(self, peer: Peer) -> bool:
        """Whether to pass it over."""
        silence = self._known.get(peer.place)
        return silence is not None and time.monotonic() < silence.until

    def forget(self) -> None:
        """Let go of what is not silent now, where there is too much."""
        if len(self._known) > REMEMBERED:
            now = time.monotonic()
            self._known = {place: known for place, known in self._known.items() if now < known.until}


def in_turn(peers: Sequence[Peer]) -> Sequence[Peer]:
    """The same, beginning with any of them."""
    if len(peers) == 1:
        return peers
    first = _DICE.randrange(len(peers))
    return (*peers[first:], *peers[:first])
