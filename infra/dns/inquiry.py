"""One question on its way: whom it was asked of, and the most telling answer so far."""

from collections.abc import Callable
from typing import Final

from domain.observation import Answer, Question, Seen
from infra.dns.resolver import Resolver

Key = tuple[bool, int, int]  # IPv6?, socket, id

# The more telling of two answers is kept; a clear one ends the inquiry before it comes to that.
_TELLING: Final = {Seen.TIMEOUT: 0, Seen.MALFORMED: 1, Seen.REFUSED: 2, Seen.SERVFAIL: 3}


class Inquiry:
    """One question, asked of one resolver after the other until an answer is clear."""

    __slots__ = ("answered", "best", "is_probe", "keys", "octets", "over", "question", "resolvers", "tried")

    def __init__(self, question: Question, octets: bytes, answered: Callable[[Answer], None]) -> None:
        """`octets` is the question section; `answered` is called once, with the answer."""
        self.question = question
        self.octets = octets
        self.resolvers: list[Resolver] = []  # chosen when its turn comes: by then one may be known silent
        self.answered = answered
        self.best: Answer | None = None
        self.tried = 0
        self.keys: list[tuple[Key, Resolver]] = []
        self.over = False
        self.is_probe = False

    @property
    def next_resolver(self) -> Resolver:
        """Whom to ask with the next try."""
        return self.resolvers[self.tried % len(self.resolvers)]

    def asked(self, key: Key) -> Resolver:
        """Whom the query with this key went to."""
        return next(resolver for mine, resolver in self.keys if mine == key)

    def keep(self, answer: Answer) -> None:
        """Keep an answer that is not clear, if it says more than the one before."""
        if self.best is None or _TELLING[answer.seen] > _TELLING[self.best.seen]:
            self.best = answer

    def is_exhausted(self) -> bool:
        """Whether every resolver was asked at least once."""
        return self.tried >= len(self.resolvers)
