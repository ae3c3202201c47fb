"""The life of DKIM keys, case by case: made, published, active, rotated, emptied, gone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.dkim_keys import EMPTY, Algorithm, DkimKey, DkimPair, KeyState, Sighting, Told, Vacancy
from domain.dkim_rotation import (
    RotationRules,
    add_key,
    advance,
    ask,
    is_over,
    next_visit,
    owes,
    remove,
    vacancy,
    was_changed,
)
from domain.schedule import Moment
from domain.sentences import Code
from tests.domain.building import START

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TTL = 5 * MINUTE
RIGHT, OTHER, SILENT = "right", "other", None
RULES = RotationRules(ttl=TTL, every=90 * DAY)
TARGETS = ("sg1-aaa.dkim.signet.example", "sg2-bbb.dkim.signet.example")
NEW = DkimPair(id="pair", domain_id="domain", account="acme", targets=TARGETS)


def rsa(selector: int) -> Vacancy:
    """A place for an RSA key."""
    return Vacancy(selector, Algorithm.RSA)


def said(
    pair: DkimPair, *servers: str | None, other: tuple[str, ...] = (), negative: timedelta = MINUTE
) -> Sighting:
    """What our servers say: what is right, something else (`other`), nothing."""

    def told(name: str, record: str | None) -> tuple[Told, ...]:
        right = () if record is None else (record,)
        return tuple(
            Told(
                server=f"192.0.2.{number}",
                texts=None if says is SILENT else right if says == RIGHT else other,
            )
            for number, says in enumerate(servers)
        )

    return Sighting(
        told={name: told(name, record) for name, record in pair.records.items()}, negative_ttl=negative
    )


def seen(pair: DkimPair, now: datetime) -> DkimPair:
    """A visit at which all is in our zone as it should be."""
    return advance(pair, said(pair, RIGHT, RIGHT), RULES, now)


def states(pair: DkimPair) -> list[KeyState | None]:
    """The states of the keys of both selectors."""
    keys = (pair.at(0), pair.at(1))
    return [None if key is None else key.state for key in keys]


def signing() -> DkimPair:
    """A pair whose first key signs since START + TTL."""
    pair = seen(add_key(NEW, rsa(0), "AAA", START), START)
    return seen(pair, START + TTL)


def rotating(now: datetime) -> DkimPair:
    """A pair whose second key signs since `now` + TTL."""
    pair = seen(add_key(signing(), rsa(1), "BBB", now), now)
    return seen(pair, now + TTL)


def test_the_whole_life_of_a_key() -> None:
    """Each step at its time, and not before."""
    pair = add_key(NEW, rsa(0), "AAA", START)
    assert states(pair) == [KeyState.MADE, None]
    pair = seen(pair, START + SECOND)
    assert states(pair) == [KeyState.PUBLISHED, None]
    pair = seen(pair, START + TTL)
    assert states(pair) == [KeyState.PUBLISHED, None]
    pair = seen(pair, START + SECOND + TTL)
    assert states(pair) == [KeyState.ACTIVE, None]
    assert pair.active == pair.at(0)
    assert pair.selector_of(pair.keys[0]) == "sg1-aaa"

    later = START + 90 * DAY + TTL + SECOND
    assert vacancy(pair, RULES, later - 2 * SECOND, proven=True) is None
    assert vacancy(pair, RULES, later, proven=True) == rsa(1)
    pair = seen(add_key(pair, rsa(1), "BBB", later), later)
    assert states(pair) == [KeyState.ACTIVE, KeyState.PUBLISHED]
    pair = seen(pair, later + TTL)
    assert states(pair) == [KeyState.ROTATED, KeyState.ACTIVE]
    rotated = later + TTL
    pair = seen(pair, rotated + 7 * DAY)
    assert states(pair) == [KeyState.ROTATED, KeyState.ACTIVE]
    pair = seen(pair, rotated + 7 * DAY + MINUTE)
    assert states(pair) == [KeyState.EMPTIED, KeyState.ACTIVE]
    emptied = rotated + 7 * DAY + 2 * MINUTE
    pair = seen(pair, emptied)
    pair = seen(pair, emptied + 30 * DAY - SECOND)
    assert states(pair) == [KeyState.EMPTIED, KeyState.ACTIVE]
    pair = seen(pair, emptied + 30 * DAY)
    assert states(pair) == [KeyState.GONE, KeyState.ACTIVE]
    assert seen(pair, emptied + 31 * DAY) == pair


@pytest.mark.parametrize(
    ("state", "record"),
    [
        (KeyState.MADE, "v=DKIM1; k=rsa; p=AAA"),
        (KeyState.PUBLISHED, "v=DKIM1; k=rsa; p=AAA"),
        (KeyState.ACTIVE, "v=DKIM1; k=rsa; p=AAA"),
        (KeyState.ROTATED, "v=DKIM1; k=rsa; p=AAA"),
        (KeyState.EMPTIED, EMPTY),
        (KeyState.GONE, None),
    ],
    ids=str,
)
def test_what_our_zone_must_hold(state: KeyState, record: str | None) -> None:
    """From the moment that a key is made until it is gone."""
    pair = replace(NEW, keys=(DkimKey(number=1, selector=1, public_key="AAA", made_at=START, state=state),))

    assert pair.records == {TARGETS[1]: record}


@pytest.mark.parametrize(
    ("servers", "state"),
    [
        ((RIGHT, RIGHT), KeyState.PUBLISHED),
        ((RIGHT, OTHER), KeyState.MADE),
        ((RIGHT, SILENT), KeyState.MADE),
        ((SILENT, SILENT), KeyState.MADE),
        ((), KeyState.MADE),
    ],
    ids=["both", "one lacks it", "one is silent", "both are silent", "nobody was asked"],
)
def test_a_key_is_published_only_when_all_our_servers_have_it(
    servers: tuple[str | None, ...], state: KeyState
) -> None:
    """One that lacks it, or does not answer, may be the one that a receiver asks."""
    pair = add_key(NEW, rsa(0), "AAA", START)

    after = advance(pair, said(pair, *servers), RULES, START)

    assert states(after) == [state, None]


def test_a_published_key_that_is_lost_waits_anew() -> None:
    """A receiver may have kept that there was nothing."""
    pair = seen(add_key(NEW, rsa(0), "AAA", START), START)

    lost = advance(pair, said(pair, RIGHT, OTHER), RULES, START + TTL)
    found = seen(lost, START + TTL + SECOND)

    assert states(lost) == [KeyState.MADE, None]
    assert states(seen(found, START + 2 * TTL)) == [KeyState.PUBLISHED, None]
    assert states(seen(found, START + 2 * TTL + SECOND)) == [KeyState.ACTIVE, None]


def test_what_resolvers_keep_of_nothing_is_waited_for() -> None:
    """Where the zone's negative TTL (RFC 2308) is longer than the TTL of our records."""
    pair = seen(add_key(NEW, rsa(0), "AAA", START), START)

    early = advance(pair, said(pair, RIGHT, negative=2 * TTL), RULES, START + TTL)
    late = advance(pair, said(pair, RIGHT, negative=2 * TTL), RULES, START + 2 * TTL)

    assert (states(early), states(late)) == ([KeyState.PUBLISHED, None], [KeyState.ACTIVE, None])


