"""What was learned holds for a while, and only so much of it."""

from infra.dns.memory import LONGEST, SHORTEST, Memory
from tests.infra.dns.test_courtesy import Clock


def test_what_was_learned_holds_for_its_ttl() -> None:
    """And not a second longer."""
    clock = Clock()
    memory: Memory[str, int] = Memory(10, clock)
    memory.learn("example.org", 1, 300)

    clock.now += 299
    assert memory.recall("example.org") == 1
    clock.now += 1
    assert memory.recall("example.org") is None


def test_a_ttl_is_kept_within_bounds() -> None:
    """Neither nothing nor a week: an owner who moves to another provider does not wait for it."""
    clock = Clock()
    memory: Memory[str, int] = Memory(10, clock)
    memory.learn("short", 1, 0)
    memory.learn("long", 2, 604_800)

    clock.now += SHORTEST - 1
    assert memory.recall("short") == 1
    clock.now += LONGEST - SHORTEST
    assert (memory.recall("short"), memory.recall("long")) == (None, 2)
    clock.now += 1
    assert memory.recall("long") is None


def test_somebody_who_waits_trusts_only_what_is_young() -> None:
    """What others may still use is too old for them."""
    clock = Clock()
    memory: Memory[str, int] = Memory(10, clock)
    memory.learn("example.org", 1, 3600)

    clock.now += 60

    assert memory.recall("example.org", younger=60) is None
    assert memory.recall("example.org", younger=61) == 1


def test_the_one_not_used_for_longest_is_forgotten() -> None:
    """Strangers choose how many there are."""
    memory: Memory[str, int] = Memory(2)
    memory.learn("a", 1, 60)
    memory.learn("b", 2, 60)
    memory.recall("a")

    memory.learn("c", 3, 60)

    assert [memory.recall(key) for key in "abc"] == [1, None, 3]
