"""Workers that see to DKIM keys, killed with kill -9 at every step: what signs verifies, and the life goes on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import dkim as dkimpy
import dns.message
import dns.query
import pytest

from domain.dkim_keys import EMPTY, KeyState
from domain.ports import Work
from infra.dkim.active_keys import ActiveKeys
from infra.settings import Settings
from tests.faults.keys_ground import Death, await_death, start_intake, start_worker
from tests.faults.processes import kill9
from tests.servers.dynamic_zone import DynamicZone, Place, Primary, dynamic_zone
from tests.servers.waiting import wait_until
from tests.workers.dkim_ground import Keys, begun, settings_for, signed
from tests.workers.lab import arrival_of, take_event, violations
from workers import bootstrap
from workers.intake import Duplicate, take

ZONE = "dkim.signet.example"
TTL = timedelta(hours=1)  # longer than the test lasts: time passes only where it says so
DAY = timedelta(days=1)
States = tuple[str, str]


@pytest.fixture(scope="module")
def zone() -> Iterator[DynamicZone]:
    """Our zone, on Knot and BIND."""
    with dynamic_zone(ZONE, Primary.KNOT) as running:
        yield running


@dataclass(slots=True)
class Shop:
    """A domain whose keys are seen to by workers that are killed; `signed` is what it sent and may still be read."""

    keys: Keys
    settings: Settings
    zone: DynamicZone
    signed: dict[str, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def die(self, death: Death, *leaves: str) -> None:
        """Let a worker die so, and see what it leaves: the states of both keys, and what was signed verifies."""
        self.lease_ends()
        await_death(start_worker(self.settings, death), death)

        assert (death, self.states()) == (death, leaves)
        self.send()

    def die_at_each_step_of_making(
        self, selector: int, before: States, made: States, published: States
    ) -> None:
        """A key is made for a selector, published and seen, with a death at every step on the way."""
        self.die(Death.MADE, *before)
        self.die(Death.COMMITTING, *before)
        self.die(Death.COMMITTED, *made)
        self.die_at_each_step_of_publishing(made, published)
        assert self.states()[selector] == "published"

    def die_at_each_step_of_publishing(self, decided: States, seen: States) -> None:
        """What was decided is changed in our zone, seen there and followed, with a death at every step on the way."""
        assert not self.is_shown()
        for death in (Death.ASKING, Death.ANSWERED, Death.UPDATING):
            self.die(death, *decided)
        assert not self.is_shown()
        self.die(Death.UPDATED, *decided)
        wait_until(self.is_shown, what="both servers have what they must", every=0.05)
        self.die_at_each_step_of_following(decided, seen)

    def die_at_each_step_of_following(self, before: States, after: States) -> None:
        """What time or a sighting has brought is followed, with a death at every step on the way."""
        for death in (Death.ASKING, Death.ANSWERED, Death.COMMITTING):
            self.die(death, *before)
        self.die(Death.COMMITTED, *after)

    def send(self) -> None:
        """Sign as a signer that was started just now; this and what was sent before verifies at both servers."""
        active = ActiveKeys(self.keys.unit, lambda: 0.0).of(self.keys.domain)
        assert (active is not None) == ("active" in self.states())
        if active is not None:
            self.signed[active.selector] = signed(next(self.numbers), active)
        for mail in self.signed.values():
            assert [self._verifies(mail, place) for place in self.zone.places] == [True, True]

    def states(self) -> States:
        """The states of both keys; none where nothing is left of them."""
        with self.keys.unit() as work:
            pair = work.dkim.of_domain(self.keys.domain.id)
        return tuple(str(key.state) if key else "none" for key in (pair.at(0), pair.at(1))) if pair else ()

    def is_shown(self) -> bool:
        """Whether both servers have what they must."""
        records = self.keys.pair().records
        seen = self.keys.rotating.zone.look(records)
        return all(seen.shows(name, record) for name, record in records.items())

    def shows(self, target: str, record: str | None) -> bool:
        """Whether both servers have just this at a target."""
        return self.keys.rotating.zone.look([target]).shows(target, record)

    def secrets(self) -> int:
        """How many private halves are in the vault, wherever they belong."""
        with self.keys.unit() as work:
            return int(work.outbox._link.one("SELECT count(*) FROM secrets")[0])

    def lease_ends(self) -> None:
        """Whoever was killed held it."""
        self.keys.run("UPDATE schedule SET due_at = now() WHERE work = 'keys'")

    def _verifies(self, mail: bytes, place: Place) -> bool:
        targets = {f"{one.name}.".encode(): one.value for one in self.keys.domain.challenge.records}

        def key(name: bytes, timeout: int = 5) -> bytes | None:
            query = dns.message.make_query(targets[name], "TXT")
            answer, _ = dns.query.udp_with_fallback(query, place.address, timeout, place.port)
            return b"".join(answer.answer[0][0].strings) if answer.answer else None

        return bool(dkimpy.verify(mail, dnsfunc=key))


@pytest.fixture
def shop(zone: DynamicZone, database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A domain whose first record was just seen."""
    settings = settings_for(
        zone, SIGNET_STATE=str(tmp_path), SIGNET_DATABASE_URL=database_url, SIGNET_DKIM_TTL=f"{TTL.seconds}s"
    )
    with begun(settings, database_url) as keys:
        yield Shop(keys, settings, zone)