def test_the_first_key_is_made_at_once_and_others_for_those_who_are_proven() -> None:
    """A domain that never became verified costs one key."""
    old = START + 91 * DAY

    assert vacancy(NEW, RULES, START, proven=False) == rsa(0)
    assert vacancy(signing(), RULES, old, proven=False) is None
    assert vacancy(signing(), RULES, old, proven=True) == rsa(1)
    assert vacancy(add_key(NEW, rsa(0), "AAA", START), RULES, old, proven=True) is None


def test_a_key_that_was_asked_for_is_made_at_once() -> None:
    """And asking twice asks once."""
    asked = ask(signing(), START + DAY)

    assert vacancy(asked, RULES, START + DAY, proven=False) == rsa(1)
    assert ask(asked, START + 2 * DAY) == asked
    assert add_key(asked, rsa(1), "BBB", START + DAY).asked_at is None


def test_a_key_that_is_on_its_way_answers_who_asks() -> None:
    """It is as new as can be."""
    pair = add_key(signing(), rsa(1), "BBB", START + DAY)

    assert ask(pair, START + DAY) == pair


def test_a_selector_whose_signatures_still_live_is_not_used_again() -> None:
    """What was asked for waits until then."""
    pair = ask(rotating(START + DAY), START + 2 * DAY)
    over = START + 8 * DAY + TTL + MINUTE

    assert vacancy(pair, RULES, over, proven=True) is None
    emptied = seen(pair, over)
    assert states(emptied) == [KeyState.EMPTIED, KeyState.ACTIVE]
    assert vacancy(emptied, RULES, over, proven=True) == rsa(0)
    assert states(add_key(emptied, rsa(0), "CCC", over)) == [KeyState.MADE, KeyState.ACTIVE]


