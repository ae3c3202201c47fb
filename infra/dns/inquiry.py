"""One question on its way: whom it was asked of, and the most telling answer so far."""

from collections.abc import Callable, Sequence
from typing import Final

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.resolver import Resolver
from infra.dns.sockets import Address

Key = tuple[bool, int, int]  # IPv6?, socket, id

# The more telling of two answers is kept; a clear one ends the inquiry before it comes to that.
_TELLING: Final = {Seen.TIMEOUT: 0, Seen.MALFORMED: 1, Seen.REFUSED: 2, Seen.SERVFAIL: 3}


class Inquiry:
    """One question, asked of one resolver after the other until an answer is clear."""

    __slots__ = (
        "answered", "best", "is_probe", "keys", "octets", "over", "question", "queued", "resolvers", "tried",
    )  # fmt: skip

    def __init__(self, question: Question, octets: bytes, answered: Callable[[Answer], None]) -> None:
        """`octets` is the question section; `answered` is called once, with the answer."""
        self.question = question
        self.octets = octets
        self.answered = answered
        self.resolvers: Sequence[Resolver] = ()
        self.best: Answer | None = None
        self.tried = 0
        self.keys: list[tuple[Key, Resolver]] = []
        self.queued = False
        self.over = False
        self.is_probe = False

    def asked(self, key: Key) -> Resolver:
        """Whom the query with this key went to."""
        return next(resolver for mine, resolver in self.keys if mine == key)

    def believes(self, key: Key, source: Address, reply: bytes) -> bool:
        """Whether a datagram comes from where this query went to, and answers its question."""
        resolver = self.asked(key)
        return source == (resolver.address, resolver.port) and wire.is_reply_to(reply, self.octets)

    def overtook(self, key: Key) -> bool:
        """Whether the answer to this query comes before one to an earlier query to the same resolver."""
        first, resolver = self.keys[0]
        return first != key and resolver == self.asked(key)

    def keep(self, answer: Answer) -> None:
        """Keep an answer that is not clear, if it says more than the one before."""
        if self.best is None or _TELLING[answer.seen] > _TELLING[self.best.seen]:
            self.best = answer

    def is_exhausted(self) -> bool:
        """Whether every resolver was asked at least once."""
        return self.tried >= len(self.resolvers)
