"""How many queries leave before an answer comes: found by trying, as TCP does."""

from collections.abc import Iterator
from itertools import count

import pytest

from infra.dns.congestion import CALM, FEWEST, FIRST, MOST, TARGET, WORST, Congestion


@pytest.fixture
def numbers() -> Iterator[int]:
    """A name for each query."""
    return count()


def fill(congestion: Congestion, numbers: Iterator[int]) -> list[int]:
    """Send until there is no room."""
    sent = []
    while congestion.has_room():
        sent.append(next(numbers))
        congestion.left(sent[-1])
    return sent


def test_at_first_a_burst_is_bounded(numbers: Iterator[int]) -> None:
    """Less than what a socket buffer of usual size holds twice."""
    assert len(fill(Congestion(), numbers)) == FIRST


def test_an_answer_makes_room_for_one_more(numbers: Iterator[int]) -> None:
    """What leaves is paced by what arrives."""
    congestion = Congestion()
    sent = fill(congestion, numbers)

    congestion.answered(sent[0])

    assert len(fill(congestion, numbers)) == 1


SERVER = ("192.0.2.1", 53)
SOON = 0.01  # seconds


def sizes_without_loss(rounds: int, late: float = 0.0) -> list[int]:
    """How many are on the way, round after round of which a quarter is answered, each answer so many seconds late."""
    congestion, numbers = Congestion(), count()
    congestion.answered("the first", SERVER, SOON)
    on_the_way: list[int] = []
    sizes = []
    for _ in range(rounds):
        on_the_way += fill(congestion, numbers)
        sizes.append(len(on_the_way))
        quarter = len(on_the_way) // 4
        for query in on_the_way[:quarter]:
            congestion.answered(query, SERVER, SOON + late)
        on_the_way = on_the_way[quarter:]
    return sizes


def test_while_nothing_is_lost_the_number_grows() -> None:
    """A little with every round."""
    sizes = sizes_without_loss(600)

    assert sizes == sorted(sizes)
    assert sizes[20] < 1.1 * FIRST
    assert sizes[-1] > 2 * FIRST


@pytest.mark.long
def test_the_number_does_not_grow_without_end() -> None:
    """However well it goes."""
    assert sizes_without_loss(5000)[-1] == MOST


def test_answers_that_come_late_let_it_shrink_to_what_is_never_too_many() -> None:
    """They wait for each other on the way: nothing is lost, and nothing gained, by sending more."""
    sizes = sizes_without_loss(600, late=WORST)

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == CALM < FIRST


def test_answers_that_are_a_little_late_let_it_grow_more_slowly() -> None:
    """The nearer they are to the target, the less; at the target it stays."""
    in_time, a_little, at_target = (
        sizes_without_loss(600, late=late)[-1] for late in (0.0, TARGET / 2, TARGET)
    )

    assert FIRST < a_little < (FIRST + in_time) / 2 + 10
    assert abs(at_target - FIRST) < 10


def test_a_number_that_was_not_tried_does_not_grow(numbers: Iterator[int]) -> None:
    """One query after the other says nothing of thousands at once (RFC 7661)."""
    congestion = Congestion()

    for query in range(100_000):
        congestion.left(query)
        congestion.answered(query)

    assert len(fill(congestion, count(100_000))) == FIRST


def test_losses_that_come_together_shrink_it_once(numbers: Iterator[int]) -> None:
    """All that one burst lost runs out at the same time."""
    congestion = Congestion()

    for _ in range(1000):
        congestion.lost()

    assert FEWEST < len(fill(congestion, numbers)) < FIRST


def test_queries_that_nobody_answers_block_nobody(numbers: Iterator[int]) -> None:
    """Dead names hold their slots for a moment only."""
    congestion = Congestion()
    sent = fill(congestion, numbers)

    while len(sent) < 2 * FIRST:
        congestion.tick()
        sent += fill(congestion, numbers)

    assert len(fill(congestion, numbers)) == 0
