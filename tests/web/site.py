"""The HTTP interface over a real PostgreSQL, served on a free port."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import QueuePool

from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.lists.providers import providers
from infra.mail.mailbox import Mailbox
from infra.metrics import text
from infra.settings import Settings
from infra.smtp.deadline import Patience
from infra.smtp.login import Logins, Network
from infra.texts import texts
from infra.vault.hpke import sealing_with
from infra.vault.vault import Vault
from tests.conformance.building import VAULT
from tests.workers.installation import tools_of
from web.app import create
from web.pace import Pace
from web.server import listen, serve
from workers.bootstrap import mail
from workers.login_check import LoginTools
from workers.services import Services

SEEN_AS = {
    "brand": "Acme Surveys",
    "support": "help@acme.example",
    "public_url": "https://signet.example.net",
}
CLOUDEVENT = {"Content-Type": "application/cloudevents+json"}


class OnlyHere:
    """The guard of a site: no mail server elsewhere is reached, whatever a test asks for."""

    def permits(self, address: str) -> bool:
        """Whether it is this machine."""
        return ip_address(address).is_loopback


@dataclass(slots=True)
class Site:
    """A running interface, and what stands behind it."""

    url: str
    unit: Callable[[], SqlUnitOfWork]
    mailbox: Mailbox
    services: Services
    stop: Event = field(default_factory=Event)
    thread: Thread | None = None
    faults: dict[str, str] = field(default_factory=dict)

    def key(
        self, *accounts: str, rights: tuple[str, ...] = ("publish", "read"), publisher: str = "shop"
    ) -> str:
        """A new API key."""
        with self.unit() as work:
            _, text_ = work.api_keys.create(publisher, accounts or ("*",), rights)
            work.commit()
        return text_

    def client(self, key: str | None = None) -> httpx.Client:
        """A client with that key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def number_events(self) -> None:
        """Give new events their place in the feed, as the relay does."""
        with self.unit() as work:
            work.outbox.number_new(1000)
            work.commit()


@pytest.fixture
def pace() -> Pace:
    """As in earnest; a test that waits for something takes a quicker one."""
    return Pace()


@pytest.fixture
def vault() -> Vault | None:
    """One with a key; a test of an installation without any takes none."""
    return VAULT


@pytest.fixture
def ports() -> set[int]:
    """At which mail servers may be reached; a test that runs one adds its port."""
    return {465, 587, 2525}


@pytest.fixture
def site(
    database_url: str, tmp_path: Path, pace: Pace, ports: set[int], vault: Vault | None
) -> Iterator[Site]:
    """The interface, served."""
    engine = connect(database_url, role="web", pool=10)
    unit = units(engine, vault)
    faults: dict[str, str] = {}
    letters = Mailbox(tmp_path / "mailbox")
    network = Network(
        resolvers=list, guard=OnlyHere(), ports=ports, hello="signet.test", patience=Patience(farewell=0.5)
    )
    logins = LoginTools(servers=Logins(network), ports=sorted(ports), unit_of_work=unit, speech=texts)
    services = Services(
        tools=tools_of(unit),
        reading=unit,
        faults=lambda: faults,
        metrics=text,
        logins=logins,
        letters=letters,
        providers=providers(),
        confirming=mail.confirming(Settings.load({}, **SEEN_AS), unit),
        brand=mail.brand(Settings.load({}, **SEEN_AS)),
        texts=texts,
        sealing_with=sealing_with,
    )
    running = Site("", unit, letters, services, faults=faults)
    listening = listen("127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.thread = Thread(target=serve, args=(create(services, "0.0.0", pace), listening, running.stop))
    running.thread.start()
    yield running
    running.stop.set()
    running.thread.join()
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == 0, "something of the interface outlives its server"
    engine.dispose()


def registration(id_: str = "e1", **data: Any) -> dict[str, Any]:
    """A CloudEvent that registers example.org for acme."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "urn:shop",
        "type": "org.signet.domain.registered.v1",
        "data": {"account": "acme", "plan": "BUSINESS", "domain": "example.org"} | data,
    }
