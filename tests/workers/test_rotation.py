"""Keys of real domains on real name servers: from the first to the last step, with kills between any two."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.dkim_keys import EMPTY, Algorithm, KeyState, Sighting
from domain.dkim_ports import NotPublished
from domain.ports import Work
from domain.sentences import Code
from infra.db.dkim_pairs import adopt
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings, WrongSetting
from tests.servers.dynamic_zone import DynamicZone, Primary, dynamic_zone
from tests.servers.waiting import wait_until
from tests.workers.dkim_ground import TTL, DyingZone, Keys, Killed, begun, settings_for
from tests.workers.lab import register, take_event, violations
from workers import bootstrap
from workers.bootstrap import dkim
from workers.rotation import rotate

Units = Callable[[], SqlUnitOfWork]

ZONE = "dkim.signet.example"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def zone() -> Iterator[DynamicZone]:
    """Our zone, for all tests of this file: each has its own targets in it."""
    with dynamic_zone(ZONE, Primary.KNOT) as running:
        yield running


@pytest.fixture
def settings(zone: DynamicZone, tmp_path: Path) -> Settings:
    """An installation with keys, and our zone."""
    return settings_for(zone, SIGNET_STATE=str(tmp_path))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database."""
    engine = connect(database_url, role="test", pool=10)
    yield engine
    engine.dispose()


@pytest.fixture
def keys(settings: Settings, database_url: str) -> Iterator[Keys]:
    """A domain whose keys were just begun."""
    with begun(settings, database_url) as found:
        yield found


def key_violations(url: str) -> list[object]:
    """What does not fit together of keys; that a domain is proven is only said in these tests."""
    return [one for one in violations(url) if "history" not in str(one)]


def shown(keys: Keys, selector: int, record: str | None) -> bool:
    """Whether all our servers have just this at the target of a selector."""
    target = keys.pair().targets[selector]
    return keys.rotating.zone.look([target]).shows(target, record)


def signing(keys: Keys) -> str:
    """Bring the first key to where it signs; answer its record."""
    keys.visit_until(KeyState.PUBLISHED)
    keys.time_passes(TTL)
    pair = keys.visit_until(KeyState.ACTIVE)
    assert pair.active is not None
    return str(pair.active.record)


def test_the_life_of_keys_from_the_first_to_the_last(keys: Keys, database_url: str) -> None:
    """Made, published, active; rotated, emptied, gone; each seen on both name servers."""
    keys.visit()
    assert keys.pair().made == 1
    first = keys.pair().keys[0]
    wait_until(lambda: shown(keys, 0, first.record), what="the first key is on both servers", every=0.1)
    keys.visit_until(KeyState.PUBLISHED)
    keys.time_passes(TTL - timedelta(seconds=20))
    keys.come_due()
    keys.visit()
    assert keys.states() == ["published", None]
    keys.time_passes(timedelta(seconds=20))
    keys.visit_until(KeyState.ACTIVE)

    keys.prove()
    keys.time_passes(91 * DAY)
    keys.visit_until(KeyState.PUBLISHED, 1)
    assert keys.states() == ["active", "published"]
    keys.time_passes(TTL)
    keys.visit_until(KeyState.ACTIVE, 1)
    assert keys.states() == ["rotated", "active"]
    assert keys.private_halves() == [2]
    assert shown(keys, 0, first.record)

    keys.time_passes(8 * DAY)
    keys.visit_until(KeyState.EMPTIED)
    keys.visit()
    wait_until(lambda: shown(keys, 0, EMPTY), what="the empty record is on both servers", every=0.1)
    keys.visit_until(KeyState.EMPTIED)
    keys.come_due()
    keys.visit()
    assert keys.pair().keys[0].emptied_at is not None
    keys.time_passes(30 * DAY)
    keys.visit_until(KeyState.GONE)
    keys.visit()
    wait_until(lambda: shown(keys, 0, None), what="the record is gone from both servers", every=0.1)
    assert keys.states() == ["gone", "active"]
    assert key_violations(database_url) == []


def test_a_registration_alone_costs_no_key(settings: Settings, engine: Engine) -> None:
    """A million of them may come, and most never publish a record."""
    unit = bootstrap.unit_of_work(settings, engine)
    register(settings, unit, *(f"shop{number}.example.org" for number in range(20)))

    with unit() as work:
        assert work.schedule.pending(Work.KEYS) == 0


