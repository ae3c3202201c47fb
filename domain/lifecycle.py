"""The life of an identity, from its first look to the last word.

This is the only file in which an identity changes state. It knows nothing of DNS,
mail or certificates: a judge has already turned what was seen into a Verdict. It
reads no clock and rolls no dice. A settled identity comes back unchanged.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.identity import Identity, Progress, State
from domain.schedule import Moment, next_look, prolong
from domain.verdict import Outcome, Verdict

FIRST: Final = Progress()
REMINDER_AFTER: Final = timedelta(hours=24)
BLIND_LOOKS: Final = 3

TRANSITIONS: Final[dict[State, dict[str, State]]] = {
    State.PENDING: {
        "a look passes": State.VERIFIED,
        "the window closes": State.EXPIRED,
        "removal": State.REMOVED,
    },
    State.VERIFIED: {"removal": State.REMOVED},
    State.EXPIRED: {"a new request": State.PENDING, "removal": State.REMOVED},
    State.REMOVED: {},
}


class News(StrEnum):
    """What became true, and is worth telling. The order of the members is the order in which it is told."""

    ACCEPTED = "accepted"
    DIAGNOSIS_CHANGED = "diagnosis_changed"
    VERIFIED = "verified"
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    EXPIRED = "expired"
    STILL_WAITING = "still_waiting"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a life: the identity after it, its progress, when it is due again, and the news of it.

    `due_at` is None where no look follows. `rescheduled` is False where the schedule stays as it was.
    """

    identity: Identity
    progress: Progress = FIRST
    due_at: datetime | None = None
    rescheduled: bool = True
    news: tuple[News, ...] = ()

    @property
    def opens_window(self) -> bool:
        """Whether a window begins with this step: a new life, or one resumed."""
        return self.rescheduled and News.ACCEPTED in self.news


def advance(identity: Identity, progress: Progress, verdict: Verdict, moment: Moment) -> Step:
    """Apply the verdict of the look number `progress.attempt`, made at `moment.now`."""
    after = Progress(
        attempt=progress.attempt + 1,
        inconclusive=progress.inconclusive + 1 if verdict.outcome is Outcome.INCONCLUSIVE else 0,
    )
    if identity.state is not State.PENDING:
        return Step(identity=identity, progress=after, due_at=None)
    if verdict.outcome is Outcome.PASSED:
        made = progress.attempt
        verified = replace(identity, state=State.VERIFIED, findings=verdict.findings, looks_made=made)
        return Step(identity=verified, progress=after, due_at=None, news=(News.VERIFIED,))
    shown, news = _show(identity, after, verdict)
    if moment.now >= identity.last_look_at:
        return _close(shown, after, verdict, news)
    if not shown.reminded and moment.now - shown.window_at >= REMINDER_AFTER:
        shown, news = replace(shown, reminded=True), (*news, News.STILL_WAITING)
    return Step(identity=shown, progress=after, due_at=_next_due(shown, moment), news=news)


def _show(identity: Identity, progress: Progress, verdict: Verdict) -> tuple[Identity, tuple[News, ...]]:
    """Take over the findings of a clear look, or of the third inconclusive one in a row."""
    if verdict.outcome is Outcome.INCONCLUSIVE and progress.inconclusive < BLIND_LOOKS:
        return identity, ()
    if [finding.gist for finding in verdict.findings] == [finding.gist for finding in identity.findings]:
        return identity, ()
    return replace(identity, findings=verdict.findings), (News.DIAGNOSIS_CHANGED,)


def _next_due(identity: Identity, moment: Moment) -> datetime:
    """Where no record is to be seen (route `smtp`), only the end of the window is worth a look."""
    if not identity.challenge.records:
        return identity.last_look_at
    return next_look(identity.acted_at, identity.last_look_at, moment)


def _close(identity: Identity, progress: Progress, verdict: Verdict, news: tuple[News, ...]) -> Step:
    """The last look of a window: prolong it where we could not see, else let it expire."""
    if verdict.outcome is Outcome.INCONCLUSIVE:
        again = prolong(identity.deadline, identity.last_look_at)
        if again is not None:
            longer = replace(identity, last_look_at=again)
            return Step(identity=longer, progress=progress, due_at=again, news=news)
        identity = replace(identity, findings=verdict.findings)
    expired = replace(identity, state=State.EXPIRED, looks_made=progress.attempt - 1)
    return Step(identity=expired, progress=progress, due_at=None, news=(*news, News.EXPIRED))
