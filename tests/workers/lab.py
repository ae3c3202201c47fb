"""A workforce on real servers: PostgreSQL, a name server, and tickets from a broker in process or RabbitMQ."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

from domain.identity import Identity, Kind, State
from domain.ports import SubjectKey
from domain.standing import Standing
from events.envelope import Envelope
from infra.db.engine import connect
from infra.db.invariants import check
from infra.db.unit_of_work import SqlUnitOfWork
from infra.dns.resolver import Resolver
from infra.settings import Settings
from infra.tokens import new_id
from tests.servers.knot import Knot
from tests.servers.waiting import wait_until
from workers import bootstrap
from workers.dispatcher import Due, dispatch
from workers.intake import Accepted, Arrival, take
from workers.rounds import keep
from workers.routes import ROUTES, Route
from workers.workforce import Workforce

Units = Callable[[], SqlUnitOfWork]

# Small and quick, so that a test sees leases end.
QUICK = tuple(replace(route, lease=timedelta(seconds=10), size=50, threads=4, poll=0.1) for route in ROUTES)


def lab_settings(knot: Knot, state: Path, **chosen: object) -> Settings:
    """The settings of a laboratory that looks through one name server, and mails into a folder."""
    defaults = {
        "resolvers": (Resolver(knot.address, knot.port),),
        "authority_port": knot.port,
        "egress_allow": "127.0.0.0/8",
        "state": state,
        "plans": frozenset({"BUSINESS"}),
        "dkim_zone": "dkim.signet.example",
        "lab": True,
    }
    return Settings.load({}, **(defaults | chosen))


@dataclass(slots=True)
class Lab:
    """What a test may look into."""

    settings: Settings
    unit: Units
    workforce: Workforce
    line: bootstrap.TicketLine
    _due: Due
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def begin(self, routes: tuple[Route, ...] = QUICK) -> None:
        """Dispatch and work."""
        for route in routes:
            self.line.declare_queue(route.queue)
        self.line.declare_all()
        self.workforce.start()
        for route in routes:
            self._threads.append(
                Thread(target=keep, args=(route.queue, self._round(route), self._stop), daemon=True)
            )
        for thread in self._threads:
            thread.start()

    def end(self, seconds: float = 20) -> None:
        """Dispatch no more, and finish what is in hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join(10)
        self.workforce.stop(seconds)

    def _round(self, route: Route) -> Callable[[], float]:
        return partial(dispatch, route, self.line, self.unit, self._due)


@contextmanager
def laboratory(settings: Settings, unit: Units) -> Iterator[Lab]:
    """A lab that is shut down at the end; `begin` it when all is prepared."""
    line = bootstrap.ticket_line(settings)
    workforce = Workforce(bootstrap.bench(settings, unit), line, QUICK)
    lab = Lab(settings=settings, unit=unit, workforce=workforce, line=line, _due=Due(unit))
    lab.begin()
    try:
        yield lab
    finally:
        lab.end()
        line.close()


def register(settings: Settings, unit: Units, *subjects: str, account: str = "acme") -> list[Identity]:
    """Register domains as upstream services do; the identities that came of it."""
    data: dict[str, object] = {
        "account": account,
        "plan": "BUSINESS",
        "contact": {"email": f"{account}@owner.example.net", "locale": "cs"},
    }
    arrivals = [arrival_of("domain.registered", data | {"domain": subject}) for subject in subjects]
    answers = take(arrivals, bootstrap.tools(settings, unit))
    assert set(answers) <= {Accepted()}
    keys = [SubjectKey(kind=Kind.DOMAIN, account=account, subject=subject) for subject in subjects]
    with unit() as work:
        found = work.identities.current(keys)
    return [found[key] for key in keys]


def ask_for_a_look(settings: Settings, unit: Units, identity: Identity) -> str:
    """Press *Verify*; the id of the event that asks."""
    arrival = arrival_of(
        "domain.verification_requested", {"account": identity.account, "domain": identity.subject}
    )
    assert take([arrival], bootstrap.tools(settings, unit)) == (Accepted(),)
    return arrival.envelope.id


def take_event(settings: Settings, unit: Units, name: str, data: dict[str, object]) -> None:
    """Take one event that is accepted."""
    assert take([arrival_of(name, data)], bootstrap.tools(settings, unit)) == (Accepted(),)


def arrival_of(name: str, data: dict[str, object]) -> Arrival:
    """An event of an upstream service that may speak for everybody."""
    envelope = Envelope(
        id=new_id(), source="urn:shop", type=f"org.signet.{name}.v1", subject=data.get("domain"), data=data
    )
    return Arrival(publisher="shop", accounts=None, envelope=envelope)


def records(identity: Identity) -> str:
    """The zone file lines that prove a domain."""
    return "\n".join(f"{one.name}. CNAME {one.value}." for one in identity.challenge.records)


def publish(knot: Knot, *identities: Identity) -> None:
    """Put the records of these domains where they belong."""
    knot.serve_all({one.subject: records(one) for one in identities})


def standing(unit: Units, identity: Identity) -> Standing:
    """How an identity stands now."""
    with unit() as work:
        [found] = work.directory.find([identity.id])
    return found


def await_state(unit: Units, identity: Identity, state: State) -> Identity:
    """Wait until it is in that state."""
    wait_until(
        lambda: standing(unit, identity).identity.state is state, what=f"{identity.subject} is {state}"
    )
    return standing(unit, identity).identity


def types(unit: Units, identity: Identity) -> list[str]:
    """The events of an identity, in order, by their short names."""
    with unit() as work:
        rows = work.outbox._link.rows(
            "SELECT type FROM outbox WHERE identity_id = %(id)s ORDER BY sequence", {"id": identity.id}
        )
    return [row[0].removeprefix("org.signet.").removesuffix(".v1") for row in rows]


def violations(url: str) -> list[object]:
    """What does not fit together of all that is stored."""
    engine = connect(url, role="test")
    try:
        return list(check(engine))
    finally:
        engine.dispose()
