"""How a command ends: its exit status, and one sentence with the next step.

Law (product contract, section 5): 0 done or passed, 1 seen clearly and not so, 2 could not tell, 64 wrong
usage, input or setting, 70 our fault, or the database or broker out of reach. Never a traceback.
"""

from enum import IntEnum


class Status(IntEnum):
    """The exit status."""

    DONE = 0
    NOT_SO = 1
    UNSURE = 2
    WRONG = 64  # sysexits.h: EX_USAGE
    FAULT = 70  # sysexits.h: EX_SOFTWARE
    INTERRUPTED = 130  # 128 + SIGINT


class Ended(Exception):  # noqa: N818 - it names what happened, and is no error for statuses 1 and 2
    """Ends the command with a status; the sentence, where there is one, goes to stderr."""

    def __init__(self, status: Status, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def wrong(sentence: str) -> Ended:
    """The person who called can put it right."""
    return Ended(Status.WRONG, sentence)


def fault(sentence: str) -> Ended:
    """It is ours, or something that we need is out of reach."""
    return Ended(Status.FAULT, sentence)