@pytest.mark.parametrize("moment", ["look", "write", "publish", "answer"])
def test_a_kill_at_any_moment_is_made_good_by_the_next_visit(moment: str, keys: Keys) -> None:
    """The key that was made is published; no second one is made."""
    with pytest.raises(Killed):
        keys.visit(zone=DyingZone(keys.rotating.zone, moment))
    assert keys.visit() == 0
    keys.come_due()

    record = signing(keys)

    assert keys.pair().made == 1
    assert shown(keys, 0, record)


def test_a_kill_while_a_key_is_made_leaves_nothing_behind(keys: Keys) -> None:
    """It was nowhere but in that process."""

    def dying(_: Algorithm) -> None:
        raise Killed

    with pytest.raises(Killed):
        keys.visit(make=dying)
    assert (keys.pair().made, keys.private_halves()) == (0, [])
    keys.come_due()
    keys.visit()

    assert (keys.pair().made, keys.private_halves()) == (1, [1])


def test_a_ticket_that_is_not_awaited_any_more_changes_nothing(keys: Keys) -> None:
    """It came twice, or late: who holds the newer one does the work."""
    late = keys.tickets()
    keys.come_due()
    keys.visit()
    before = keys.pair()

    rotate(late, keys.rotating)

    assert keys.pair() == before


def test_who_was_overtaken_and_changed_our_zone_has_it_looked_at_again(keys: Keys) -> None:
    """It woke up late, and wrote what had to stand there before: that is put right at once, not in a day."""
    record = signing(keys)
    keys.come_due()
    overtaken = keys.tickets()
    held = keys.pair()
    lagging = LaggingZone(keys)

    rotate(overtaken, replace(keys.rotating, zone=lagging))

    assert held.keys[0].record == record
    assert keys.visit() == 1
    wait_until(lambda: shown(keys, 0, EMPTY), what="what the newer decision wants is there", every=0.1)


