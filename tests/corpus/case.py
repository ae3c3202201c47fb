"""One case of the corpus as its folder tells it: what happened, who serves what, and what is to be seen in it.

The form is described for strangers in README.md beside this file; what does not keep to it is refused with a sentence.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.challenge import Challenge, dkim_challenge
from domain.names import Refusal, parse_domain
from infra.lists import name_rules

CASES: Final = Path(__file__).parent / "cases"
TOKENS: Final = ("firsttokenoftheownerrecord", "othertokenoftheownerrecord")
OUR_ZONE: Final = "dkim.signet.example"
TWO_SERVERS: Final = {"ns1": "knot", "ns2": "bind"}
PARENT: Final = "parent.zone"
BEFORE: Final = "before"
KEYS: Final = frozenset(
    {"story", "domain", "tokens", "earlier_tokens", "expected", "servers", "lies", "resolver", "guard", "dnssec"}
)
EXPECTED: Final = frozenset({"outcome", "both", "sg1", "sg2"})
OF_A_RECORD: Final = frozenset({"status", "code", "seen", "servers", "having"})

Turn = str | tuple[str, ...]


class NoCase(ValueError):  # noqa: N818 - it names what is wrong
    """A folder that does not tell a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """What the liar says to a question, in turn: a word for a misbehaviour, or the records of an answer.

    `name` is absolute, without a final dot, `*` for every name; `type` may be `*` as well.
    """

    name: str
    type: str
    turns: tuple[Turn, ...]
    over_tcp: str = "truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone, and who serves which file of it: `files` by the first label of the server's name."""

    name: str
    servers: Mapping[str, str]
    files: Mapping[str, str]
    before: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How a record is to be judged. Where two answers are as good, the case names both. None: it does not say."""

    status: frozenset[str]
    code: frozenset[str]
    seen: tuple[str, ...] | None = None
    servers: tuple[str, ...] | None = None
    having: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case. `parent`: lines of the parent zone in place of the delegations that the servers would have."""

    name: str
    story: str
    domain: str
    challenge: Challenge
    stale_targets: frozenset[str]
    outcome: frozenset[str]
    expected: tuple[Expected, ...]
    zones: tuple[Zone, ...]
    parent: str | None
    lies: tuple[Lie, ...]
    resolver: str
    guard: str
    dnssec: str

    @property
    def passes(self) -> bool:
        """Whether the owner has done all that is needed."""
        return self.outcome == {"passed"}

    @property
    def is_seen(self) -> bool:
        """Whether the servers let us see what the owner did."""
        return "inconclusive" not in self.outcome


def all_cases() -> tuple[Case, ...]:
    """Every folder; no two may have a zone of the same name, for all are served at once."""
    cases = tuple(read(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir())
    owners: dict[str, str] = {}
    for case in cases:
        for zone in case.zones:
            if zone.name in owners:
                raise NoCase(f"{case.name} has the zone {zone.name}, as {owners[zone.name]} has: choose another name.")
            owners[zone.name] = case.name
    return cases


def read(folder: Path) -> Case:
    """Read one folder; raise NoCase where it does not keep to the form."""
    told = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    _only(told, KEYS, folder.name)
    domain = parse_domain(told["domain"], name_rules(lab=True))
    if isinstance(domain, Refusal):
        raise NoCase(f"{folder.name}: {domain.message}")
    challenge = dkim_challenge(domain.ascii, _tokens(told.get("tokens", TOKENS)), OUR_ZONE)
    stale = [dkim_challenge(domain.ascii, _tokens(told["earlier_tokens"]), OUR_ZONE)] if "earlier_tokens" in told else []
    parent = folder / PARENT
    return Case(
        name=folder.name,
        story=told["story"],
        domain=domain.ascii,
        challenge=challenge,
        stale_targets=frozenset(record.value for one in stale for record in one.records),
        outcome=_choice(told["expected"]["outcome"]),
        expected=_expected(told["expected"], folder.name),
        zones=tuple(_zones(folder, told.get("servers", {}))),
        parent=parent.read_text("utf-8") if parent.is_file() else None,
        lies=tuple(_lie(one, domain.ascii) for one in told.get("lies", ())),
        resolver=told.get("resolver", "unbound"),
        guard=told.get("guard", "open"),
        dnssec=told.get("dnssec", ""),
    )


def _tokens(tokens: Sequence[str]) -> tuple[str, str]:
    first, other = tokens
    return first, other


def _expected(told: Mapping[str, Any], name: str) -> tuple[Expected, ...]:
    """One for each record."""
    _only(told, EXPECTED, name)
    rows = [told.get("both", {}) | told.get(selector, {}) for selector in ("sg1", "sg2")]
    for row in rows:
        _only(row, OF_A_RECORD, name)
    return tuple(
        Expected(
            status=_choice(row["status"]),
            code=_choice(row.get("code", "")),
            **{key: tuple(row[key]) for key in ("seen", "servers", "having") if key in row},
        )
        for row in rows
    )


def _zones(folder: Path, servers: Mapping[str, Any]) -> list[Zone]:
    """Every zone that has a file, in the folder itself or in that of one of its servers."""
    names = {file.name.removesuffix(".zone") for file in folder.rglob("*.zone") if file.name != PARENT}
    default = {label: host for label, host in servers.items() if isinstance(host, str)} or TWO_SERVERS
    return [
        Zone(
            name=name,
            servers=(at := servers.get(name, default)),
            files=_files(folder, name, at),
            before=_files(folder / BEFORE, name, at),
        )
        for name in sorted(names)
    ]


def _files(folder: Path, zone: str, labels: Mapping[str, str]) -> dict[str, str]:
    found = {
        label: next((file for file in (folder / label / f"{zone}.zone", folder / f"{zone}.zone") if file.is_file()), None)
        for label in labels
    }
    return {label: file.read_text("utf-8") for label, file in found.items() if file}


def _lie(told: Mapping[str, Any], domain: str) -> Lie:
    name, type_ = told["question"].split()
    return Lie(
        name=name if name == "*" else f"{name}.{domain}",
        type=type_,
        turns=tuple(turn if isinstance(turn, str) else tuple(turn) for turn in told["says"]),
        over_tcp=told.get("over_tcp", "truth"),
    )


def _choice(told: str | Sequence[str]) -> frozenset[str]:
    return frozenset([told] if isinstance(told, str) else told)


def _only(told: Mapping[str, Any], known: frozenset[str], name: str) -> None:
    strange = sorted(told.keys() - known)
    if strange:
        raise NoCase(f"{name}: {', '.join(strange)} means nothing here; known are {', '.join(sorted(known))}.")
