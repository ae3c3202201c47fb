"""Numbers for Prometheus. What is waiting is read from the database when somebody asks for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.dkim_keys import KeyState
from domain.identity import State
from domain.ports import Work
from domain.sentences import Code
from domain.verdict import Outcome

REGISTRY: Final = CollectorRegistry()

EVENTS_TAKEN: Final = Counter(
    "signet_events_taken", "Inbound events, by what became of them.", ["result"], registry=REGISTRY
)
OUTBOUND_UNROUTABLE: Final = Counter(
    "signet_outbound_unroutable", "Outbound events that nobody listened to.", registry=REGISTRY
)
OUTBOUND_PUBLISHED: Final = Counter(
    "signet_outbound_published", "Outbound events published.", registry=REGISTRY
)
LOOKS: Final = Counter("signet_looks", "Looks written, by their outcome.", ["outcome"], registry=REGISTRY)
TURNS: Final = Counter(
    "signet_turns", "Changes of state that looks led to, by the state reached.", ["state"], registry=REGISTRY
)
LOOKS_FAILED: Final = Counter(
    "signet_looks_failed", "Looks that failed by a fault of ours.", registry=REGISTRY
)
PARKED: Final = Counter(
    "signet_parked", "Things that were parked: their handling failed five times.", ["work"], registry=REGISTRY
)
LOGINS: Final = Counter(
    "signet_logins",
    "Logins at owners' mail servers, by outcome, the stage in which they ended, and code (none where they passed).",
    ["outcome", "stage", "code"],
    registry=REGISTRY,
)
LOGINS_PUT_OFF: Final = Counter(
    "signet_logins_put_off", "Logins that were not made, for too many had been.", registry=REGISTRY
)
LOGINS_DROPPED: Final = Counter(
    "signet_logins_dropped", "Logins that were broken off, for their process ended.", registry=REGISTRY
)
TICKETS: Final = Counter("signet_tickets_sent", "Tickets sent, by kind of work.", ["work"], registry=REGISTRY)

KEYS_TURNED: Final = Counter(
    "signet_dkim_keys", "DKIM keys, by the state that they came into.", ["state"], registry=REGISTRY
)
ZONE_CHANGES_SEEN: Final = Counter(
    "signet_dkim_changes_seen",
    "Times that our DKIM zone was seen to have no more what it had, by code.",
    ["code"],
    registry=REGISTRY,
)

# A counter that is first seen at one has not grown, for Prometheus: these are seen at nothing first.
_FROM_THE_START: Final[Mapping[Counter, Iterable[StrEnum]]] = {
    LOOKS: Outcome,
    TURNS: State,
    TICKETS: Work,
    PARKED: Work,
    KEYS_TURNED: KeyState,
    ZONE_CHANGES_SEEN: (Code.TARGET_UNPUBLISHED, Code.KEY_MISMATCH),
}
for _counter, _values in _FROM_THE_START.items():
    for _value in _values:
        _counter.labels(_value.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is due, and for how long, in seconds: by kind of work; and in the outbox. What is wrong with our zone.

    `keys` are those that something is locked with, though they are `old`, or `missing` here.
    """

    due: Mapping[str, int]
    oldest: Mapping[str, float]
    outbox: int
    outbox_oldest: float
    keys: Mapping[str, int]
    zone_faults: Mapping[str, int]


def _away() -> Waiting | None:
    return None


def _no_counters() -> Mapping[str, int]:
    return {}


@dataclass(slots=True, eq=False)
class Live(Collector):
    """Gauges that are read when they are asked for; `waiting` answers None while the database is away."""

    waiting: Callable[[], Waiting | None] = _away
    dns: Callable[[], Mapping[str, int]] = _no_counters

    def collect(self) -> Iterable[Metric]:
        """Read now."""
        counters = CounterMetricFamily(
            "signet_dns", "DNS messages of this process, by kind.", labels=["kind"]
        )
        for kind, value in self.dns().items():
            counters.add_metric([kind], value)
        yield counters
        waiting = self.waiting()
        if waiting is not None:
            yield from _families(waiting)


LIVE: Final = Live()
REGISTRY.register(LIVE)


def _families(waiting: Waiting) -> Iterable[Metric]:
    due = GaugeMetricFamily("signet_due", "Work that is due now.", labels=["work"])
    oldest = GaugeMetricFamily(
        "signet_due_oldest_seconds", "How long the oldest due work waits.", labels=["work"]
    )
    for work, count in waiting.due.items():
        due.add_metric([work], count)
        oldest.add_metric([work], waiting.oldest[work])
    yield due
    yield oldest
    yield GaugeMetricFamily("signet_outbox", "Events not yet published.", value=waiting.outbox)
    yield GaugeMetricFamily(
        "signet_outbox_oldest_seconds", "How long the oldest of them waits.", value=waiting.outbox_oldest
    )
    keys = GaugeMetricFamily(
        "signet_vault_keys",
        "Keys that something is locked with, and that are old, or missing.",
        labels=["state"],
    )
    for state, count in waiting.keys.items():
        keys.add_metric([state], count)
    yield keys
    faults = GaugeMetricFamily("signet_dkim_faults", "Domains whose targets are wrong now.", labels=["code"])
    for code, count in waiting.zone_faults.items():
        faults.add_metric([code], count)
    yield faults


def text() -> bytes:
    """All numbers of this process, as Prometheus reads them."""
    return generate_latest(REGISTRY)
