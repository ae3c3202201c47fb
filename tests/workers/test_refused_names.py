"""A server that refuses the change of one domain's names: its neighbours get theirs, and only that one waits."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from domain.dkim_keys import Sighting
from domain.dkim_ports import NotPublished, OwnZone
from domain.identity import Domain
from domain.sentences import Code
from infra.db.engine import connect
from infra.settings import Settings
from tests.servers.dynamic_zone import DynamicZone, Primary, dynamic_zone
from tests.servers.waiting import wait_until
from tests.workers.dkim_ground import Keys, settings_for
from tests.workers.lab import register
from workers import bootstrap
from workers.bootstrap import dkim

ZONE = "dkim.signet.example"
SHOPS = tuple(f"shop{number}.example.org" for number in range(3))
REFUSED = 1  # the one of these that is refused
NO = {
    Primary.KNOT: NotPublished(why="it does not take this update with this key (BADKEY)", for_a_name=True),
    Primary.BIND: NotPublished(why="it refuses this update with this key (REFUSED)", for_a_name=True),
    Primary.POWERDNS: NotPublished(why="it refuses this update with this key (REFUSED)", for_a_name=True),
}


@dataclass(slots=True)
class Watched:
    """Our real zone, and what each change came to; the server ends before the change of this number."""

    zone: OwnZone
    server: DynamicZone
    ends_before: int | None = None
    answers: list[tuple[int, NotPublished | None]] = field(default_factory=list)

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """As the zone does."""
        if len(self.answers) == self.ends_before:
            self.server.primary.daemon.kill9()
        refused = self.zone.publish(records)
        self.answers.append((len(records), refused))
        return refused

    def look(self, names: Collection[str]) -> Sighting:
        """As the zone does."""
        return self.zone.look(names)


@dataclass(frozen=True, slots=True)
class Shops:
    """Domains whose keys are due, and a zone that takes those of all but one."""

    each: Sequence[Keys]
    zone: Watched

    def visit(self, **changed: object) -> list[dict[str, object]]:
        """See to all of them in one visit; what was logged of our zone."""
        with structlog.testing.capture_logs() as lines:
            assert self.each[0].visit(zone=self.zone, **changed) == len(self.each)
        return [line for line in lines if line["event"] == "zone.not_changed"]

    def taken_are_shown(self) -> bool:
        """Whether all servers have what they must of those that are not refused."""
        records = {name: record for keys in self.each for name, record in keys.pair().records.items()}
        for name in self.each[REFUSED].pair().targets:
            records.pop(name, None)
        seen = self.zone.look(records)
        return all(seen.shows(name, record) for name, record in records.items())

    def states(self) -> list[str | None]:
        """The states of their first keys."""
        return [keys.states()[0] for keys in self.each]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database."""
    engine = connect(database_url, role="test", pool=10)
    yield engine
    engine.dispose()


@contextmanager
def shops_on(primary: Primary, engine: Engine, folder: Path) -> Iterator[Shops]:
    """Domains whose first records were seen, and our zone on real servers."""
    plain = Settings.load({"SIGNET_DKIM_ZONE": ZONE, "SIGNET_LAB": "1"})
    domains = register(plain, bootstrap.unit_of_work(plain, engine), *SHOPS)
    targets = [[one.value for one in domain.challenge.records] for domain in domains]
    refused = targets.pop(REFUSED)
    only = [name for names in targets for name in names]
    # PowerDNS has no such rule, and refuses what the others pass over (RFC 2136, section 3.4.2.2).
    in_its_way = {"beside": f"{refused[0]}. CNAME elsewhere.example.\n"}
    refusing = in_its_way if primary is Primary.POWERDNS else {"only": only}
    with dynamic_zone(ZONE, primary, **refusing) as server:
        settings = settings_for(server, SIGNET_STATE=str(folder))
        unit = bootstrap.unit_of_work(settings, engine)
        rotating = dkim.rotating(settings, unit)
        assert rotating is not None
        with unit() as work:
            work.dkim.begin([domain for domain in domains if isinstance(domain, Domain)])
            work.commit()
        each = [Keys(unit, rotating, domain) for domain in domains if isinstance(domain, Domain)]
        yield Shops(each, Watched(rotating.zone, server))


@pytest.mark.parametrize(
    "primary",
    [
        Primary.KNOT,
        pytest.param(Primary.BIND, marks=pytest.mark.long),
        pytest.param(Primary.POWERDNS, marks=pytest.mark.long),
    ],
)
def test_a_name_that_is_refused_holds_up_no_other_domain(
    primary: Primary, engine: Engine, tmp_path: Path
) -> None:
    """Whoever is refused is told, waits alone, and is a fault of our zone when it lasts: nobody changed anything."""
    with shops_on(primary, engine, tmp_path) as shops:
        refused = shops.each[REFUSED]

        told = shops.visit()

        no = NO[primary]
        assert shops.zone.answers[0] == (len(SHOPS), no)
        assert [answer for _, answer in shops.zone.answers[1:]].count(no) == 1
        assert [answer for _, answer in shops.zone.answers[1:]].count(None) == len(SHOPS) - 1
        assert [(line["why"], line["domains"]) for line in told] == [(no.why, [refused.domain.id])]
        wait_until(shops.taken_are_shown, what="the others have their keys", every=0.05)
        refused.time_passes(timedelta(minutes=11))
        refused.come_due()
        changed: list[Code] = []
        shops.visit(changed=changed.append)
        refused.come_due()
        shops.visit(changed=changed.append)
        assert shops.states() == ["made" if keys is refused else "published" for keys in shops.each]
        assert (changed, refused.pair().fault) == ([], Code.TARGET_UNPUBLISHED)


@pytest.mark.parametrize("answers", [0, 2])
def test_a_server_that_is_silent_is_not_asked_for_each_domain(
    answers: int, engine: Engine, tmp_path: Path
) -> None:
    """Neither from the beginning, nor from where it ends: each of them would wait for nothing."""
    with shops_on(Primary.KNOT, engine, tmp_path) as shops:
        shops.zone.ends_before = answers

        told = shops.visit()

        why = "it does not answer (ConnectionRefusedError)"
        assert len(shops.zone.answers) == answers + 1
        assert shops.zone.answers[-1][1] == NotPublished(why=why)
        assert told[-1]["why"] == why
