"""Which server addresses are known to be silent: asking them would only make others wait.

An address is silent when it let several queries run out, and then a question that any server
can answer. A live resolver in front of dead domains is therefore never taken for a silent one.
"""

from dataclasses import dataclass
from typing import Final

RUNNING: Final = 3  # time-outs without a reply between them, before we ask whether anybody is there
SILENT_FOR: Final = 30.0  # seconds


@dataclass(slots=True)
class Silence:
    """What is known of one server address. Times are of the monotonic clock, in seconds."""

    timeouts: int = 0
    probed: bool = False
    until: float = 0.0

    def heard(self) -> None:
        """It said something."""
        self.timeouts = 0
        self.probed = False
        self.until = 0.0

    def unheard(self) -> bool:
        """A query ran out; answer whether it is time to ask if anybody is there."""
        self.timeouts += 1
        if self.timeouts < RUNNING or self.probed:
            return False
        self.probed = True
        return True

    def found_silent(self, now: float) -> None:
        """Nobody was there."""
        self.until = now + SILENT_FOR
        self.timeouts = 0
        self.probed = False

    def is_silent(self, now: float) -> bool:
        """Whether to pass it over."""
        return now < self.until
