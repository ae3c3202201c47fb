"""What tests of the engine stand on: engines that may ask this machine, and what resolvers say through them."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

from domain.observation import Answer, Asked, Question, Whom
from infra.dns.engine import Engine, Network
from infra.dns.resolver import Resolver
from infra.egress import Egress
from infra.lists.suffixes import PublicSuffixes
from tests.servers.knot import Knot

LOOPBACK = Egress((ip_network("127.0.0.0/8"), ip_network("::1/128")))


@contextmanager
def engine(*resolvers: Resolver, **changes: object) -> Iterator[Engine]:
    """A running engine that asks these resolvers, and name servers on this machine."""
    network = Network(**({"resolvers": resolvers, "guard": LOOPBACK, "suffixes": PublicSuffixes()} | changes))  # type: ignore[arg-type] - any of its fields
    running = Engine(network)
    running.start()
    try:
        yield running
    finally:
        running.close()


@contextmanager
def engine_on(knot: Knot, **changes: object) -> Iterator[Engine]:
    """A running engine for which one server is resolver and authority."""
    with engine(Resolver(knot.address, knot.port), authority_port=knot.port, **changes) as running:
        yield running


def say(running: Engine, question: Question) -> tuple[Answer, ...]:
    """What each resolver answers."""
    asked = Asked(question, Whom.RESOLVERS)
    return running.consult([asked])[asked].answers


def said(*resolvers: Resolver, question: Question, patience: float = 5.0) -> Answer:
    """What the last of some resolvers answers, through an engine of its own."""
    with engine(*resolvers, patience=patience) as running:
        return say(running, question)[-1]
