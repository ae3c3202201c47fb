"""What tests of logins stand on: a vault, a domain on its owner's own server, and events with sealed passwords."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.identity import Domain, Kind, OwnLogin
from domain.ports import SubjectKey, Work
from events.catalogue import INBOUND
from events.envelope import Envelope
from events.sealing import seal_clear
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from infra.texts import texts
from infra.tokens import new_id
from infra.vault.hpke import sealing_with
from tests.infra.smtp.ground import PASSWORD, USER, logins
from workers import bootstrap
from workers.bootstrap import mail
from workers.intake import Answer, Arrival, take
from workers.login_check import LoginTools
from workers.login_look import Trying, try_logins

Units = Callable[[], SqlUnitOfWork]

DOMAIN = "shop.example.org"


@dataclass(frozen=True, slots=True)
class Ground:
    """An installation whose logins go to servers of this machine."""

    unit: Units
    settings: Settings
    trying: Trying

    def publish(self, name: str, subject: str = DOMAIN, /, account: str = "acme", **data: Any) -> Answer:
        """Publish one event as the HTTP interface takes it: what is secret is sealed at the door."""
        type_ = f"org.signet.{name}.v1"
        fields: Mapping[str, Any] = {"account": account, "domain": subject, **data}
        envelope = Envelope(id=new_id(), source="urn:shop", type=type_, data=fields)
        with self.unit() as work:
            key = work.seals.present()
            work.commit()
        sealed = seal_clear(INBOUND[type_], envelope, sealing_with(key))
        assert isinstance(sealed, Envelope)
        [answer] = take(
            [Arrival(publisher="shop", accounts=None, envelope=sealed)],
            bootstrap.tools(self.settings, self.unit),
        )
        return answer

    def register(self, subject: str = DOMAIN, route: str = "smtp") -> Answer:
        """Register a domain, with a Czech contact."""
        contact = {"email": "owner@example.net", "locale": "cs"}
        return self.publish("domain.registered", subject, plan="BUSINESS", route=route, contact=contact)

    def configure(self, port: int, password: str = PASSWORD, **more: Any) -> Answer:
        """Hand in a login at a server of this machine."""
        login = {"host": "127.0.0.1", "port": port, "username": USER, "password": password, **more}
        return self.publish("smtp.configured", **login)

    def try_due(self) -> int:
        """Try what is due, as a worker does; answer how many logins that were."""
        with self.unit() as work:
            tickets = work.schedule.claim(Work.SMTP, limit=20, lease=timedelta(minutes=5))
            work.commit()
        try_logins(tickets, self.trying)
        return len(tickets)

    def login(self, account: str = "acme") -> OwnLogin:
        """The login as it is now."""
        key = SubjectKey(kind=Kind.SMTP, account=account, subject=DOMAIN)
        with self.unit() as work:
            found = work.identities.current([key])[key]
        assert isinstance(found, OwnLogin)
        return found

    def domain(self, account: str = "acme") -> Domain:
        """Its domain as it is now."""
        key = SubjectKey(kind=Kind.DOMAIN, account=account, subject=DOMAIN)
        with self.unit() as work:
            found = work.identities.current([key])[key]
        assert isinstance(found, Domain)
        return found

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Ask the database."""
        with self.unit() as work:
            rows = work.outbox._link.rows(statement, values)
        return [tuple(row) for row in rows]

    def names(self) -> list[str]:
        """The events so far, in their order, without their versions."""
        rows = self.rows("SELECT type FROM outbox ORDER BY number")
        return [row[0].removeprefix("org.signet.").removesuffix(".v1") for row in rows]

    def minutes_pass(self, minutes: float) -> None:
        """Let time pass, by moving what is stored of it into the past."""
        with self.unit() as work:
            for statement in (
                "UPDATE schedule SET due_at = due_at - %(by)s",
                "UPDATE logins SET at = at - %(by)s",
                "UPDATE identities SET deadline = deadline - %(by)s, last_look_at = last_look_at - %(by)s",
            ):
                work.outbox._link.run(statement, {"by": timedelta(minutes=minutes)})
            work.commit()


def ground(unit: Units, settings: Settings, ports: set[int]) -> Ground:
    """An installation that may reach these ports of this machine."""
    tools = LoginTools(servers=logins(ports), ports=sorted(ports), unit_of_work=unit, speech=texts)
    trying = Trying(
        unit_of_work=unit,
        logins=tools,
        window=settings.window,
        source=settings.source,
        plan=mail.planning(settings),
    )
    return Ground(unit, settings, trying)
