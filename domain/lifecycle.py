"""The life of an identity, from its first look to the last word.

This is the only file in which an identity changes state. It knows nothing of DNS,
mail or certificates: a judge has already turned what was seen into a Verdict. It
reads no clock and rolls no dice. A settled identity comes back unchanged.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from domain.identity import Identity, Kind, Progress, State
from domain.schedule import Moment, next_login, next_look, next_watch, prolong, revocable_at
from domain.verdict import Outcome, Reason, Verdict

FIRST: Final = Progress()
REMINDER_AFTER: Final = timedelta(hours=24)
BLIND_LOOKS: Final = 3
ABSENCES: Final = 3
MOST_COUNTED: Final = 1_000  # inconclusive looks in a row: what is proven may be out of sight for years

TRANSITIONS: Final[dict[State, dict[str, State]]] = {
    State.PENDING: {
        "a look passes": State.VERIFIED,
        "a final no": State.FAILED,
        "the window closes": State.EXPIRED,
        "removal": State.REMOVED,
    },
    State.VERIFIED: {
        "three clear absences in a row": State.AT_RISK,
        "its own server refuses it as sender": State.FAILED,
        "its certificate is good no more": State.FAILED,
        "its certificate ends": State.EXPIRED,
        "removal": State.REMOVED,
    },
    State.AT_RISK: {
        "a look passes": State.VERIFIED,
        "72 hours without a pass": State.REVOKED,
        "removal": State.REMOVED,
    },
    State.FAILED: {"a new request": State.PENDING, "removal": State.REMOVED},
    State.EXPIRED: {"a new request": State.PENDING, "removal": State.REMOVED},
    State.REVOKED: {"a new request": State.PENDING, "removal": State.REMOVED},
    State.REMOVED: {},
}


class News(StrEnum):
    """What became true, and is worth telling. The order of the members is the order in which it is told."""

    ACCEPTED = "accepted"
    DIAGNOSIS_CHANGED = "diagnosis_changed"
    CONFIRMATION_SENT = "confirmation_sent"
    VERIFIED = "verified"
    EXPIRING = "expiring"
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    FAILED = "failed"
    EXPIRED = "expired"
    STILL_WAITING = "still_waiting"
    AT_RISK = "at_risk"
    RECOVERED = "recovered"
    REVOKED = "revoked"
    REMOVED = "removed"


Told: TypeAlias = tuple[Identity, tuple[News, ...]]
"""An identity as a look left it, and the news of that."""


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
    if identity.state is State.PENDING:
        return _prove(identity, progress, verdict, moment)
    if is_watched(identity):
        return _watch(identity, progress, verdict, moment)
    return Step(identity=identity, progress=_counted(progress, verdict), due_at=None)


def disprove(identity: Identity, reason: Reason) -> Step:
    """End the life of what was verified, and turns out not to be usable."""
    return Step(identity=replace(identity, state=State.FAILED, reason=reason), news=(News.FAILED,))


def expire(identity: Identity) -> Step:
    """End the life of what was verified until a certain time, which has come."""
    return Step(identity=replace(identity, state=State.EXPIRED), news=(News.EXPIRED,))


def is_watched(identity: Identity) -> bool:
    """Whether it is proven by records, and looked at for as long as it is."""
    return identity.state in {State.VERIFIED, State.AT_RISK} and bool(identity.proof.records)


def next_due(identity: Identity, moment: Moment, progress: Progress = FIRST) -> datetime | None:
    """When the next look comes by itself; None where none follows.

    Where no record is to be seen (route `smtp`), only the end of the window is worth a look. A login is tried again
    by a schedule of its own, once `progress` has counted one.
    """
    if is_watched(identity):
        return next_watch(moment, progress.absences)
    if identity.state is not State.PENDING:
        return None
    if identity.kind is Kind.SMTP and progress.attempt > 1:
        return next_login(progress.attempt - 1, identity.last_look_at, moment)
    if not identity.proof.records:
        return identity.last_look_at
    return next_look(identity.acted_at, identity.last_look_at, moment)


def _counted(progress: Progress, verdict: Verdict) -> Progress:
    blind = verdict.outcome is Outcome.INCONCLUSIVE
    return Progress(
        attempt=progress.attempt + 1,
        inconclusive=min(progress.inconclusive + 1, MOST_COUNTED) if blind else 0,
        absences=progress.absences,
    )


def _prove(identity: Identity, progress: Progress, verdict: Verdict, moment: Moment) -> Step:
    """A look in a window: it verifies, is waited on, or closes the window."""
    after = _counted(progress, verdict)
    if verdict.outcome is Outcome.PASSED:
        made = progress.attempt
        verified = replace(
            identity.once_verified(),
            state=State.VERIFIED,
            findings=verdict.findings,
            reason=None,
            looks_made=made,
        )
        return Step(
            identity=verified, progress=after, due_at=next_due(verified, moment), news=(News.VERIFIED,)
        )
    shown, news = _show(identity, after, verdict)
    if verdict.outcome is Outcome.REFUSED:
        failed = replace(shown, state=State.FAILED, looks_made=progress.attempt)
        return Step(identity=failed, progress=after, due_at=None, news=(*news, News.FAILED))
    if moment.now >= identity.last_look_at:
        return _close(shown, after, verdict, news)
    if not shown.reminded and moment.now - shown.window_at >= REMINDER_AFTER:
        shown, news = replace(shown, reminded=True), (*news, News.STILL_WAITING)
    return Step(identity=shown, progress=after, due_at=next_due(shown, moment, after), news=news)


def _show(identity: Identity, progress: Progress, verdict: Verdict) -> Told:
    """Take over the findings of a clear look, or of the third inconclusive one in a row."""
    if verdict.outcome is Outcome.INCONCLUSIVE and progress.inconclusive < BLIND_LOOKS:
        return identity, ()
    known, seen = identity.findings, verdict.findings
    if _code(identity.reason) == _code(verdict.reason) and [one.gist for one in seen] == [
        one.gist for one in known
    ]:
        return identity, ()
    shown = replace(identity, findings=seen, reason=verdict.reason)
    return shown, (News.DIAGNOSIS_CHANGED,)


def _code(reason: Reason | None) -> str:
    """What makes two reasons the same news."""
    return "" if reason is None else reason.code


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


def _watch(identity: Identity, progress: Progress, verdict: Verdict, moment: Moment) -> Step:
    """A look at what is proven. One that somebody asked for may do it good, and never harm.

    Such a look comes beside the hourly ones and puts none of them off: what is asked for often is watched too.
    """
    after, unasked_at = _counted(progress, verdict), progress.unasked_at
    if verdict.outcome is Outcome.PASSED:
        after = replace(after, absences=())
        known, news = _stand(identity, verdict)
    elif verdict.outcome is Outcome.NOT_YET and unasked_at is None:
        after = replace(after, absences=(*after.absences, moment.now)[:ABSENCES])
        known, news = _miss(identity, after, verdict, moment)
    else:
        known, news = _show(identity, after, verdict) if identity.state is State.AT_RISK else (identity, ())
    due_at = max(unasked_at, moment.now) if unasked_at else next_due(known, moment, after)
    return Step(identity=known, progress=after, due_at=due_at, news=news)


def _stand(identity: Identity, verdict: Verdict) -> Told:
    """It is there: whatever was missed before is over."""
    if identity.state is State.VERIFIED:
        return identity, ()
    return replace(identity, state=State.VERIFIED, findings=verdict.findings), (News.RECOVERED,)


def _miss(identity: Identity, progress: Progress, verdict: Verdict, moment: Moment) -> Told:
    """It is clearly not there: at the third time in a row it is at risk, 72 hours after the first it is revoked."""
    if identity.state is State.VERIFIED:
        if len(progress.absences) < ABSENCES:
            return identity, ()
        return replace(identity, state=State.AT_RISK, findings=verdict.findings), (News.AT_RISK,)
    if moment.now < revocable_at(progress.absences[0]):
        return _show(identity, progress, verdict)
    made = progress.attempt - 1
    return replace(identity, state=State.REVOKED, findings=verdict.findings, looks_made=made), (News.REVOKED,)
