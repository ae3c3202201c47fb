"""Reads the folders of cases. What does not keep to the form is refused with a sentence, before any server starts."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from domain.challenge import dkim_challenge
from domain.names import Refusal, parse_domain
from domain.sentences import Code
from domain.verdict import Outcome, Status
from infra.lists import name_rules
from tests.corpus.case import Case, Expected, Lie, NoCase, Zone
from tests.corpus.hosts import HOSTS

CASES: Final = Path(__file__).parent / "cases"
TOKENS: Final = ("firsttokenoftheownerrecord", "othertokenoftheownerrecord")
OUR_ZONE: Final = "dkim.signet.example"
TWO_SERVERS: Final = {"ns1": "knot", "ns2": "bind"}
PARENT_FILE: Final = "parent.zone"
BEFORE: Final = "before"

REQUIRED: Final = ("story", "domain", "expected")
OPTIONAL: Final = ("tokens", "earlier_tokens", "servers", "lies", "resolver", "guard", "dnssec")
EXPECTED: Final = ("outcome", "both", "sg1", "sg2")
SHOWN: Final = ("seen", "servers", "having")
RESOLVERS: Final = ("unbound", "blocking", *HOSTS)
GUARDS: Final = ("open", "closed")
DNSSEC: Final = ("", "good", "expired", "missing")
OVER_TCP: Final = ("truth", "truncated", "drip", "closed")
NOTHING_TO_SAY: Final = ""


def all_cases(folder: Path = CASES) -> tuple[Case, ...]:
    """Every folder; no two may have a zone of the same name, for all are served at once."""
    cases = tuple(read(each) for each in sorted(folder.iterdir()) if each.is_dir())
    owners: dict[str, str] = {}
    for case in cases:
        for zone in case.zones:
            other = owners.setdefault(zone.name, case.name)
            if other != case.name:
                raise NoCase(f"{case.name} and {other} both have the zone {zone.name}: give it another name.")
    return cases


def read(folder: Path) -> Case:
    """Read one folder; raise NoCase where it does not keep to the form."""
    try:
        return _case(folder, tomllib.loads((folder / "case.toml").read_text("utf-8")))
    except (NoCase, tomllib.TOMLDecodeError, FileNotFoundError) as error:
        raise NoCase(f"{folder.name}: {error}") from None


def _case(folder: Path, told: Mapping[str, Any]) -> Case:
    _keys(told, REQUIRED, OPTIONAL)
    domain = parse_domain(told["domain"], name_rules(lab=True))
    if isinstance(domain, Refusal):
        raise NoCase(domain.message)
    first, other = told.get("tokens", TOKENS)
    challenge = dkim_challenge(domain.ascii, (first, other), OUR_ZONE)
    parent = folder / PARENT_FILE
    return Case(
        name=folder.name,
        story=told["story"],
        domain=domain.ascii,
        challenge=challenge,
        stale_targets=_stale_targets(domain.ascii, told.get("earlier_tokens")),
        outcome=_choice(told["expected"].get("outcome", ()), Outcome),
        expected=_expected(told["expected"]),
        zones=tuple(_zones(folder, told.get("servers", {}))),
        parent=parent.read_text("utf-8") if parent.is_file() else None,
        lies=tuple(_lie(one, domain.ascii) for one in told.get("lies", ())),
        resolver=_one(told.get("resolver", "unbound"), RESOLVERS),
        guard=_one(told.get("guard", "open"), GUARDS),
        dnssec=_one(told.get("dnssec", ""), DNSSEC),
    )


def _stale_targets(domain: str, tokens: Sequence[str] | None) -> frozenset[str]:
    if tokens is None:
        return frozenset()
    first, other = tokens
    return frozenset(record.value for record in dkim_challenge(domain, (first, other), OUR_ZONE).records)


def _expected(told: Mapping[str, Any]) -> tuple[Expected, ...]:
    """One for each record."""
    _keys(told, (), EXPECTED)
    rows = [told.get("both", {}) | told.get(selector, {}) for selector in ("sg1", "sg2")]
    return tuple(_row(row) for row in rows)


def _row(row: Mapping[str, Any]) -> Expected:
    _keys(row, ("status",), ("code", *SHOWN))
    shown = {key: tuple(row[key]) for key in SHOWN if key in row}
    return Expected(
        status=_choice(row["status"], Status),
        code=_choice(row.get("code", NOTHING_TO_SAY), (NOTHING_TO_SAY, *Code)),
        **shown,
    )


def _zones(folder: Path, servers: Mapping[str, Any]) -> Iterable[Zone]:
    """Every zone that has a file, in the folder itself or in that of one of its servers."""
    files = [file for file in folder.rglob("*.zone") if file.name != PARENT_FILE]
    default = {label: host for label, host in servers.items() if isinstance(host, str)} or TWO_SERVERS
    for name in sorted({file.name.removesuffix(".zone") for file in files}):
        at = servers.get(name, default)
        yield Zone(
            name=name,
            servers={label: _one(host, HOSTS) for label, host in at.items()},
            files=_files(folder, name, at),
            before=_files(folder / BEFORE, name, at),
        )


def _files(folder: Path, zone: str, labels: Iterable[str]) -> dict[str, str]:
    """What each server has: its own file, or the one that is for all."""
    found = {}
    for label in labels:
        for file in (folder / f"{zone}.zone", folder / label / f"{zone}.zone"):
            if file.is_file():
                found[label] = file.read_text("utf-8")
    return found


def _lie(told: Mapping[str, Any], domain: str) -> Lie:
    _keys(told, ("question", "says"), ("over_tcp",))
    name, _, type_ = told["question"].partition(" ")
    return Lie(
        name=name if name == "*" else f"{name}.{domain}",
        type=type_,
        turns=tuple(turn if isinstance(turn, str) else tuple(turn) for turn in told["says"]),
        over_tcp=_one(told.get("over_tcp", "truth"), OVER_TCP),
    )


def _choice(told: str | Sequence[str], known: Iterable[str]) -> frozenset[str]:
    """One thing that may be said, or several."""
    several = [told] if isinstance(told, str) else told
    return frozenset(_one(word, known) for word in several)


def _one(word: str, known: Iterable[str]) -> str:
    if word not in set(known):
        raise NoCase(f"{word} means nothing here; known are {', '.join(sorted(known))}.")
    return word


def _keys(told: Mapping[str, Any], required: Sequence[str], optional: Sequence[str]) -> None:
    for key in told:
        _one(key, (*required, *optional))
    for key in required:
        if key not in told:
            raise NoCase(f"{key} is missing.")
