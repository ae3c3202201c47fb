"""Asks the configured resolvers: any of them until one says something clear, or each of them.

Law: an answer that a validating resolver holds to be bad is told apart from one that it cannot get.
"""

from collections.abc import Callable, Sequence

from domain.observation import CLEAR, Answer, Question, Seen
from infra.dns import wire
from infra.dns.asking import Asking
from infra.dns.inquiry import Inquiry
from infra.dns.peer import Peer
from infra.dns.queries import RESOLVER, Role
from infra.dns.rank import Rank
from infra.dns.resolver import Resolver

Answered = Callable[[tuple[Answer, ...]], None]


class Recursion:
    """The configured resolvers."""

    def __init__(self, resolvers: Sequence[Resolver], asking: Asking) -> None:
        self._peers = tuple(Peer.of(resolver) for resolver in resolvers)
        self._asking = asking

    def ask(self, question: Question, answered: Answered, *, rank: Rank) -> None:
        """Ask one after the other until an answer is clear; it comes last. Where validation fails, that is said."""
        self._ask_of(self._peers, question, answered, rank=rank)

    def ask_each(self, question: Question, answered: Answered, *, rank: Rank) -> None:
        """Ask all; one answer of each."""
        gathered: list[Answer] = []

        def one_answered(answers: tuple[Answer, ...]) -> None:
            gathered.append(answers[-1])
            if len(gathered) == len(self._peers):
                answered(tuple(gathered))

        for peer in self._peers:
            self._ask_of((peer,), question, one_answered, rank=rank)

    def _ask_of(self, peers: Sequence[Peer], question: Question, answered: Answered, *, rank: Rank) -> None:
        def after(answers: tuple[Answer, ...]) -> None:
            if answers[-1].seen is not Seen.SERVFAIL:
                answered(answers)
                return
            unchecked = Role(checking_disabled=True)
            self._begin(
                question, peers, lambda again: answered(_weighed(answers, again)), unchecked, rank=rank
            )

        self._begin(question, peers, after, RESOLVER, rank=rank)

    def _begin(
        self, question: Question, peers: Sequence[Peer], answered: Answered, role: Role, *, rank: Rank
    ) -> None:
        try:
            self._asking.ask(Inquiry(question, peers, answered, role, rank))
        except wire.Unaskable:
            answered((Answer(Seen.NXDOMAIN),))  # what has no form on the wire stands in no zone


def _weighed(checked: tuple[Answer, ...], unchecked: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """An answer that comes only where its signatures are not checked is bogus; it is given with what it says."""
    said = unchecked[-1]
    if said.seen not in CLEAR:
        return checked
    bogus = Answer(Seen.BOGUS, said.values, said.address, checked[-1].rcode, ttl=said.ttl, zone=said.zone)
    return (*checked[:-1], bogus)
