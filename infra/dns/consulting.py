"""A DNS engine for a few questions to resolvers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from infra.dns.engine import Engine, Network
from infra.dns.resolver import Resolver
from infra.egress import Egress
from infra.lists.suffixes import PublicSuffixes

PATIENCE: Final = 3.0  # seconds for a resolver


@contextmanager
def consulting(resolvers: Sequence[Resolver]) -> Iterator[Engine]:
    """An engine that asks these resolvers, ended with the block."""
    engine = Engine(
        Network(resolvers=resolvers, guard=Egress(), suffixes=PublicSuffixes(), patience=PATIENCE)
    )
    engine.start()
    try:
        yield engine
    finally:
        engine.close()
