"""How identities stand, for those who only read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identity import Identity, Kind, State
from domain.lifecycle import Step
from domain.standing import StandingQuery
from tests.conformance.building import HOUR, Units, a_registration, claim, register

IMPOSSIBLE = [
    "",
    "x",
    "\x00",
    "01890000-0000-7000-8000-00000000000Z",
    "{01890000-0000-7000-8000-000000000001}",
]


def page(unit: Units, **query: object) -> list[Identity]:
    """The identities of a page."""
    with unit() as work:
        found = work.directory.page(StandingQuery(kind=Kind.DOMAIN, **query))  # type: ignore[arg-type]
    return [standing.identity for standing in found]


def test_identities_are_listed_page_by_page(unit: Units) -> None:
    """In the order of their ids, each once."""
    stored = sorted((register(unit, subject=f"{name}.example") for name in "abcde"), key=lambda one: one.id)

    first = page(unit, limit=3)
    rest = page(unit, limit=3, after=first[-1].id)

    assert first + rest == stored


def test_a_list_may_be_of_some_accounts_or_of_a_state(unit: Units) -> None:
    """None means all; no accounts means nothing."""
    mine, theirs = register(unit, account="mine"), register(unit, account="theirs")
    with unit() as work:
        work.identities.save([replace(theirs, state=State.VERIFIED)], {theirs.id: 0})
        work.commit()

    assert page(unit, accounts=frozenset({"mine"})) == [mine]
    assert page(unit, accounts=frozenset()) == []
    assert [one.id for one in page(unit, state=State.VERIFIED)] == [theirs.id]
    assert len(page(unit)) == 2


@pytest.mark.parametrize("identity_id", IMPOSSIBLE)
def test_an_id_that_cannot_be_one_is_unknown(unit: Units, identity_id: str) -> None:
    """Nobody gets a database error for a mistyped id."""
    register(unit)

    with unit() as work:
        assert work.directory.find([identity_id]) == []
        assert work.directory.history(identity_id) == []
        assert work.directory.looks(identity_id) == []
    assert len(page(unit, after=identity_id)) == 1


def test_a_subject_is_found_with_every_account_that_holds_it(unit: Units) -> None:
    """The newest generation of each."""
    first, other = register(unit, account="a"), register(unit, account="b")
    register(unit, account="a", subject="other.example")
    with unit() as work:
        second = replace(a_registration(work.now, account="a"), generation=2)
        work.identities.add([second])
        work.commit()

    with unit() as work:
        named = work.directory.named(Kind.DOMAIN, first.subject)

    assert [standing.identity.id for standing in named] == [second.id, other.id]


def test_a_look_under_way_is_due_now(unit: Units) -> None:
    """Not when its lease ends."""
    identity = register(unit)
    claim(unit, HOUR)

    with unit() as work:
        [standing] = work.directory.find([identity.id])
        assert standing.due_at == work.now


def test_a_settled_identity_is_due_never(unit: Units) -> None:
    """No look, no attempt."""
    identity = register(unit)
    with unit() as work:
        work.schedule.put([Step(identity=identity)])
        work.commit()

    with unit() as work:
        [standing] = work.directory.find([identity.id])
    assert (standing.due_at, standing.attempt, standing.parked) == (None, None, False)


def test_the_clock_is_the_database_s_and_stands_still_in_a_transaction(unit: Units) -> None:
    """UTC, and the same for everything of one unit of work."""
    with unit() as work:
        assert work.now.utcoffset() == timedelta()
        assert work.now == work.now
    with unit() as later:
        assert later.now > work.now