class LaggingZone:
    """Our real zone, for a process that sleeps before it sends its update, while its domain is removed."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._zone = keys.rotating.zone

    def look(self, names: Collection[str]) -> Sighting:
        """Nothing is there yet, as it seems to this process."""
        seen = self._zone.look(names)
        bare = {name: tuple(replace(one, texts=()) for one in told) for name, told in seen.told.items()}
        return replace(seen, told=bare)

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """Late: others have gone on."""
        with self._keys.unit() as work:
            work.dkim.remove(self._keys.domain.id)
            work.commit()
        self._keys.visit()
        return self._zone.publish(records)


def test_who_asks_for_a_new_key_gets_one(keys: Keys) -> None:
    """Also where the domain is not proven; the old one signs until the new one may."""
    first = signing(keys)
    with keys.unit() as work:
        asked = work.dkim.ask(keys.domain.id)
        work.commit()
    assert asked is not None

    keys.visit()
    assert keys.pair().made == 2
    assert keys.states()[0] == "active"
    keys.visit_until(KeyState.PUBLISHED, 1)
    keys.time_passes(TTL)
    keys.visit_until(KeyState.ACTIVE, 1)

    assert keys.states() == ["rotated", "active"]
    assert shown(keys, 0, first)


def test_a_removed_domain_cannot_sign_and_says_so_for_thirty_days(
    keys: Keys, settings: Settings, database_url: str
) -> None:
    """The private half is destroyed with the removal; then the empty record; then no trace but tombstones."""
    signing(keys)
    ask_for_removal(keys, settings)
    assert keys.states() == ["emptied", None]
    assert keys.private_halves() == []
    assert key_violations(database_url) == []

    keys.visit()
    wait_until(lambda: shown(keys, 0, EMPTY), what="the empty record is on both servers", every=0.1)
    keys.come_due()
    keys.visit()
    target = keys.pair().targets[0]
    keys.time_passes(30 * DAY)
    keys.come_due()
    for _ in range(100):
        if not keys.visit():
            break
        keys.come_due()

    with keys.unit() as work:
        assert work.dkim.of_domain(keys.domain.id) is None
        assert work.schedule.pending(Work.KEYS) == 0
    assert keys.rotating.zone.look([target]).shows(target, None)


def ask_for_removal(keys: Keys, settings: Settings) -> None:
    """As upstream does."""
    publish(keys, settings, "domain.removal_requested", {"account": "acme", "domain": keys.domain.subject})


def publish(keys: Keys, settings: Settings, name: str, fields: dict[str, object]) -> None:
    """Let intake take one event."""
    take_event(settings, keys.unit, name, fields)


def test_a_removed_account_leaves_only_empty_records_that_go_in_time(
    keys: Keys, settings: Settings, database_url: str
) -> None:
    """Nothing of the account stands in them."""
    signing(keys)

    publish(keys, settings, "account.removal_requested", {"account": "acme"})
    keys.visit()

    assert keys.pair().account == ""
    assert keys.private_halves() == []
    wait_until(lambda: shown(keys, 0, EMPTY), what="the empty record is on both servers", every=0.1)
    assert key_violations(database_url) == []


@pytest.mark.parametrize(
    ("there", "code"),
    [(None, Code.TARGET_UNPUBLISHED), ("v=DKIM1; k=rsa; p=AAAA", Code.KEY_MISMATCH)],
    ids=["nothing", "another key"],
)
def test_what_somebody_broke_in_our_zone_is_told_and_put_right(
    there: str | None, code: Code, keys: Keys
) -> None:
    """Ops are told even where it could be put right by itself."""
    record = signing(keys)
    keys.rotating.zone.publish({keys.pair().targets[0]: there})
    wait_until(lambda: shown(keys, 0, there), what="it is broken on both servers", every=0.1)
    told: list[Code] = []

    keys.come_due()
    keys.visit(changed=told.append)

    assert told == [code]
    wait_until(lambda: shown(keys, 0, record), what="it is right again", every=0.1)
    keys.come_due()
    keys.visit(changed=told.append)
    assert told == [code]
    assert keys.states() == ["active", None]
    assert keys.pair().fault is None


def test_a_fault_that_cannot_be_put_right_stays_one(keys: Keys, settings: Settings) -> None:
    """Until it can: the key that signs goes on. That somebody changed our zone is told once."""
    record = signing(keys)
    keys.rotating.zone.publish({keys.pair().targets[0]: None})
    wait_until(lambda: shown(keys, 0, None), what="it is broken on both servers", every=0.1)
    refusing = replace(keys.rotating.zone, publisher=Refusing())  # type: ignore[type-var]

    told: list[Code] = []
    for _ in range(2):
        keys.come_due()
        keys.visit(zone=refusing, changed=told.append)
    assert told == [Code.TARGET_UNPUBLISHED]
    assert keys.pair().fault is Code.TARGET_UNPUBLISHED
    assert keys.states() == ["active", None]
    keys.come_due()
    keys.visit()

    wait_until(lambda: shown(keys, 0, record), what="it is right again", every=0.1)
    keys.come_due()
    keys.visit()
    assert keys.pair().fault is None


class Refusing:
    """A server that takes no updates."""

    def publish(self, records: object) -> NotPublished:
        """Never."""
        return NotPublished(why="it takes no updates (NOTIMP)")


def test_domains_that_were_proven_before_there_were_keys_get_theirs(keys: Keys, engine: Engine) -> None:
    """By upkeep, ten a second, and once."""
    [other] = register(settings_of(keys), keys.unit, "older.example.org")
    replace(keys, domain=other).prove()

    assert [adopt(engine), adopt(engine)] == [1, 0]

    with keys.unit() as work:
        found = work.dkim.of_domain(other.id)
    assert found is not None
    assert list(found.targets) == [record.value for record in other.challenge.records]


def settings_of(keys: Keys) -> Settings:
    """Enough to register a domain in our zone."""
    return Settings.load({"SIGNET_DKIM_ZONE": ZONE, "SIGNET_LAB": "1"})


def test_without_keys_to_lock_them_no_dkim_keys_are_made(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    """The start says so."""
    bare = settings.model_copy(update={"keys": None})

    with pytest.raises(WrongSetting, match="SIGNET_DKIM_NAMESERVERS needs SIGNET_KEYS"):
        dkim.rotating(bare, bootstrap.unit_of_work(bare, engine))


def test_a_key_that_cannot_be_handled_is_parked_and_the_others_are_seen_to(keys: Keys) -> None:
    """It is counted against it alone."""
    [other] = register(settings_of(keys), keys.unit, "other.example.org")
    with keys.unit() as work:
        work.dkim.begin([other])  # type: ignore[list-item]
        work.commit()
    values = {"id": other.id}
    keys.run('UPDATE dkim_pairs SET keys = \'[{"state": "unheard of"}]\' WHERE domain_id = %(id)s', values)

    for _ in range(5):
        keys.come_due()
        keys.visit()

    assert keys.pair().made == 1
    with keys.unit() as work:
        [parked] = work.schedule.parked()
    assert parked != keys.pair().id
