"""Whether a DMARC policy applies to the sending domain: its own, or one found on the walk up the tree.

RFC 9989, section 4.10: at most eight names, from the domain towards the root.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from domain.advisories.advisory import Advisory, Situation, presentable, servers_of
from domain.advisories.dmarc_record import PROPOSED, fault_at, meant, policies, policy_of, psd_of
from domain.advisories.following import clear, followed, unanswered
from domain.observation import CLEAR, Answer, Question

MOST_LABELS: Final = 7  # of every name but the first (section 4.10, step 4)


class Level(NamedTuple):
    """One name on the walk, and what stands there."""

    name: str
    answer: Answer

    @property
    def policy(self) -> str | None:
        """The one record that counts, if there is one."""
        return policy_of(self.answer)


def names(domain: str) -> tuple[str, ...]:
    """The names of the walk: the domain's own, then those above it."""
    labels = domain.split(".")
    above = range(max(1, len(labels) - MOST_LABELS), len(labels))
    return tuple(f"_dmarc.{name}" for name in (domain, *(".".join(labels[depth:]) for depth in above)))


def further(domain: str, answers: Mapping[Question, Answer]) -> tuple[Question, ...]:
    """Ask at the domain; only where nobody wrote a DMARC record there, at all names above it."""
    own, *above = (followed(Question(name, "TXT"), answers) for name in names(domain))
    if isinstance(own, Question):
        return (own,)
    return () if own.seen not in CLEAR or _is_meant(own) else unanswered(*above)


def judge(domain: str, answers: Mapping[Question, Answer]) -> Advisory | None:
    """A record that is not as it has to be, at the domain or where its policy comes from; or none at all."""
    levels = _walk(domain, answers)
    if not levels:
        return None
    applied = _applied(levels)
    level = applied or next((level for level in levels if _is_meant(level.answer)), None)
    if level is None:
        return Advisory(
            situation=Situation.DMARC_MISSING,
            name=levels[0].name,
            expected=PROPOSED,
            servers=servers_of(levels[0].answer),
        )
    return _faulty(level)


def _walk(domain: str, answers: Mapping[Question, Answer]) -> Sequence[Level]:
    """The levels up to where the walk stops; none where one of them was not seen clearly."""
    levels: list[Level] = []
    for name in names(domain):
        answer = clear(Question(name, "TXT"), answers)
        if answer is None:
            return ()
        level = Level(name, answer)
        levels.append(level)
        if (len(levels) == 1 and _is_meant(answer)) or (level.policy and psd_of(level.policy) != "u"):
            break
    return levels


def _applied(levels: Sequence[Level]) -> Level | None:
    """Whose record is applied: that of the organizational domain (section 4.10.2), else of the public suffix."""
    holding = [level for level in levels if level.policy]
    if not holding:
        return None
    last = holding[-1]
    below_suffix = levels[-2:-1] if psd_of(last.policy or "") == "y" else []
    return next((level for level in below_suffix if level.policy), last)


def _is_meant(answer: Answer) -> bool:
    """Whether somebody wrote a DMARC record there, be it one that cannot be read."""
    return bool(policies(answer) or meant(answer))


def _faulty(level: Level) -> Advisory | None:
    fault = fault_at(level.answer)
    if fault is None:
        return None
    return Advisory(
        situation=fault.situation,
        name=level.name,
        seen=presentable(policies(level.answer) or meant(level.answer)),
        expected=fault.expected,
        servers=servers_of(level.answer),
        part=fault.part,
    )
