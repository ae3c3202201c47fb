"""Inbound events are taken once; keys of the API are known by their hash alone."""

from domain.ports import EventKey
from tests.conformance.building import Units

FIRST = EventKey(publisher="shop", source="urn:shop", id="1")


def take(unit: Units, *keys: EventKey) -> frozenset[EventKey]:
    """Take events."""
    with unit() as work:
        known = work.inbox.take(keys)
        work.commit()
    return known


def test_an_event_is_taken_once(unit: Units) -> None:
    """The same id and source again changes nothing; other publishers and sources are others."""
    others = [
        EventKey(publisher="news", source="urn:shop", id="1"),
        EventKey(publisher="shop", source="urn:shop", id="2"),
        EventKey(publisher="shop", source="urn:", id="shop1"),
        EventKey(publisher="shopurn:", source="shop", id="1"),
    ]

    assert take(unit, FIRST) == frozenset()
    assert take(unit, FIRST, *others) == {FIRST}
    assert take(unit, *others) == set(others)
    assert take(unit) == frozenset()


def test_a_refused_event_may_come_again_corrected(unit: Units) -> None:
    """Its key is let go of."""
    take(unit, FIRST)
    with unit() as work:
        work.inbox.forget([FIRST])
        work.inbox.forget([])
        work.commit()

    assert take(unit, FIRST) == frozenset()


def test_a_key_may_be_as_long_and_as_odd_as_publishers_like(unit: Units) -> None:
    """An index entry has its limits; a key has not."""
    odd = EventKey(publisher="p", source="\x00č" * 5_000, id="\ud800")

    assert take(unit, odd) == frozenset()
    assert take(unit, odd) == {odd}


def test_what_was_rolled_back_was_not_taken(unit: Units) -> None:
    """The inbox row lands with the effect, or not at all."""
    with unit() as work:
        work.inbox.take([FIRST])

    assert take(unit, FIRST) == frozenset()


def test_redeliveries_are_counted_until_they_are_forgotten(unit: Units) -> None:
    """Five counts, and that one event alone goes to the dead letters."""
    counts = []
    for _ in range(3):
        with unit() as work:
            counts.append(work.redelivered.count("digest"))
            work.commit()
    with unit() as work:
        work.redelivered.forget("digest")
        again = work.redelivered.count("digest")

    assert counts == [1, 2, 3]
    assert again == 1


def test_an_api_key_is_found_by_its_text_and_by_nothing_stored(unit: Units) -> None:
    """The text is shown once and stored nowhere."""
    with unit() as work:
        key, text = work.api_keys.create("shop", ["acme", "acme/eu"], ["publish"])
        work.commit()

    with unit() as work:
        assert work.api_keys.find(text) == key
        assert work.api_keys.find(text + "x") is None
        assert work.api_keys.find("\ud800") is None
        assert work.api_keys.all() == [key]
        [[everything]] = work.looks._link.rows("SELECT k::text FROM api_keys AS k")
    assert text not in everything
    assert key.covers("acme/eu")
    assert not key.covers("acme/us")
    assert key.rights == {"publish"}


def test_a_revoked_key_opens_nothing(unit: Units) -> None:
    """It is still listed, and cannot be revoked twice."""
    with unit() as work:
        key, text = work.api_keys.create("shop", ["*"], ["publish"])
        assert key.covers("anybody")
        assert work.api_keys.revoke(key.id)
        assert not work.api_keys.revoke(key.id)
        assert not work.api_keys.revoke("nonsense")
        assert work.api_keys.find(text) is None
        [listed] = work.api_keys.all()
    assert listed.revoked_at is not None
