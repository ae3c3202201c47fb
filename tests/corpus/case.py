"""One case of the corpus: what happened, who serves what, and what is to be said of it.

The form is described for strangers in README.md beside this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from domain.challenge import Challenge

Turn: TypeAlias = str | tuple[str, ...]


class NoCase(ValueError):  # noqa: N818 - it names what is wrong
    """A folder that does not tell a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """What a liar says to a question, in turn: a word for a misbehaviour, or the records of an answer.

    `name` is absolute, without a final dot, `*` for every name; `type` may be `*` as well.
    """

    name: str
    type: str
    turns: tuple[Turn, ...]
    over_tcp: str = "truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone. `servers`: the host behind each name `ns1`, `ns2`, …; `files`: what each serves, and `before`, served."""

    name: str
    servers: Mapping[str, str]
    files: Mapping[str, str]
    before: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How a record is to be judged. Where two things may be said, the case names both; None: it does not care."""

    status: frozenset[str]
    code: frozenset[str]
    seen: tuple[str, ...] | None = None
    servers: tuple[str, ...] | None = None
    having: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case. `parent`: lines of the zone above, in place of the delegations that there would be."""

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
