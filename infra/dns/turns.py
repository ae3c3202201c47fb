"""Whose turn it is: who was asked before, then whom somebody waits for, then all others in their order."""

from collections import deque

from infra.dns.inquiry import Inquiry


class Turns:
    """The inquiries that wait to be sent."""

    def __init__(self) -> None:
        self._again: deque[Inquiry] = deque()
        self._first: deque[Inquiry] = deque()
        self._others: deque[Inquiry] = deque()

    @property
    def waiting(self) -> int:
        """How many wait that nobody waits for."""
        return len(self._others)

    @property
    def awaited(self) -> bool:
        """Whether one is here that somebody waits for."""
        return bool(self._first)

    def begin(self, inquiry: Inquiry) -> None:
        """A new inquiry; what somebody waits for goes first."""
        (self._first if inquiry.rank.first else self._others).append(inquiry)

    def again(self, inquiry: Inquiry) -> None:
        """One that is to be asked once more; it stands here once."""
        if not inquiry.queued:
            inquiry.queued = True
            self._again.append(inquiry)

    def take(self, *, room: bool) -> Inquiry | None:
        """The next one, if there is one; without `room` in the window only those that pass it."""
        while self._again:
            inquiry = self._again.popleft()
            inquiry.queued = False
            if not inquiry.over:
                return inquiry
        if self._first:
            return self._first.popleft()
        return self._others.popleft() if room and self._others else None
