"""How much is asked of one name server at a time: politely, and nobody at another's cost."""

from dataclasses import dataclass

from domain.observation import Question
from infra.dns.courtesy import AT_ONCE, BURST, MOST_IN_LINE, PER_SECOND, REMEMBERED, Courtesy
from infra.dns.inquiry import Inquiry
from infra.dns.peer import Peer
from infra.dns.queries import Role
from infra.dns.rank import WAITED_FOR, Rank

BUSY = Peer.at("192.0.2.1", 53, "ns.busy.example")
OTHER = Peer.at("192.0.2.2", 53, "ns.other.example")


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def inquiry(peer: Peer = BUSY, rank: Rank = WAITED_FOR) -> Inquiry:
    """A question to one name server."""
    return Inquiry(Question("a.example", "CNAME"), (peer,), lambda _: None, Role("example"), rank)


def test_sixteen_are_in_flight_to_one_address_and_the_next_leaves_when_one_is_back() -> None:
    """The others wait in a line of their own, in their order."""
    courtesy = Courtesy()
    flying = [inquiry() for _ in range(AT_ONCE)]
    late, later = inquiry(), inquiry()

    assert all(courtesy.admits(BUSY, one) for one in flying)
    assert not courtesy.admits(BUSY, late)
    assert not courtesy.admits(BUSY, later)
    assert courtesy.next_in_line() is None
    courtesy.release(flying[0])

    assert courtesy.next_in_line() == (BUSY, late)
    assert courtesy.next_in_line() is None
    assert courtesy.waiting == 1


def test_a_long_line_before_one_address_delays_no_other() -> None:
    """A hundred thousand domains of one provider are that provider's line."""
    courtesy = Courtesy()
    for _ in range(10_000):
        courtesy.admits(BUSY, inquiry())

    assert courtesy.admits(OTHER, inquiry(OTHER))
    assert courtesy.waiting == MOST_IN_LINE


def test_crowded_lines_move_in_turn() -> None:
    """When both may move, neither moves twice before the other."""
    courtesy = Courtesy()
    flying = [(peer, inquiry(peer)) for peer in (BUSY, OTHER) for _ in range(AT_ONCE)]
    for peer, one in [*flying, *((peer, inquiry(peer)) for peer in (BUSY, OTHER) for _ in range(3))]:
        courtesy.admits(peer, one)
    for _, one in flying:
        courtesy.release(one)

    moved = [left[0] for _ in range(4) if (left := courtesy.next_in_line())]

    assert moved == [BUSY, OTHER, BUSY, OTHER]


def test_a_second_brings_so_many_queries_and_no_more() -> None:
    """The bucket starts full; then its rate decides, however fast the server answers."""
    clock = Clock()
    courtesy = Courtesy(clock=clock)
    left = 0
    for _ in range(1_000):
        one = inquiry()
        left += courtesy.admits(BUSY, one)
        courtesy.release(one)

    assert left == BURST
    clock.now += 0.1
    courtesy.tick()
    moved = 0
    while (waited := courtesy.next_in_line()) is not None:
        moved += 1
        courtesy.release(waited[1])
    assert moved == PER_SECOND / 10


def test_who_was_answered_meanwhile_leaves_the_line() -> None:
    """A late reply to an earlier try ends an inquiry that waits for its next one."""
    courtesy = Courtesy()
    flying = [inquiry() for _ in range(AT_ONCE)]
    answered, waiting = inquiry(), inquiry()
    for one in (*flying, answered, waiting):
        courtesy.admits(BUSY, one)

    answered.over = True
    courtesy.release(flying[0])

    assert courtesy.next_in_line() == (BUSY, waiting)


def test_a_try_that_ran_out_frees_its_place_and_no_other() -> None:
    """A dead server is not held busy by what is asked elsewhere by now."""
    courtesy = Courtesy()
    one = inquiry()
    courtesy.admits(BUSY, one)
    courtesy.admits(OTHER, one)

    courtesy.release(one, BUSY)

    assert one.held == [OTHER]


def test_addresses_that_nothing_concerns_are_forgotten() -> None:
    """Strangers choose how many there are."""
    courtesy = Courtesy()
    held = inquiry(OTHER)
    courtesy.admits(OTHER, held)
    for number in range(REMEMBERED + 1):
        peer = Peer.at(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 53)
        one = inquiry(peer)
        courtesy.admits(peer, one)
        courtesy.release(one)

    courtesy.tick()

    assert set(courtesy._lines) == {OTHER.place}


def test_in_a_line_those_go_first_that_somebody_waits_for_and_then_the_older_looks() -> None:
    """Else many looks would all be half done and none would end, and a press of a button would wait for them all."""
    courtesy = Courtesy()
    flying = [inquiry() for _ in range(AT_ONCE)]
    young, old, awaited = (
        inquiry(rank=Rank(unawaited=unawaited, since=since))
        for unawaited, since in ((True, 9), (True, 3), (False, 12))
    )
    for one in (*flying, young, old, awaited):
        courtesy.admits(BUSY, one)

    left = []
    for one in flying[:3]:
        courtesy.release(one)
        left.append(courtesy.next_in_line())

    assert left == [(BUSY, awaited), (BUSY, old), (BUSY, young)]
