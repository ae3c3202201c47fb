"""What tests of DKIM keys stand on: an installation with a vault, whose zone is on Knot and BIND."""

import base64
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dkim as dkimpy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.dkim_keys import DkimKey, DkimPair, KeyState, Sighting
from domain.dkim_ports import NotPublished, OwnZone, place_of
from domain.dkim_rotation import owes
from domain.identity import Domain, State
from domain.ports import Ticket, Work
from infra.db.dkim_rows import pair_values
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork
from infra.dkim.active_keys import ActiveKey
from infra.settings import Settings
from tests.conformance.building import RING
from tests.servers.dynamic_zone import DynamicZone
from tests.servers.knot import Knot
from tests.servers.waiting import wait_until
from tests.workers.lab import register
from workers import bootstrap
from workers.bootstrap import dkim
from workers.rotation import Rotating, rotate

Units = Callable[[], SqlUnitOfWork]

TTL = timedelta(seconds=60)
MAIL = (
    b"From: info@shop.example.org\r\nTo: somebody@example.net\r\nSubject: Invitation %d\r\n"
    b"Date: Wed, 25 Nov 2026 12:00:00 +0000\r\n\r\nPlease come.\r\n"
)


def environ_for(zone: DynamicZone) -> dict[str, str]:
    """The environment of an installation whose DKIM zone this is."""
    return {
        "SIGNET_DKIM_ZONE": zone.zone,
        "SIGNET_DKIM_NAMESERVERS": ",".join(f"{place.address}:{place.port}" for place in zone.places),
        "SIGNET_DKIM_TSIG": str(zone.tsig),
        "SIGNET_DKIM_TTL": f"{TTL.seconds}s",
        "SIGNET_KEYS": RING.text,
        "SIGNET_LAB": "1",
    }


def settings_for(zone: DynamicZone, **more: str) -> Settings:
    """An installation whose DKIM zone this is."""
    return Settings.load(environ_for(zone) | more)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one domain, and a worker that sees to them."""

    unit: Units
    rotating: Rotating
    domain: Domain

    def tickets(self) -> Sequence[Ticket]:
        """What is due, claimed as a dispatcher does."""
        with self.unit() as work:
            tickets = work.schedule.claim(Work.KEYS, limit=20, lease=timedelta(minutes=5))
            work.commit()
        return tickets

    def visit(self, **changed: Any) -> int:
        """See to what is due, as a worker does; answer how many pairs that were."""
        tickets = self.tickets()
        rotate(tickets, replace(self.rotating, **changed))
        return len(tickets)

    def visit_until(self, state: KeyState, selector: int = 0) -> DkimPair:
        """See to it until a key is in that state, at most four times, each when all our servers have what they must."""
        for _ in range(4):
            pair = self.pair()
            key = pair.at(selector)
            if key is not None and key.state is state:
                return pair
            self.come_due()
            self.visit()
            self.settle()
        message = f"not {state} but {self.pair()}"
        raise AssertionError(message)

    def settle(self) -> None:
        """Wait until all our servers have what they must: the secondary follows in its own time."""

        def settled() -> bool:
            records = self.pair().records
            seen = self.rotating.zone.look(records)
            return all(seen.shows(name, record) for name, record in records.items())

        if owes(self.pair(), self.rotating.zone.look(self.pair().records)):
            self.come_due()
            self.visit()
        wait_until(settled, what="all our servers have the keys", every=0.1)

    def pair(self) -> DkimPair:
        """The keys as they are now."""
        with self.unit() as work:
            found = work.dkim.of_domain(self.domain.id)
        assert found is not None
        return found

    def states(self) -> list[str | None]:
        """The states of the keys of both selectors."""
        found = self.pair()
        return [key and str(key.state) for key in (found.at(0), found.at(1))]

    def come_due(self) -> None:
        """Let the next visit be now."""
        self.run("UPDATE schedule SET due_at = now(), lease_token = NULL WHERE work = 'keys'")

    def time_passes(self, time: timedelta) -> None:
        """Let all that is stored of keys be so much older."""
        pair = self.pair()
        aged = replace(pair, keys=tuple(_aged(key, time) for key in pair.keys))
        values = pair_values(aged)
        self.run("UPDATE dkim_pairs SET keys = %(keys)s WHERE id = %(id)s", values)
        self.run("UPDATE schedule SET due_at = due_at - %(by)s WHERE work = 'keys'", {"by": time})

    def private_halves(self) -> list[int]:
        """The numbers of the keys whose private half is in the vault."""
        pair = self.pair()
        with self.unit() as work:
            return [number for number in range(1, pair.made + 1) if work.secrets.open(place_of(pair, number))]

    def prove(self) -> None:
        """The domain is verified."""
        values = {"id": self.domain.id, "state": State.VERIFIED.value}
        self.run("UPDATE identities SET state = %(state)s WHERE id = %(id)s", values)

    def run(self, statement: str, values: Mapping[str, Any] | None = None) -> None:
        """Change the database by hand."""
        with self.unit() as work:
            work.outbox._link.run(statement, values)
            work.commit()


@contextmanager
def begun(settings: Settings, url: str) -> Iterator[Keys]:
    """A domain whose first record was just seen, and a worker of an installation on this database."""
    engine = connect(url, role="test", pool=10)
    unit = bootstrap.unit_of_work(settings, engine)
    rotating = dkim.rotating(settings, unit)
    assert rotating is not None
    [shop] = register(settings, unit, "shop.example.org")
    assert isinstance(shop, Domain)
    with unit() as work:
        work.dkim.begin([shop])
        work.commit()
    yield Keys(unit, rotating, shop)
    engine.dispose()


def _aged(key: DkimKey, time: timedelta) -> DkimKey:
    moments = {field.name: getattr(key, field.name) for field in fields(key)}
    return replace(key, **{name: at - time for name, at in moments.items() if isinstance(at, datetime)})


class Killed(BaseException):
    """The process was killed: nothing after this point happens."""


@dataclass(frozen=True, slots=True)
class DyingZone:
    """Our real zone, seen to by a process that is killed at some call."""

    zone: OwnZone
    dies_before: str

    def publish(self, records: Mapping[str, str | None]) -> NotPublished | None:
        """As the zone does; killed before the update is sent, or before its answer is read."""
        if self.dies_before == "publish":
            raise Killed
        answer = self.zone.publish(records)
        if self.dies_before == "answer":
            raise Killed
        return answer

    def look(self, names: Collection[str]) -> Sighting:
        """As the zone does; killed before it is asked, or before what was seen is written."""
        if self.dies_before == "look":
            raise Killed
        seen = self.zone.look(names)
        if self.dies_before == "write":
            raise Killed
        return seen


def zone_file(knot: Knot, folder: Path) -> dict[str, str]:
    """Settings of keys that are written into a file which nobody serves."""
    file = folder / "dkim.zone"
    file.write_text("@ SOA ns hostmaster 1 3600 600 86400 1\n@ NS ns\n")
    return {
        "dkim_nameservers": f"{knot.address}:{knot.port}",
        "dkim_zone_file": str(file),
        "keys": RING.text,
    }


def signed(number: int, active: ActiveKey) -> bytes:
    """One mail, signed as `dkimpy` does."""
    mail = MAIL % number
    if isinstance(active.key, Ed25519PrivateKey):
        private, algorithm = base64.b64encode(active.key.private_bytes_raw()), b"ed25519-sha256"
    else:
        private = active.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        algorithm = b"rsa-sha256"
    signature = dkimpy.sign(
        mail, active.selector.encode(), active.domain.encode(), private, signature_algorithm=algorithm
    )
    return bytes(signature) + mail
