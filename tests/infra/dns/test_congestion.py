"""How many queries leave before an answer comes: found by trying, as TCP does."""

from collections.abc import Iterator
from itertools import count

import pytest

from infra.dns.congestion import FEWEST, FIRST, MOST, Congestion


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


def sizes_without_loss(rounds: int) -> list[int]:
    """How many are on the way, round after round of which a quarter is answered."""
    congestion, numbers = Congestion(), count()
    on_the_way: list[int] = []
    sizes = []
    for _ in range(rounds):
        on_the_way += fill(congestion, numbers)
        sizes.append(len(on_the_way))
        quarter = len(on_the_way) // 4
        for query in on_the_way[:quarter]:
            congestion.answered(query)
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