def test_removal_revokes_every_key_at_once() -> None:
    """For thirty days after that was seen the record is empty, then there is none."""
    removed = remove(ask(rotating(START + DAY), START + DAY), START + 2 * DAY)

    assert states(removed) == [KeyState.EMPTIED, KeyState.EMPTIED]
    assert set(removed.records.values()) == {EMPTY}
    assert (removed.active, removed.asked_at) == (None, None)
    assert ask(removed, START) == removed
    assert vacancy(removed, RULES, START, proven=True) is None
    assert remove(removed, START + 3 * DAY) == removed

    empty = seen(removed, START + 3 * DAY)
    assert not is_over(seen(empty, START + 33 * DAY - SECOND))
    assert is_over(seen(empty, START + 33 * DAY))


def test_a_domain_without_keys_is_over_when_it_is_removed() -> None:
    """There is nothing to be revoked; and one that is not removed is never over."""
    assert is_over(remove(NEW, START))
    assert not is_over(NEW)


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ((), Code.TARGET_UNPUBLISHED),
        (("v=DKIM1; k=rsa; p=ZZZ",), Code.KEY_MISMATCH),
        (("v=DKIM1; k=rsa; p=AAA", "v=spf1 -all"), Code.KEY_MISMATCH),
    ],
    ids=["nothing", "another key", "two records"],
)
def test_a_key_that_signs_and_is_not_there_is_a_fault_of_ours(other: tuple[str, ...], fault: Code) -> None:
    """Ops are told, and it is looked at again soon; when it is there again it is over."""
    pair = signing()

    faulty = advance(pair, said(pair, RIGHT, OTHER, other=other), RULES, START + DAY)

    assert faulty == replace(pair, fault=fault)
    assert owes(pair, said(pair, RIGHT, OTHER, other=other))
    assert next_visit(faulty, RULES, MINUTE, Moment(START + DAY)) == START + DAY + 10 * MINUTE
    assert seen(faulty, START + DAY + MINUTE) == pair


def test_a_silent_server_is_no_fault_of_the_zone() -> None:
    """Of what it has nobody knows."""
    pair = signing()

    assert advance(pair, said(pair, RIGHT, SILENT), RULES, START + DAY).fault is None
    assert not owes(pair, said(pair, RIGHT, SILENT))


