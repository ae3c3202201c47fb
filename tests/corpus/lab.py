"""The lab: every zone of every case on real servers at once, and a resolver that finds them by their delegations."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode

from domain.judges.sending_domain import Known, judge
from domain.questions import Manner
from domain.verdict import Finding, Verdict
from infra.dns.engine import Engine, Network
from infra.dns.resolver import Resolver
from infra.egress import Egress, parse_network
from infra.lists.suffixes import PublicSuffixes
from tests.corpus.case import Case
from tests.corpus.hosts import HOSTS, PARENT, PLAYED, REAL
from tests.corpus.lies import Message, Script, script_of
from tests.corpus.zones import Texts, World, world_of
from tests.infra.dns.liar import Liar, liar
from tests.servers.ports import free_port
from tests.servers.unbound import Unbound, unbound_server
from tests.servers.waiting import wait_until
from tests.servers.zone_server import ZoneServer, zone_server

GUARDS: Final = {"open": Egress((parse_network("127.0.0.0/8"),)), "closed": Egress()}
LONGEST_DENIAL: Final = 86_400  # seconds
PATIENCE: Final = 5.0  # seconds, as in earnest
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Whom a look asks first is left to chance: what is said must not depend on it, so looking once is not enough.
MANNERS: Final = (Manner(probe=True), Manner(probe=False), Manner(probe=False), Manner(probe=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look: what was judged, and how many queries it took; `over_tcp` of them over TCP."""

    verdict: Verdict
    queries: int
    over_tcp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The running lab. `port`: where all name servers are asked."""

    resolver: Unbound
    port: int

    def look(self, case: Case) -> tuple[Looked, ...]:
        """Look several times with one engine, as a worker does: each look knows what the one before has found."""
        engine = Engine(self._network(case))
        engine.start()
        looks: list[Looked] = []
        try:
            for manner in MANNERS:
                earlier = looks[-1].verdict.findings if looks else ()
                looks.append(_look(engine, case, manner, earlier))
        finally:
            engine.close()
        return tuple(looks)

    def _network(self, case: Case) -> Network:
        ours, host = Resolver(self.resolver.address, self.resolver.port), HOSTS.get(case.resolver)
        return Network(
            resolvers=[Resolver(host.address, self.port) if host else ours],
            guard=GUARDS[case.guard],
            suffixes=PublicSuffixes(),
            authority_port=self.port,
            patience=PATIENCE,
        )


@contextmanager
def lab(cases: Sequence[Case]) -> Iterator[Lab]:
    """Serve all cases."""
    world, port = world_of(cases), free_port()
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_real(name, port)) for name in REAL}
        _start(servers, world, world.before)
        for name in PLAYED:
            stack.enter_context(_played(name, world, cases, port))
        resolver = stack.enter_context(_resolver(world, cases, port))
        for case in cases:
            if any(zone.before for zone in case.zones):
                _have_kept(resolver, case)
        changed = {name: server for name, server in servers.items() if name in world.before}
        for server in changed.values():
            server.stop()
        _start(changed, world, {})
        yield Lab(resolver=resolver, port=port)


def _look(engine: Engine, case: Case, manner: Manner, earlier: Sequence[Finding]) -> Looked:
    queries, over_tcp = engine.counters["queries"], engine.counters["tcp"]
    observation = engine.observe(case.challenge, manner)
    known = Known(stale_targets=case.stale_targets, earlier=earlier, at=NOW)
    return Looked(
        verdict=judge(case.challenge, observation, known),
        queries=engine.counters["queries"] - queries,
        over_tcp=engine.counters["tcp"] - over_tcp,
    )


def _real(name: str, port: int) -> AbstractContextManager[ZoneServer]:
    host = HOSTS[name]
    assert host.software is not None, name
    return zone_server(host.software, host.address, port, only_tcp=host.only_tcp)


def _start(servers: Mapping[str, ZoneServer], world: World, before: Texts) -> None:
    """Start some servers, with what is served now, or with what once was in its place."""
    for name, server in servers.items():
        zones = {**world.now.get(name, {}), **before.get(name, {})} if HOSTS[name].keeps_zones else {}
        server.start(world.parents if name == PARENT else zones)
    for server in servers.values():
        server.wait()


def _played(name: str, world: World, cases: Sequence[Case], port: int) -> AbstractContextManager[Liar]:
    """A server that we play ourselves; one that keeps no zones is silent."""
    lies = {zone.name: case.lies for case in cases for zone in case.zones}
    zones = world.now.get(name, {}) if HOSTS[name].keeps_zones else {}
    scripts = {dns.name.from_text(zone): Script(zone, text, lies[zone]) for zone, text in zones.items()}

    def say(query: Message) -> Sequence[bytes]:
        script = script_of(scripts, query)
        return script.say(query) if script else []

    def say_over_tcp(connection: socket.socket, query: Message) -> None:
        script = script_of(scripts, query)
        if script:
            script.say_over_tcp(connection, query)

    return liar(say, say_over_tcp, HOSTS[name].address, port)


def _resolver(world: World, cases: Sequence[Case], port: int) -> AbstractContextManager[Unbound]:
    places = {zone or ".": [(one, port) for one in addresses] for zone, addresses in world.places.items()}
    return unbound_server(
        places,
        address=HOSTS[PARENT].address,
        negative_ttl=LONGEST_DENIAL,
        anchors=world.anchors,
        lines=_lines(cases),
        uncached=[zone or "." for zone in world.parents],
    )


def _lines(cases: Sequence[Case]) -> list[str]:
    """What the resolver is told beside where the zones are. It asks nobody outside, and waits for few."""
    blocked = [
        f'local-zone: "{case.domain}." always_nxdomain' for case in cases if case.resolver == "blocking"
    ]
    return ["do-not-query-address: 10.0.0.0/8", "unknown-server-time-limit: 100", *blocked]


def _have_kept(resolver: Unbound, case: Case) -> None:
    """Ask the resolver for the records, so that it keeps for long what it is told."""
    for record in case.challenge.records:
        question = dns.message.make_query(record.name, record.type)
        answer = wait_until(partial(_told, question, resolver), what=f"{record.name} is kept", within=30)
        assert answer.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}, answer


def _told(question: Message, resolver: Unbound) -> Message | None:
    try:
        return dns.query.udp(question, resolver.address, timeout=1, port=resolver.port)
    except dns.exception.Timeout:
        return None
