"""From the files of all cases to what each server serves: heads, delegations with glue, signatures, parents.

The delegations are real. The resolver learns them from the parent zones too, and beside them where every zone is
served: real servers all have port 53, those of a test have another one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.corpus.case import Case, Zone
from tests.corpus.hosts import HOSTS, PARENT
from tests.corpus.signing import anchor, signed

START: Final = "$ORIGIN {zone}.\n$TTL 60\n"
SOA: Final = "@ SOA {server} hostmaster.{zone}. 1 3600 600 86400 60"
TOP: Final = "root-servers.example"

Texts = dict[str, dict[str, str]]  # of a host: the text of each zone


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that is served. `before`: what some hosts served once; `places`: where each zone is, by address."""

    now: Texts = field(default_factory=dict)
    before: Texts = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    anchors: list[str] = field(default_factory=list)


def world_of(cases: Sequence[Case]) -> World:
    """Everything that these cases need."""
    world = World()
    tops = {"example"}
    lines: dict[str, list[str]] = {}
    for case in cases:
        tops |= {zone.name.rpartition(".")[2] for zone in case.zones}
        lines.setdefault(case.domain.rpartition(".")[2], []).extend(_under_top(case))
        for zone in case.zones:
            _serve(world, case, zone)
    world.parents[""] = _parent("", [f"{top}. NS {TOP}." for top in sorted(tops)])
    for top in tops:
        world.parents[top] = _parent(top, lines.get(top, []))
    world.places.update(dict.fromkeys(world.parents, (HOSTS[PARENT].address,)))
    return world


def _parent(name: str, lines: Sequence[str]) -> str:
    head = [SOA.format(server=f"{TOP}.", zone="root-servers.example"), f"@ NS {TOP}."]
    if name in {"", "example"}:
        head.append(f"{TOP}. A {HOSTS[PARENT].address}")
    return START.format(zone=name) + "\n".join([*head, *lines]) + "\n"


def _under_top(case: Case) -> Iterator[str]:
    if case.parent is not None:
        yield f"$ORIGIN {case.domain.rpartition('.')[2]}.\n{case.parent}"
        return
    for zone in case.zones:
        if _enclosing(zone, case) is None:
            yield from _delegation(zone)


def _serve(world: World, case: Case, zone: Zone) -> None:
    addresses = [HOSTS[host].address for host in zone.servers.values() if _is_here(host)]
    if addresses and case.parent is None:
        world.places[zone.name] = tuple(addresses)
    if case.dnssec:
        world.anchors.append(anchor(zone.name))
    for label, text in zone.files.items():
        whole = _whole(zone, text, case)
        world.now.setdefault(zone.servers[label], {})[zone.name] = signed(zone.name, whole, case.dnssec)
    for label, text in zone.before.items():
        world.before.setdefault(zone.servers[label], {})[zone.name] = _whole(zone, text, case)


def _is_here(host: str) -> bool:
    """Whether the resolver may look for a zone there; other addresses are outside of this machine."""
    return HOSTS[host].address.startswith("127.")


def _whole(zone: Zone, text: str, case: Case) -> str:
    """A file as it is served: with a head, where it has none of its own, and the delegations of what lies below."""
    lines = [] if " SOA " in text else list(_head(zone))
    for other in case.zones:
        if _enclosing(other, case) is zone:
            lines += _delegation(other)
    return START.format(zone=zone.name) + "".join(f"{line}\n" for line in lines) + text


def _head(zone: Zone) -> Iterator[str]:
    yield SOA.format(server=_name_of(zone, next(iter(zone.servers))), zone=zone.name)
    yield from _delegation(zone)


def _delegation(zone: Zone) -> Iterator[str]:
    for label, host in zone.servers.items():
        name = _name_of(zone, label)
        yield f"{zone.name}. NS {name}"
        if HOSTS[host].address:
            yield f"{name} A {HOSTS[host].address}"


def _name_of(zone: Zone, label: str) -> str:
    """The name of a server; one without an address has a name that does not exist."""
    is_somewhere = HOSTS[zone.servers[label]].address
    return f"{label}.{zone.name}." if is_somewhere else f"{label}.nowhere.example."


def _enclosing(zone: Zone, case: Case) -> Zone | None:
    """The closest zone of the same owner around a zone."""
    around = [other for other in case.zones if zone.name.endswith(f".{other.name}")]
    return max(around, key=lambda other: len(other.name), default=None)
