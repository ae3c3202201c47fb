"""The lab: every zone of every case on real servers at once, and a resolver that finds them by their delegations."""

import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
from tests.corpus.case import Case, Lie
from tests.corpus.lies import Message, Script, script_of
from tests.corpus.zones import ADDRESSES, PARENT, World, world_of
from tests.infra.dns.liar import liar
from tests.servers.ports import free_port
from tests.servers.unbound import Unbound, unbound_server
from tests.servers.waiting import wait_until
from tests.servers.zone_server import Software, ZoneServer, zone_server

REAL: Final = {
    "parent": Software.KNOT,
    "knot": Software.KNOT,
    "knot-too": Software.KNOT,
    "knot-over-tcp": Software.KNOT,
    "lame": Software.KNOT,
    "bind": Software.BIND,
}
LIARS: Final = ("liar", "liar-too", "silent")
GUARDS: Final = {"open": Egress((parse_network("127.0.0.0/8"),)), "closed": Egress()}
LONGEST_DENIAL: Final = 86_400  # seconds
PATIENCE: Final = 3.0  # a resolver takes 0.4 s to turn from a silent server to another
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
        ours = Resolver(self.resolver.address, self.resolver.port)
        return Network(
            resolvers=[Resolver(ADDRESSES[case.resolver], self.port) if case.resolver in ADDRESSES else ours],
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
        servers = {
            host: stack.enter_context(
                zone_server(software, ADDRESSES[host], port, only_tcp=host == "knot-over-tcp")
            )
            for host, software in REAL.items()
        }
        _start(servers, world, world.before)
        for host in LIARS:
            _lie(stack, host, world, cases, port)
        places = {zone or ".": [(one, port) for one in addresses] for zone, addresses in world.places.items()}
        resolver = stack.enter_context(
            unbound_server(
                places,
                address=PARENT,
                negative_ttl=LONGEST_DENIAL,
                anchors=world.anchors,
                lines=_lines(cases),
                uncached=[zone or "." for zone in world.parents],
            )
        )
        for case in cases:
            if any(zone.before for zone in case.zones):
                _have_kept(resolver, case)
        changed = {host: servers[host] for host in world.before if host in servers}
        for server in changed.values():
            server.stop()
        _start(changed, world, {})
        yield Lab(resolver=resolver, port=port)


def _look(engine: Engine, case: Case, manner: Manner, earlier: Sequence[Finding]) -> Looked:
    queries, over_tcp = engine.counters["queries"], engine.counters["tcp"]
    observation = engine.observe(case.challenge, manner)
    return Looked(
        verdict=judge(case.challenge, observation, Known(stale_targets=case.stale_targets, earlier=earlier)),
        queries=engine.counters["queries"] - queries,
        over_tcp=engine.counters["tcp"] - over_tcp,
    )


def _start(servers: dict[str, ZoneServer], world: World, before: dict[str, dict[str, str]]) -> None:
    """Start some servers, with what is served now, or with what once was in its place."""
    for host, server in servers.items():
        zones = world.parents if host == "parent" else {} if host == "lame" else world.now.get(host, {})
        server.start(zones | before.get(host, {}))
    for server in servers.values():
        server.wait()


def _lie(stack: ExitStack, host: str, world: World, cases: Sequence[Case], port: int) -> None:
    """Let a liar tell its zones; one that has none is silent."""
    owners = {zone.name: case for case in cases for zone in case.zones}
    asked: Counter[Lie] = Counter()
    scripts = {
        dns.name.from_text(name): Script(name, text, owners[name].lies, asked)
        for name, text in world.now.get(host, {}).items()
        if host != "silent"
    }

    def say(query: Message) -> Sequence[bytes]:
        script = script_of(scripts, query)
        return script.say(query) if script else []

    def say_over_tcp(connection: socket.socket, query: Message) -> None:
        script = script_of(scripts, query)
        if script:
            script.say_over_tcp(connection, query)

    stack.enter_context(liar(say, say_over_tcp, ADDRESSES[host], port))


def _lines(cases: Sequence[Case]) -> list[str]:
    """What the resolver is told beside where the zones are. Private addresses it would look for outside."""
    blocked = [f'local-zone: "{case.domain}." always_nxdomain' for case in cases if case.resolver == "blocking"]
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
