"""From the files of all cases to what each server serves: heads, delegations with glue, signatures, parents.

The delegations are real. The resolver learns them from the parent zones too, and beside them where every zone is
served: real servers all have port 53, those of a test have another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.corpus.case import Case, Zone
from tests.corpus.signing import anchor, signed

PARENT: Final = "127.0.53.1"
# BIND listens only where an interface has the address itself, so it cannot be elsewhere in 127.0.0.0/8.
ADDRESSES: Final[Mapping[str, str]] = {
    "knot": "127.0.53.11",
    "knot-too": "127.0.53.12",
    "bind": "127.0.0.1",
    "knot-over-tcp": "127.0.53.14",
    "lame": "127.0.53.15",
    "silent": "127.0.53.16",
    "liar": "127.0.53.17",
    "liar-too": "127.0.53.18",
    "parent": PARENT,
    "private": "10.53.0.1",
}
NOWHERE: Final = "nowhere"
START: Final = "$ORIGIN {zone}.\n$TTL 60\n"
HEAD: Final = "@ SOA {server} hostmaster.{zone}. 1 3600 600 86400 60\n"
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
    world.places.update({name: (PARENT,) for name in world.parents})
    return world


def _parent(name: str, lines: Sequence[str]) -> str:
    zone = name or "root-servers.example"
    start = START.format(zone=name) + HEAD.format(server=f"{TOP}.", zone=zone)
    return f"{start}@ NS {TOP}.\n{_glue_of_top(name)}" + "\n".join(lines) + "\n"


def _glue_of_top(name: str) -> str:
    return f"{TOP}. A {PARENT}\n" if name in {"", "example"} else ""


def _under_top(case: Case) -> Iterator[str]:
    if case.parent is not None:
        yield f"$ORIGIN {case.domain.rpartition('.')[2]}.\n{case.parent}"
        return
    for zone in case.zones:
        if _enclosing(zone, case) is None:
            yield from _delegation(zone)


def _serve(world: World, case: Case, zone: Zone) -> None:
    if case.parent is None:
        addresses = [ADDRESSES[host] for host in zone.servers.values() if host not in {NOWHERE, "private"}]
        if addresses:
            world.places[zone.name] = tuple(addresses)
    if case.dnssec:
        world.anchors.append(anchor(zone.name))
    for label, host in zone.servers.items():
        if label in zone.files:
            text = _whole(zone, zone.files[label], case)
            world.now.setdefault(host, {})[zone.name] = signed(zone.name, text, case.dnssec)
        if zone.before:
            earlier = world.before.setdefault(host, {})
            earlier[zone.name] = _whole(zone, zone.before[label], case)


def _whole(zone: Zone, text: str, case: Case) -> str:
    """A file as it is served: with a head, where it has none of its own, and the delegations of what lies below."""
    head = "" if " SOA " in text else HEAD.format(server=_name_of(zone, next(iter(zone.servers))), zone=zone.name)
    if head:
        head += "".join(f"{line}\n" for line in _delegation(zone))
    below = [line for other in case.zones if _enclosing(other, case) is zone for line in _delegation(other)]
    return START.format(zone=zone.name) + head + "".join(f"{line}\n" for line in below) + text


def _delegation(zone: Zone) -> Iterator[str]:
    for label, host in zone.servers.items():
        name = _name_of(zone, label)
        yield f"{zone.name}. NS {name}"
        if host != NOWHERE:
            yield f"{name} A {ADDRESSES[host]}"


def _name_of(zone: Zone, label: str) -> str:
    return f"{label}.{NOWHERE}.example." if zone.servers[label] == NOWHERE else f"{label}.{zone.name}."


def _enclosing(zone: Zone, case: Case) -> Zone | None:
    """The closest zone of the same owner around a zone."""
    around = [other for other in case.zones if zone.name.endswith(f".{other.name}")]
    return max(around, key=lambda other: len(other.name), default=None)
