"""One challenge, seen from several places: whoever turns one network's traffic aside does not turn all of them.

The rule is that of Multi-Perspective Issuance Corroboration (CA/Browser Forum, TLS Baseline Requirements, 3.2.2.9).
Law: a place that cannot see confirms nothing, and blames nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Protocol

from domain.challenge import Challenge
from domain.observation import Observation
from domain.verdict import Finding, Outcome, Status, Verdict

# The table "Quorum Requirements": of 2 to 5 remote perspectives one may fail to corroborate, of 6 and more two.
# It has no row for a single one, which therefore must.
MAY_DIFFER_FROM: Final = (2, 6)


class Perspective(Protocol):
    """A vantage point in a network of its own, which shares no cache of answers with any other."""

    @property
    def name(self) -> str:
        """What it is called, the same at every look; no two have the same name."""

    def observe(self, challenge: Challenge, *, probe: bool) -> Observation | None:
        """What is seen of the challenge from there; None where the perspective itself gives no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What was judged of what a remote perspective saw; no verdict where it gave no answer."""

    perspective: str
    verdict: Verdict | None


class _Stance(IntEnum):
    """How a remote perspective stands to a primary that passed."""

    CONTRADICTS = 0
    CANNOT_SEE = 1
    CORROBORATES = 2


_STANCES: Final = {
    Outcome.PASSED: _Stance.CORROBORATES,
    Outcome.NOT_YET: _Stance.CONTRADICTS,
    Outcome.REFUSED: _Stance.CONTRADICTS,
    Outcome.INCONCLUSIVE: _Stance.CANNOT_SEE,
}


def may_differ(remotes: int) -> int:
    """How many of so many remote perspectives need not corroborate."""
    return sum(remotes >= least for least in MAY_DIFFER_FROM)


def corroborate(primary: Verdict, remotes: Sequence[Remote]) -> Verdict:
    """What the primary perspective saw, passed only where enough of the remote ones saw it too.

    Only a pass needs corroboration: without one, or without remote perspectives, the primary alone decides.
    It is *not yet* where enough of them saw clearly, and more than may differ saw something else; it cannot be
    told where those that could not see might have made the difference.
    """
    if primary.outcome is not Outcome.PASSED:
        return primary
    distinct = _distinct(remotes)
    stances = [_stance(remote) for remote in distinct]
    spare = may_differ(len(distinct))
    needed = len(distinct) - spare
    if stances.count(_Stance.CORROBORATES) >= needed:
        return primary
    clear = len(stances) - stances.count(_Stance.CANNOT_SEE)
    if clear >= needed and stances.count(_Stance.CONTRADICTS) > spare:
        return Verdict(Outcome.NOT_YET, _told_by(distinct, _Stance.CONTRADICTS))
    return Verdict(Outcome.INCONCLUSIVE, _told_by(distinct, _Stance.CANNOT_SEE) or _unconfirmed(primary))


def _distinct(remotes: Sequence[Remote]) -> tuple[Remote, ...]:
    """Each perspective once; where one was heard twice, by what speaks least for a pass."""
    least_last = sorted(remotes, key=_stance, reverse=True)
    return tuple({remote.perspective: remote for remote in least_last}.values())


def _stance(remote: Remote) -> _Stance:
    return _STANCES[remote.verdict.outcome] if remote.verdict else _Stance.CANNOT_SEE


def _told_by(remotes: Sequence[Remote], stance: _Stance) -> tuple[Finding, ...]:
    """The findings of the first perspective with such a stance that has any."""
    told = (remote.verdict.findings for remote in remotes if remote.verdict and _stance(remote) is stance)
    return next((findings for findings in told if findings), ())


def _unconfirmed(primary: Verdict) -> tuple[Finding, ...]:
    """What the primary found, as not certain: nobody said what prevented the others from seeing it."""
    return tuple(replace(finding, status=Status.UNKNOWN) for finding in primary.findings)
