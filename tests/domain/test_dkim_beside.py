"""Ed25519 keys that sign beside the RSA key, at the selector that rests."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.dkim_keys import Algorithm, DkimPair, KeyState, Vacancy
from domain.dkim_rotation import ROOM, RotationRules, add_key, advance, ask, is_over, remove, vacancy
from tests.domain.building import START
from tests.domain.test_dkim_rotation import NEW, RIGHT, RULES, TTL, rsa, said, signing

DAY = timedelta(days=1)
WEEK_AND_MINUTE = timedelta(days=7, minutes=1)
BESIDE = replace(RULES, beside=True)
ACTIVE_AT = START + TTL
ED25519 = Vacancy(1, Algorithm.ED25519)


def seen(pair: DkimPair, now: datetime, rules: RotationRules = BESIDE) -> DkimPair:
    """A visit at which all is in our zone as it should be."""
    return advance(pair, said(pair, RIGHT, RIGHT), rules, now)


def both() -> DkimPair:
    """A pair of which both keys sign since START + 2 TTL."""
    pair = seen(add_key(signing(), ED25519, "EEE", ACTIVE_AT), ACTIVE_AT)
    return seen(pair, ACTIVE_AT + TTL)


def place(pair: DkimPair, now: datetime, *, proven: bool = True, rules: RotationRules = BESIDE) -> object:
    """The key that is to be made."""
    return vacancy(pair, rules, now, proven=proven)


def standing(pair: DkimPair) -> list[tuple[Algorithm, KeyState] | None]:
    """What the key of each selector is."""
    keys = (pair.at(0), pair.at(1))
    return [None if key is None else (key.algorithm, key.state) for key in keys]


def test_it_is_made_for_the_selector_that_rests_once_an_rsa_key_signs() -> None:
    """Where the operator wants it, and the domain is proven; the RSA key comes first in any case."""
    assert place(NEW, START) == rsa(0)
    assert place(add_key(NEW, rsa(0), "AAA", START), START) is None
    assert place(signing(), ACTIVE_AT) == ED25519
    assert place(signing(), ACTIVE_AT, proven=False) is None
    assert place(signing(), ACTIVE_AT, rules=RULES) is None


def test_it_signs_after_it_was_seen_for_a_ttl_and_the_rsa_key_goes_on() -> None:
    """Its record says what it is (RFC 8463, section 4)."""
    pair = add_key(signing(), ED25519, "EEE", ACTIVE_AT)
    assert pair.records[pair.targets[1]] == "v=DKIM1; k=ed25519; p=EEE"
    assert place(pair, ACTIVE_AT) is None

    pair = seen(pair, ACTIVE_AT)
    early = seen(pair, ACTIVE_AT + TTL - timedelta(seconds=1))
    assert early.beside is None
    pair = seen(early, ACTIVE_AT + TTL)

    assert (pair.active, pair.beside) == (pair.at(0), pair.at(1))
    assert pair.active is not None
    assert pair.active.active_at == ACTIVE_AT


def test_it_makes_room_in_time_for_the_next_rsa_key() -> None:
    """What it signed verifies for as long as that of an RSA key, and the rotation is not late."""
    due = ACTIVE_AT + BESIDE.every
    pair = seen(both(), due - ROOM - timedelta(seconds=1))
    assert standing(pair)[1] == (Algorithm.ED25519, KeyState.ACTIVE)

    pair = seen(pair, due - ROOM)
    assert standing(pair)[1] == (Algorithm.ED25519, KeyState.ROTATED)
    assert place(pair, due - ROOM) is None
    pair = seen(seen(pair, due - ROOM + WEEK_AND_MINUTE), due - ROOM + WEEK_AND_MINUTE)
    assert standing(pair) == [(Algorithm.RSA, KeyState.ACTIVE), (Algorithm.ED25519, KeyState.EMPTIED)]

    assert place(pair, due - timedelta(seconds=1)) is None
    assert place(pair, due) == rsa(1)


def test_one_that_never_signed_makes_room_at_once() -> None:
    """It is revoked, for somebody may have seen it."""
    late = ACTIVE_AT + BESIDE.every - ROOM
    made = add_key(signing(), ED25519, "EEE", late - timedelta(seconds=1))

    assert standing(seen(made, late))[1] == (Algorithm.ED25519, KeyState.EMPTIED)
    assert place(signing(), late) is None


def test_after_a_rotation_it_comes_to_the_selector_that_rests_then() -> None:
    """When the signatures of the last RSA key are over."""
    now = ACTIVE_AT + BESIDE.every
    pair = seen(seen(add_key(signing(), rsa(1), "BBB", now), now), now + TTL)
    assert standing(pair) == [(Algorithm.RSA, KeyState.ROTATED), (Algorithm.RSA, KeyState.ACTIVE)]
    assert place(pair, now + TTL) is None

    over = now + TTL + WEEK_AND_MINUTE
    assert place(seen(pair, over), over) == Vacancy(0, Algorithm.ED25519)


@pytest.mark.parametrize("pair", [both(), add_key(signing(), ED25519, "EEE", ACTIVE_AT)])
def test_who_asks_for_a_new_key_waits_for_no_ed25519_key(pair: DkimPair) -> None:
    """The mails that it signed have an RSA signature besides, which goes on to verify."""
    now = ACTIVE_AT + DAY
    asked = ask(pair, now)

    assert place(asked, now) == rsa(1)
    pair = add_key(asked, rsa(1), "BBB", now)
    assert standing(pair) == [(Algorithm.RSA, KeyState.ACTIVE), (Algorithm.RSA, KeyState.MADE)]
    assert pair.made == 3
    assert pair.asked_at is None


def test_where_the_operator_wants_it_no_more_it_goes_as_an_rsa_key_goes() -> None:
    """Signs no more, is emptied, is gone."""
    now = ACTIVE_AT + DAY
    pair = seen(both(), now, RULES)
    assert standing(pair) == [(Algorithm.RSA, KeyState.ACTIVE), (Algorithm.ED25519, KeyState.ROTATED)]

    pair = seen(pair, now + WEEK_AND_MINUTE, RULES)
    pair = seen(pair, now + WEEK_AND_MINUTE, RULES)
    pair = seen(pair, now + WEEK_AND_MINUTE + 30 * DAY, RULES)
    assert standing(pair)[1] == (Algorithm.ED25519, KeyState.GONE)


def test_with_the_domain_both_are_revoked() -> None:
    """At once; and thirty days later nothing is left."""
    pair = remove(both(), ACTIVE_AT + DAY)
    assert [key.state for key in pair.keys] == [KeyState.EMPTIED, KeyState.EMPTIED]
    assert place(pair, ACTIVE_AT + DAY) is None

    pair = seen(pair, ACTIVE_AT + DAY)
    assert is_over(seen(pair, ACTIVE_AT + 31 * DAY))
