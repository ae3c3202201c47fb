"""Gets a sight of a name: from the servers of its own zone, wherever referrals lead, or from the resolvers.

Law: every question that is asked here is answered once, whatever the servers do.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from domain.observation import CLEAR, Answer, Asked, Delegation, Observation, Question, Seen, Sight, Whom
from infra.dns import wire
from infra.dns.asking import Asking
from infra.dns.delegations import Delegations
from infra.dns.inquiry import Inquiry
from infra.dns.peer import Peer
from infra.dns.queries import Role
from infra.dns.rank import Rank
from infra.dns.recursion import Recursion

MOST_REFERRALS: Final = 8
REMEMBERED: Final = 10_000  # delegations whose peers are at hand

Answered = Callable[[Sight], None]


class Sources:
    """Who can answer a question, by whom it is to be answered."""

    def __init__(self, asking: Asking, recursion: Recursion, delegations: Delegations, port: int) -> None:
        """`port`: where name servers that were found by delegation are asked."""
        self._asking = asking
        self._recursion = recursion
        self._delegations = delegations
        self._port = port

    def ask(self, asked: Asked, seen: Observation, start: str, answered: Answered, *, rank: Rank) -> None:
        """Ask; `seen` is what is known already, `start` where to begin to look for the name's zone."""
        question = asked.question
        if asked.whom is Whom.RESOLVERS:
            self._recursion.ask_each(question, lambda answers: answered(Sight(answers)), rank=rank)
            return
        before = seen.get(Asked(question))
        if asked.whom is Whom.SERVERS and before is not None:
            self._ask_others(question, before, answered, rank=rank)
            return
        found = partial(self._found, question, answered, rank, MOST_REFERRALS)
        self._delegations.find(question.name, start, found, rank=rank)

    def _found(
        self,
        question: Question,
        answered: Answered,
        rank: Rank,
        referrals: int,
        outcome: Delegation | tuple[Answer, ...],
    ) -> None:
        """Ask one server after the other of the zone that was found; go on where it refers to another zone."""
        if not isinstance(outcome, Delegation):
            answered(Sight(outcome))
            return
        reach = _reach(outcome, self._port)

        def one_answered(answers: tuple[Answer, ...]) -> None:
            if answers[-1].seen is not Seen.REFERRAL or not referrals:
                answered(Sight(reach.everybody(answers), outcome))
                return
            further = partial(self._found, question, answered, rank, referrals - 1)
            self._delegations.refer(answers[-1], further, rank=rank)

        if reach.peers:
            self._begin(question, reach.peers, one_answered, Role(outcome.zone), rank=rank)
        else:
            answered(Sight(reach.without, outcome))

    def _ask_others(self, question: Question, before: Sight, answered: Answered, *, rank: Rank) -> None:
        """Ask every server address of the zone that has not answered clearly yet."""
        delegation = before.delegation
        if delegation is None:
            answered(before)
            return
        heard = {answer.address: answer for answer in before.answers if answer.seen in CLEAR}
        gathered = list(heard.values())
        reach = _reach(delegation, self._port)
        peers = [peer for peer in reach.peers if peer.shown not in heard]
        expected = len(gathered) + len(peers)

        def one_answered(answers: tuple[Answer, ...]) -> None:
            gathered.append(answers[-1])
            if len(gathered) == expected:
                answered(Sight(reach.everybody(gathered), delegation))

        if not peers:
            answered(Sight(reach.everybody(gathered) or before.answers, delegation))
        for peer in peers:
            self._begin(question, (peer,), one_answered, Role(delegation.zone), rank=rank)

    def _begin(
        self,
        question: Question,
        peers: Sequence[Peer],
        answered: Callable[[tuple[Answer, ...]], None],
        role: Role,
        *,
        rank: Rank,
    ) -> None:
        try:
            self._asking.ask(Inquiry(question, peers, answered, role, rank))
        except wire.Unaskable:
            answered((Answer(Seen.NXDOMAIN),))  # what has no form on the wire stands in no zone


class _Reach(NamedTuple):
    """Whom to ask, each address once, and what there is to say of servers `without` one that may be asked.

    `also`: the further names of an address that has several, by how it is shown.
    """

    peers: tuple[Peer, ...]
    without: tuple[Answer, ...]
    also: Mapping[str, Sequence[str]]

    def everybody(self, answers: Sequence[Answer]) -> tuple[Answer, ...]:
        """What every server says, when these were the answers: under each of its names, the first one last."""
        if not self.also:
            return (*self.without, *answers)
        under_all = (
            answer._replace(server=name)
            for answer in answers
            for name in (*self.also.get(answer.address, ()), answer.server)
        )
        return (*self.without, *under_all)


@lru_cache(maxsize=REMEMBERED)
def _reach(delegation: Delegation, port: int) -> _Reach:
    names: dict[str, list[str]] = {}
    for server in delegation.servers:
        names.setdefault(server.address, []).append(server.name)
    without = tuple(Answer(Seen.UNREACHABLE, server=name) for name in names.pop("", ()))
    peers = tuple(Peer.at(address, port, first) for address, (first, *_) in names.items())
    also = {peer.shown: further for peer in peers if (further := names[peer.place[0]][1:])}
    return _Reach(peers, without, also)
