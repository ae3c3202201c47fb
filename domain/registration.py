"""What a request of an account does to an identity: register, look again, remove.

Requests never harm: what is pending, verified or at risk is never reset by one. Each
function here is pure and answers with a Step, or with a Refusal that names its code.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.challenge import Challenge
from domain.identity import Cause, Contact, Domain, Identity, Progress, Route, State
from domain.lifecycle import News, Step, next_due
from domain.schedule import Moment

RESUMABLE: Final = frozenset({State.FAILED, State.EXPIRED, State.REVOKED})
LOOKS_PER_MINUTE: Final = 6
RESTARTS_PER_DAY: Final = 12
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(hours=24)


class RequestCode(StrEnum):
    """Why a request is not taken."""

    PLAN_NOT_ELIGIBLE = "plan.not_eligible"
    DOMAIN_UNKNOWN = "domain.unknown"
    SMTP_UNKNOWN = "smtp.unknown"
    CERTIFICATE_UNKNOWN = "certificate.unknown"
    DOMAIN_HAS_ADDRESSES = "domain.has_addresses"
    RATE_LIMITED = "rate.limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that is not taken, and changes nothing."""

    code: RequestCode
    message: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What an account asks for: a parsed subject, by a plan and a route."""

    account: str
    subject: str
    plan: str
    route: Route
    contact: Contact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLife:
    """What a new identity needs that cannot be computed: an id never used before, its challenge, what opened it."""

    id: str
    generation: int
    challenge: Challenge
    opened_by: Cause | None = None


@dataclass(frozen=True, slots=True)
class Requests:
    """When the owner's looks were asked for in the last 24 hours, oldest first, and which restarted the fast part."""

    taken_at: tuple[datetime, ...] = ()
    restarts: int = 0


def is_eligible(plan: str, plans: frozenset[str]) -> bool:
    """Whether a plan may send; plans are compared without case, `plans` are in lower case."""
    return plan.casefold() in plans


def not_eligible(plan: str) -> Refused:
    """The refusal of a plan."""
    message = f"The plan {plan} does not include sender domains of one's own."
    return Refused(code=RequestCode.PLAN_NOT_ELIGIBLE, message=message)


def register(wanted: Registration, life: NewLife, window: timedelta, moment: Moment) -> Step:
    """Open a new life, with the first look at once. On route `smtp` there is nothing to see before the deadline."""
    deadline = moment.now + window
    identity = Domain(
        id=life.id,
        account=wanted.account,
        subject=wanted.subject,
        generation=life.generation,
        challenge=life.challenge,
        plan=wanted.plan,
        route=wanted.route,
        contact=wanted.contact,
        created_at=moment.now,
        window_at=moment.now,
        acted_at=moment.now,
        deadline=deadline,
        last_look_at=deadline,
        opened_by=life.opened_by,
    )
    return Step(identity=identity, due_at=_first_look(identity, moment), news=(News.ACCEPTED,))


def register_again(identity: Domain, wanted: Registration, window: timedelta, moment: Moment) -> Step:
    """Take over the plan, and the contact where one is named. What is over is resumed; all else is not reset.

    Where nothing is rescheduled, `due_at` is when the next look comes at the latest.
    """
    known = replace(identity, plan=wanted.plan, contact=wanted.contact or identity.contact)
    if known.state in RESUMABLE:
        return resume(known, window, moment)
    return Step(identity=known, due_at=next_due(known, moment), rescheduled=False, news=(News.ACCEPTED,))


def change_route(
    domain: Domain, route: Route, challenge: Challenge, window: timedelta, moment: Moment
) -> Step:
    """Prove the domain by another route, with these records; mail leaves by the old one until it is.

    Where it is the route already, nothing is reset.
    """
    if domain.route is route:
        return Step(
            identity=domain, due_at=next_due(domain, moment), rescheduled=False, news=(News.ACCEPTED,)
        )
    proven = domain.state in {State.VERIFIED, State.AT_RISK}
    changed = replace(
        domain, route=route, challenge=challenge, still_by=domain.route if proven else domain.still_by
    )
    return resume(changed, window, moment)


def resume(identity: Identity, window: timedelta, moment: Moment, due_at: datetime | None = None) -> Step:
    """Open a new window with the same records; the first look comes at `due_at`, or when one is worth it."""
    deadline = moment.now + window
    pending = replace(
        identity,
        state=State.PENDING,
        window_at=moment.now,
        acted_at=moment.now,
        deadline=deadline,
        last_look_at=deadline,
        findings=(),
        reason=None,
        reminded=False,
        looks_made=0,
    )
    return Step(identity=pending, due_at=due_at or _first_look(pending, moment), news=(News.ACCEPTED,))


def look_again(
    identity: Identity, progress: Progress, requests: Requests, window: timedelta, moment: Moment
) -> Step | Refused:
    """The owner pressed *Verify*: look at once, whatever the state, and reset nothing.

    While pending, the fast part of the schedule starts again, 12 times in 24 hours at most; the deadline stays.
    What is over begins a new window with the same records.
    """
    if identity.state is State.REMOVED:
        return unknown(identity.subject)
    within_minute = [at for at in requests.taken_at if moment.now - at < MINUTE]
    if len(within_minute) >= LOOKS_PER_MINUTE:
        message = f"This domain was asked for {LOOKS_PER_MINUTE} times within a minute. Please wait a little."
        return Refused(code=RequestCode.RATE_LIMITED, message=message, retry_at=within_minute[0] + MINUTE)
    if identity.state in RESUMABLE:
        return resume(identity, window, moment, due_at=moment.now)
    if restarts(identity, requests):
        identity = replace(identity, acted_at=moment.now)
    return Step(identity=identity, progress=progress, due_at=moment.now)


def restarts(identity: Identity, requests: Requests) -> bool:
    """Whether one more request starts the fast part of the schedule again."""
    return identity.state is State.PENDING and requests.restarts < RESTARTS_PER_DAY


def remove(identity: Identity) -> Step | Refused:
    """End a life. Its tokens stay tombstoned for ever."""
    if identity.state is State.REMOVED:
        return unknown(identity.subject)
    removed = replace(identity, state=State.REMOVED)
    return Step(identity=removed, news=(News.REMOVED,))


def unknown(subject: str) -> Refused:
    """The refusal of a request for an identity that does not exist, or no more."""
    message = f"This account has no domain {subject[:253]}."
    return Refused(code=RequestCode.DOMAIN_UNKNOWN, message=message)


def _first_look(identity: Identity, moment: Moment) -> datetime:
    return moment.now if identity.proof.records else identity.last_look_at
