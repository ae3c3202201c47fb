"""What the benchmarks of looks stand on: domains in a real DNS that answers after 40 ms, or never.

Every peer meets the same names, the same delay and the same dead domains. The domains lie in zones whose servers
have each an address of their own; a dead domain is delegated to an address where nobody listens, and who asks the
resolver for it gets no answer either.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network

import psutil

from domain.challenge import Challenge, dkim_challenge
from infra.dns.engine import Engine, Network
from infra.dns.resolver import Resolver
from infra.egress import Egress
from infra.lists.suffixes import PublicSuffixes
from tests.servers.daemon import Daemon
from tests.servers.dnsdist import Dnsdist, dnsdist_server
from tests.servers.knot import Knot, knot_server
from tests.servers.postgres import Postgres, postgres_server
from tests.servers.rabbitmq import RabbitMQ, rabbitmq_server

ZONE = "bench.example"
DELAY_MS = 40
DEAD_EVERY = 33  # three in a hundred
DKIM = "dkim.signet.example"
SERVERS = 64
TTL = 3600


def zone_name(number: int) -> str:
    """The zone that a domain lies in."""
    return f"z{number % SERVERS}.{ZONE}"


def subject(number: int) -> str:
    """The name of a domain."""
    return f"d{number}.{zone_name(number)}"


def server(zone: int) -> str:
    """The address of a zone's server."""
    return f"127.0.1.{zone + 1}"


def is_dead(number: int) -> bool:
    """Whether its name servers never answer."""
    return number % DEAD_EVERY == 0


def challenge(number: int) -> Challenge:
    """Its two records."""
    tokens = (f"a{number:025}", f"b{number:025}")
    return dkim_challenge(subject(number), tokens, DKIM)


def absent(number: int) -> Challenge:
    """Records that nobody has published, in the zone of the others."""
    return dkim_challenge(subject(number), (f"y{number:025}", f"z{number:025}"), DKIM)


def zones(count: int) -> dict[str, str]:
    """All zones with the records of all their domains, as lines of zone files."""
    lines: dict[str, list[str]] = {
        zone_name(zone): [f"@ NS ns.{zone_name(zone)}.", f"ns A {server(zone)}"] for zone in range(SERVERS)
    }
    for number in range(count):
        lines[zone_name(number)] += _records(number)
    return {zone: "\n".join(written) for zone, written in lines.items()}


def _records(number: int) -> Iterator[str]:
    """What a domain has in its zone: its records, or the way to a server that is not there."""
    if is_dead(number):
        yield f"{subject(number)}. NS ns.{subject(number)}."
        yield f"ns.{subject(number)}. A 127.0.2.{number // DEAD_EVERY % SERVERS + 1}"
        return
    for record in challenge(number).records:
        yield f"{record.name}. CNAME {record.value}."


@dataclass(slots=True, kw_only=True)
class Ground:
    """The servers that all share."""

    count: int
    rabbitmq: RabbitMQ
    postgres: Postgres
    knot: Knot
    dnsdist: Dnsdist

    @property
    def dead(self) -> int:
        """How many domains never answer."""
        return sum(map(is_dead, range(self.count)))

    @property
    def daemons(self) -> dict[str, Daemon]:
        """Whose CPU is counted."""
        return {
            "PostgreSQL": self.postgres.daemon,
            "RabbitMQ": self.rabbitmq.daemon,
            "knot": self.knot.daemon,
            "dnsdist": self.dnsdist.daemon,
        }


@contextmanager
def names(count: int) -> Iterator[tuple[Knot, Dnsdist]]:
    """Run the DNS alone, with `count` domains: a resolver, and the servers of all zones, far away."""
    dead = [subject(number) for number in range(count) if is_dead(number)]
    with (
        knot_server(ttl=TTL) as knot,
        dnsdist_server((knot.address, knot.port), delay_ms=DELAY_MS, dead=dead, everywhere=True) as dnsdist,
    ):
        knot.serve_all(zones(count))
        yield knot, dnsdist


def an_engine(dnsdist: Dnsdist) -> Engine:
    """A DNS engine that knows nothing yet, to be started."""
    network = Network(
        resolvers=[Resolver(dnsdist.address, dnsdist.port)],
        guard=Egress((ip_network("127.0.0.0/8"),)),
        suffixes=PublicSuffixes(),
        authority_port=dnsdist.port,
    )
    return Engine(network)


@contextmanager
def ground(count: int) -> Iterator[Ground]:
    """Run all servers, with `count` domains in the DNS."""
    with (
        rabbitmq_server() as rabbitmq,
        postgres_server(durable=True) as postgres,
        names(count) as (knot, dnsdist),
    ):
        yield Ground(count=count, rabbitmq=rabbitmq, postgres=postgres, knot=knot, dnsdist=dnsdist)


def cpu_seconds(daemons: Sequence[Daemon]) -> float:
    """What these processes, their living children and those that they have waited for have used so far."""
    return sum(_used(psutil.Process(daemon.pid)) for daemon in daemons)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    ended = float(times.children_user + times.children_system)
    living = 0.0
    for child in process.children():
        try:
            living += _used(child)
        except psutil.NoSuchProcess:
            continue
    return float(times.user + times.system) + ended + living