def test_a_change_has_ten_minutes_to_arrive() -> None:
    """At all our servers; then it is a fault as well."""
    made = add_key(NEW, rsa(0), "AAA", START)
    gone = remove(signing(), START + DAY)
    old = ("v=DKIM1; k=rsa; p=AAA",)

    assert advance(made, said(made, RIGHT, OTHER), RULES, START + 9 * MINUTE).fault is None
    late = advance(made, said(made, RIGHT, OTHER), RULES, START + 10 * MINUTE)
    assert late.fault is Code.TARGET_UNPUBLISHED
    assert advance(gone, said(gone, OTHER, other=old), RULES, START + DAY).fault is None
    later = advance(gone, said(gone, OTHER, other=old), RULES, START + DAY + 10 * MINUTE)
    assert later.fault is Code.KEY_MISMATCH


def test_a_record_that_should_be_gone_and_is_not_is_a_mismatch() -> None:
    """A key that is gone has no record."""
    key = DkimKey(number=1, selector=0, public_key="AAA", made_at=START, state=KeyState.GONE)
    pair = replace(NEW, keys=(key,))

    assert advance(pair, said(pair, OTHER, other=(EMPTY,)), RULES, START).fault is Code.KEY_MISMATCH


@pytest.mark.parametrize(
    ("pair", "changed"),
    [
        (add_key(NEW, rsa(0), "AAA", START), False),
        (seen(add_key(NEW, rsa(0), "AAA", START), START), True),
        (signing(), True),
        (replace(signing(), fault=Code.TARGET_UNPUBLISHED), False),
        (remove(signing(), START + DAY), False),
        (seen(remove(signing(), START + DAY), START + DAY), True),
        (seen(seen(remove(signing(), START + DAY), START + DAY), START + 31 * DAY), False),
    ],
    ids=["made", "published", "active", "told before", "revoked", "emptied", "gone"],
)
def test_only_what_was_seen_at_its_place_can_be_changed_by_somebody(pair: DkimPair, *, changed: bool) -> None:
    """A server that never took it, and goes on refusing it, is another fault; and it is told once."""
    other = said(pair, RIGHT, OTHER, other=("v=DKIM1; k=rsa; p=ZZZ",))

    assert owes(pair, other)
    assert was_changed(pair, other) is changed


@pytest.mark.parametrize(
    ("pair", "now", "due"),
    [
        (NEW, START, START + DAY),
        (add_key(NEW, rsa(0), "AAA", START), START, START + 2 * SECOND),
        (add_key(NEW, rsa(0), "AAA", START), START + 5 * MINUTE, START + 5.5 * MINUTE),
        (add_key(NEW, rsa(0), "AAA", START), START + 12 * DAY, START + 12 * DAY + 10 * MINUTE),
        (seen(add_key(NEW, rsa(0), "AAA", START), START), START, START + TTL),
        (signing(), START + DAY, START + 2 * DAY),
        (signing(), START + 90 * DAY, START + 90 * DAY + TTL),
        (signing(), START + 100 * DAY, START + 101 * DAY),
        (rotating(START), START + 7 * DAY, START + 7 * DAY + TTL + MINUTE),
        (remove(signing(), START + DAY), START + DAY, START + DAY + 2 * SECOND),
        (seen(remove(signing(), START + DAY), START + DAY), START + 30.5 * DAY, START + 31 * DAY),
    ],
    ids=[
        "a new pair",
        "made just now",
        "made a while ago",
        "made long ago",
        "published",
        "signing",
        "soon old",
        "old, and not proven",
        "rotated",
        "emptied just now",
        "emptied",
    ],
)  # fmt: skip
def test_when_a_pair_is_seen_to_again(pair: DkimPair, now: datetime, due: datetime) -> None:
    """When something is to be decided; soon where something is awaited; once a day in any case."""
    assert next_visit(pair, RULES, MINUTE, Moment(now)) == due


def test_jitter_spreads_the_daily_visits() -> None:
    """It shortens by a tenth at most."""
    due = next_visit(signing(), RULES, MINUTE, Moment(START + DAY, 0.5))

    assert due == START + DAY + DAY * 0.95
