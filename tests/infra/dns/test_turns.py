"""A question that somebody waits for, among many that nobody waits for: an order, however long it takes."""

import asyncio

import dns.message

from domain.observation import Question
from infra.dns.asking import Asking
from infra.dns.courtesy import AT_ONCE, Courtesy
from infra.dns.inquiry import Inquiry
from infra.dns.pace import Pace
from infra.dns.peer import Peer
from infra.dns.queries import Role
from infra.dns.rank import WAITED_FOR, Rank
from tests.infra.dns.liar import liar, reply

UNAWAITED = Rank(unawaited=True, since=1)
ROUTINE = 200  # some twelve seconds at the pace below


def inquiry(name: str, peer: Peer, rank: Rank) -> Inquiry:
    """A question to a name server of the zone."""
    return Inquiry(Question(name, "A"), (peer,), lambda _: None, Role("example"), rank)


def test_the_next_query_that_may_leave_is_the_one_that_somebody_waits_for() -> None:
    """However long the line before one address is, and however few queries may leave."""
    asked = asyncio.run(_ask_all())

    assert asked[-1] == "hurried.example"
    assert len(asked) < ROUTINE / 2


async def _ask_all() -> list[str]:
    """What is asked until that one is: a line before one address, a pace that lets little leave, another address."""
    loop, heard = asyncio.get_running_loop(), asyncio.Queue[str]()

    def say(query: dns.message.Message) -> list[bytes]:
        loop.call_soon_threadsafe(heard.put_nowait, query.question[0].name.to_text(omit_final_dot=True))
        return [reply(query)]

    with liar(say) as busy, liar(say) as other:
        # One more than goes to one address at once: with it the rest finds its place in that address's line.
        asking = Asking(Pace(AT_ONCE + 1), Courtesy(), window=1_000, patience=30.0)
        asking.open(loop)
        for number in range(ROUTINE):
            asking.ask(inquiry(f"routine{number}.example", Peer.of(busy.resolver), UNAWAITED))
        asked = [await heard.get() for _ in range(AT_ONCE)]
        asking.ask(inquiry("hurried.example", Peer.of(other.resolver), WAITED_FOR))
        while asked[-1] != "hurried.example":
            asked.append(await heard.get())
        asking.close()
    return asked