def test_a_worker_killed_after_its_update_has_it_found_by_the_next(shop: Shop, database_url: str) -> None:
    """No second key is made, and the one that is there is published."""
    shop.die(Death.UPDATED, "made", "none")
    wait_until(shop.is_shown, what="both servers have the key", every=0.05)
    shop.lease_ends()

    next_one = start_worker(shop.settings)
    wait_until(lambda: shop.states() == ("published", "none"), what="the key is published", every=0.05)

    kill9(next_one)
    assert shop.keys.private_halves() == [1]
    assert violations(database_url) == []


@pytest.mark.long
@pytest.mark.timeout(300)
def test_keys_come_to_their_end_through_a_kill_at_every_step(shop: Shop, database_url: str) -> None:
    """Two keys, from the first one made to the removal of the domain; no worker lives longer than one step."""
    shop.die_at_each_step_of_making(0, ("none", "none"), ("made", "none"), ("published", "none"))
    shop.keys.time_passes(TTL)
    shop.die_at_each_step_of_following(("published", "none"), ("active", "none"))

    ask(shop)
    shop.die_at_each_step_of_making(1, ("active", "none"), ("active", "made"), ("active", "published"))
    shop.keys.time_passes(TTL)
    shop.die_at_each_step_of_following(("active", "published"), ("rotated", "active"))
    assert len(shop.signed) == 2
    assert shop.keys.private_halves() == [2]

    shop.keys.time_passes(8 * DAY)
    shop.signed.clear()  # nobody reads these any more
    shop.die_at_each_step_of_following(("rotated", "active"), ("emptied", "active"))
    shop.die_at_each_step_of_publishing(("emptied", "active"), ("emptied", "active"))
    shop.keys.time_passes(30 * DAY)
    shop.die_at_each_step_of_following(("emptied", "active"), ("gone", "active"))
    shop.die_at_each_step_of_publishing(("gone", "active"), ("gone", "active"))
    assert violations(database_url) == []

    remove(shop)
    shop.signed.clear()  # revoked
    shop.die_at_each_step_of_publishing(("gone", "emptied"), ("gone", "emptied"))
    shop.keys.time_passes(30 * DAY)
    shop.die_at_each_step_of_following(("gone", "emptied"), ("gone", "gone"))
    shop.die_at_each_step_of_publishing(("gone", "gone"), ())

    with shop.keys.unit() as work:
        assert work.schedule.pending(Work.KEYS) == 0
    assert violations(database_url) == []


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["domain.removal_requested", "account.removal_requested"])
def test_a_removal_comes_to_its_end_through_a_kill_at_every_step(
    shop: Shop, database_url: str, name: str
) -> None:
    """Both private halves go with the decision, `p=` stands for thirty days, and then nothing is left anywhere."""
    bring_to_two_keys(shop)
    targets = shop.keys.pair().targets
    removal = arrival_of(name, {"account": "acme"} | extra(name, shop))
    before, revoked = ("active", "published"), ("emptied", "emptied")
    assert (shop.states(), shop.secrets()) == (before, 2)

    await_death(start_intake(shop.settings, Death.COMMITTING, removal), Death.COMMITTING)
    assert (shop.states(), shop.secrets()) == (before, 2)
    shop.send()
    await_death(start_intake(shop.settings, Death.COMMITTED, removal), Death.COMMITTED)
    assert (shop.states(), shop.secrets()) == (revoked, 0)
    assert take([removal], bootstrap.tools(shop.settings, shop.keys.unit)) == (Duplicate(),)
    assert violations(database_url) == []
    shop.signed.clear()  # revoked

    shop.die_at_each_step_of_publishing(revoked, revoked)
    shop.keys.time_passes(29 * DAY)
    shop.die_at_each_step_of_following(revoked, revoked)
    assert all(shop.shows(target, EMPTY) for target in targets)
    shop.keys.time_passes(DAY)
    shop.die_at_each_step_of_following(revoked, ("gone", "gone"))
    assert all(shop.shows(target, EMPTY) for target in targets)
    shop.die_at_each_step_of_publishing(("gone", "gone"), ())

    assert all(shop.shows(target, None) for target in targets)
    assert shop.secrets() == 0
    with shop.keys.unit() as work:
        assert work.schedule.pending(Work.KEYS) == 0
    assert violations(database_url) == []


def bring_to_two_keys(shop: Shop) -> None:
    """One signs, and the next is published: both private halves are in the vault."""
    shop.keys.visit_until(KeyState.PUBLISHED)
    shop.keys.time_passes(TTL)
    shop.keys.visit_until(KeyState.ACTIVE)
    ask(shop)
    shop.keys.visit_until(KeyState.PUBLISHED, 1)


def extra(name: str, shop: Shop) -> dict[str, object]:
    """What an event says besides the account."""
    return {"domain": shop.keys.domain.subject} if name.startswith("domain.") else {}


def ask(shop: Shop) -> None:
    """Somebody wants a new key."""
    with shop.keys.unit() as work:
        work.dkim.ask(shop.keys.domain.id)
        work.commit()


def remove(shop: Shop) -> None:
    """As upstream does."""
    fields = {"account": "acme", "domain": shop.keys.domain.subject}
    take_event(shop.settings, shop.keys.unit, "domain.removal_requested", fields)
