"""One question on its way: whom it was asked of, and what they said so far."""

from collections.abc import Callable, Sequence
from typing import Final

from domain.observation import Answer, Question, Seen
from infra.dns import wire
from infra.dns.peer import Peer
from infra.dns.queries import RESOLVER, Role
from infra.dns.rank import WAITED_FOR, Rank
from infra.dns.sockets import Address, Key

Answered = Callable[[tuple[Answer, ...]], None]

# The more telling of two answers comes later; a clear one ends the inquiry before it comes to that.
_TELLING: Final = {
    Seen.TIMEOUT: 0,
    Seen.MALFORMED: 1,
    Seen.LAME: 2,
    Seen.REFUSED: 3,
    Seen.SERVFAIL: 4,
}
NOT_UNDERSTOOD: Final = {"FORMERR", "NOTIMP"}  # as servers answer that know no EDNS (RFC 6891, section 7)
ENDS: Final = frozenset({Seen.RECORDS, Seen.NODATA, Seen.NXDOMAIN, Seen.REFERRAL})


class Inquiry:
    """One question, asked of one peer after the other until an answer is clear."""

    __slots__ = (
        "answered", "begun", "held", "is_probe", "keys", "octets", "over", "peers", "question", "queued",
        "rank", "role", "said", "tried",
    )  # fmt: skip

    def __init__(
        self,
        question: Question,
        peers: Sequence[Peer],
        answered: Answered,
        role: Role = RESOLVER,
        rank: Rank = WAITED_FOR,
    ) -> None:
        """`answered` is called once, with all that was said, the telling answer last. Raises wire.Unaskable."""
        self.question = question
        self.octets = wire.question_octets(question)
        self.peers = peers
        self.answered = answered
        self.role = role
        self.rank = rank
        self.said: dict[Peer, Answer] = {}
        self.tried = 0
        self.keys: list[tuple[Key, Peer]] = []
        self.held: list[Peer] = []
        self.begun = False
        self.queued = False
        self.over = False
        self.is_probe = False

    def query(self, id_: int) -> bytes:
        """The message that asks it."""
        role = self.role
        return wire.query(
            id_,
            self.octets,
            recursive=role.zone is None,
            checking_disabled=role.checking_disabled,
            edns=role.edns,
        )

    def can_be_plainer(self, answer: Answer) -> bool:
        """Whether a server did not understand EDNS: then the try counts for nothing, and the next one has none."""
        if answer.rcode not in NOT_UNDERSTOOD or not self.role.edns:
            return False
        self.role = self.role._replace(edns=False)
        self.tried -= 1
        return True

    def believes(self, peer: Peer, source: Address, reply: bytes) -> bool:
        """Whether a datagram comes from whom a query went to, and answers its question."""
        return source == peer.place and wire.is_reply_to(reply, self.octets)

    def overtook(self, key: Key, peer: Peer) -> bool:
        """Whether the answer to this query of a peer comes before one to an earlier query to it."""
        first, other = self.keys[0]
        return first != key and other == peer

    def keep(self, peer: Peer, answer: Answer) -> None:
        """Keep an answer that is not clear, if it says more than the one of the same peer before."""
        before = self.said.get(peer)
        if before is None or _telling(answer) > _telling(before):
            self.said[peer] = answer

    def keep_silence(self) -> None:
        """Nobody is asked any more: all are known to be silent."""
        for peer in self.peers:
            self.keep(peer, peer.silence)

    def all_said(self) -> tuple[Answer, ...]:
        """What was said, the most telling last."""
        if len(self.said) == 1:
            return tuple(self.said.values())
        return tuple(sorted(self.said.values(), key=_telling))

    def is_exhausted(self) -> bool:
        """Whether every peer was asked at least once."""
        return self.tried >= len(self.peers)


def _telling(answer: Answer) -> int:
    return _TELLING.get(answer.seen, len(_TELLING))
