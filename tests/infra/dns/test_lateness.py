"""By how much answers come later than they could."""

from dataclasses import dataclass

import pytest

from infra.dns.lateness import GENERATION, REMEMBERED, Lateness

MOST = 0.16
NEAR, FAR = ("192.0.2.1", 53), ("192.0.2.2", 53)
MANY = 1000  # answers, after which the average is what they are


@dataclass(slots=True)
class Clock:
    """Seconds, as a test wants them."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_server_far_away_is_not_late() -> None:
    """It answers as it always did."""
    lateness = Lateness(MOST)

    for _ in range(MANY):
        lateness.took(FAR, 0.3)
        lateness.took(NEAR, 0.01)

    assert lateness.average == 0


def test_what_comes_on_top_of_the_best_answer_is_late() -> None:
    """Each server is compared with itself."""
    lateness = Lateness(MOST)
    lateness.took(FAR, 0.3)
    lateness.took(NEAR, 0.01)

    for _ in range(MANY):
        lateness.took(FAR, 0.35)
        lateness.took(NEAR, 0.06)

    assert lateness.average == pytest.approx(0.05)


def test_one_answer_says_little_however_late_it_is() -> None:
    """A server may have its own reasons."""
    lateness = Lateness(MOST)
    lateness.took(NEAR, 0.01)

    lateness.took(NEAR, 60.0)

    assert lateness.average == pytest.approx(MOST / 64)


def test_what_was_measured_long_ago_is_forgotten() -> None:
    """Where no name server was asked since, nobody knows."""
    lateness = Lateness(MOST)
    lateness.took(NEAR, 0.01)
    for _ in range(MANY):
        lateness.took(NEAR, 0.11)

    for _ in range(500):
        lateness.tick()

    assert lateness.average < 0.001


def test_a_server_that_moved_away_is_late_for_minutes_only() -> None:
    """Then its best of before is forgotten."""
    clock = Clock()
    lateness = Lateness(MOST, clock)
    lateness.took(NEAR, 0.01)
    late = []

    for _ in range(3):
        for _ in range(MANY):
            lateness.took(NEAR, 0.11)
        late.append(round(lateness.average, 3))
        clock.now += GENERATION
        lateness.tick()

    assert late == [0.1, 0.1, 0]


def test_more_addresses_than_fit_are_forgotten_the_older_ones_first() -> None:
    """What it remembers has an end."""
    lateness = Lateness(MOST)
    for number in range(3):
        for one in range(REMEMBERED + 1):
            lateness.took((f"{number}.{one}", 53), 0.01)
        lateness.tick()

    lateness.took(("0.0", 53), 0.11)
    assert lateness.average == 0
    lateness.took(("2.0", 53), 0.11)
    assert lateness.average > 0
