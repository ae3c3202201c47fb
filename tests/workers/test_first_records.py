"""The keys of a domain begin when the first of its records is seen, in the transaction of that look."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.dkim_keys import DkimPair
from domain.identity import State
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.conformance.building import VAULT
from tests.servers.knot import Knot, knot_server
from tests.servers.waiting import wait_until
from tests.workers.dkim_ground import zone_file
from tests.workers.lab import (
    await_state,
    lab_settings,
    laboratory,
    publish,
    records,
    register,
    standing,
    violations,
)

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """One name server for all tests of this file."""
    with knot_server() as server:
        yield server


@pytest.fixture
def unit(database_url: str) -> Iterator[Units]:
    """Units of work on a fresh database, with a vault."""
    engine = connect(database_url, role="test", pool=10)
    yield units(engine, VAULT)
    engine.dispose()


@pytest.fixture
def settings(knot: Knot, tmp_path: Path) -> Settings:
    """An installation whose zone is in a file that this name server does not have: no key gets further than made."""
    return lab_settings(knot, tmp_path, **zone_file(knot, tmp_path))


def pair_of(unit: Units, domain_id: str) -> DkimPair | None:
    """The keys of a domain."""
    with unit() as work:
        return work.dkim.of_domain(domain_id)


def test_keys_begin_with_the_first_record_and_not_before(
    unit: Units, knot: Knot, settings: Settings, database_url: str
) -> None:
    """One of two is enough; the key is made by who sees to keys, and lies in the vault."""
    with laboratory(settings, unit) as lab:
        knot.serve("shop.example")
        [shop] = register(lab.settings, unit, "shop.example")
        wait_until(lambda: standing(unit, shop).attempt == 2, what="the first look is written")
        assert pair_of(unit, shop.id) is None

        knot.serve("shop.example", records(shop).splitlines()[0])
        begun = wait_until(lambda: pair_of(unit, shop.id), what="its keys are begun")
        assert list(begun.targets) == [record.value for record in shop.challenge.records]
        wait_until(lambda: (pair_of(unit, shop.id) or begun).made == 1, what="its first key is made")
        assert standing(unit, shop).identity.state is State.PENDING

        publish(knot, shop)
        await_state(unit, shop, State.VERIFIED)
        assert pair_of(unit, shop.id).made == 1  # type: ignore[union-attr]
    assert violations(database_url) == []


@pytest.mark.long
def test_without_name_servers_of_our_own_no_keys_are_begun(unit: Units, knot: Knot, tmp_path: Path) -> None:
    """They wait for the settings, and upkeep begins them then."""
    with laboratory(lab_settings(knot, tmp_path), unit) as lab:
        [shop] = register(lab.settings, unit, "plain.example")
        publish(knot, shop)
        await_state(unit, shop, State.VERIFIED)

    assert pair_of(unit, shop.id) is None
