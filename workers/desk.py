"""Serves the requests of one batch over the identities that they are about, and keeps what is to be written.

It lives as long as one unit of work. What a request does is decided in `domain/registration.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from domain.challenge import Challenge, dkim_challenge
from domain.identity import Cause, Contact, Identity, Kind, Progress, Route, State
from domain.lifecycle import Step
from domain.names import DomainName, Refusal, parse_domain
from domain.ports import EventKey, Stamped, SubjectKey, UnitOfWork
from domain.registration import (
    NewLife,
    Refused,
    Registration,
    Requests,
    is_eligible,
    look_again,
    not_eligible,
    register,
    register_again,
    remove,
    restarts,
    unknown,
)
from domain.schedule import Moment
from events.announce import Telling, announce, announce_refusal
from events.catalogue import DomainRegistered
from workers.tools import Tools


class Desk:
    """The identities of one batch, as they become while it is served."""

    def __init__(self, work: UnitOfWork, tools: Tools, subjects: Collection[SubjectKey]) -> None:
        self._work = work
        self._tools = tools
        self._moment = Moment(work.now)
        self._identities = dict(work.identities.current(subjects))
        self._read = {identity.id: identity.version for identity in self._identities.values()}
        self._requests: dict[str, Requests] = {}
        self._changed: dict[str, Identity] = {}
        self._steps: dict[str, Step] = {}
        self._events: list[Stamped] = []
        self._asked: list[tuple[str, Cause, bool]] = []

    def register(self, wanted: DomainRegistered, event: EventKey) -> None:
        """Register a domain, for the first time or again; or say with `domain.refused` why not."""
        cause = Cause(id=event.id, source=event.source)
        name = self._judge(wanted)
        if not isinstance(name, DomainName):
            self._events.append(announce_refusal(wanted, name, event, self._telling(cause)))
            return
        key = SubjectKey(kind=Kind.DOMAIN, account=wanted.account, subject=name.ascii)
        known = self._identities.get(key)
        registration = _registration(name, wanted)
        if known is None or known.state is State.REMOVED:
            life = self._new_life(registration, known, cause)
            step = register(registration, life, self._tools.rules.window, self._moment)
        else:
            step = register_again(known, registration, self._tools.rules.window, self._moment)
        self._apply(key, step, cause)

    def look_again(self, key: SubjectKey, cause: Cause) -> Refused | None:
        """The owner asks for a look now; the next look that is written answers with `domain.checked`."""
        known = self._identities.get(key)
        if known is None:
            return unknown(key.subject)
        asked = self._requests_of(known)
        progress = self._progress_of(known)
        step = look_again(known, progress, asked, self._tools.rules.window, self._moment)
        if isinstance(step, Refused):
            return step
        restarted = restarts(known, asked)
        self._requests[known.id] = Requests((*asked.taken_at, self._moment.now), asked.restarts + restarted)
        self._asked.append((known.id, cause, restarted))
        self._apply(key, step, cause)
        return None

    def remove(self, key: SubjectKey, cause: Cause) -> Refused | None:
        """End the life of a registration."""
        known = self._identities.get(key)
        step = unknown(key.subject) if known is None else remove(known)
        if isinstance(step, Refused):
            return step
        self._apply(key, step, cause)
        return None

    def tell(self, events: Sequence[Stamped]) -> None:
        """Add events that are about no identity."""
        self._events.extend(events)

    def write(self) -> None:
        """Hand everything to the unit of work."""
        made = [identity for identity in self._changed.values() if identity.id not in self._read]
        kept = [identity for identity in self._changed.values() if identity.id in self._read]
        self._work.identities.add(made)
        self._work.identities.save(kept, self._read)
        self._work.schedule.put(tuple(self._steps.values()))
        self._work.outbox.add(self._events)
        for identity_id, cause, restarted in self._asked:
            self._work.identities.add_request(identity_id, cause, restarted=restarted)

    def _judge(self, wanted: DomainRegistered) -> DomainName | Refused | Refusal:
        if not is_eligible(wanted.plan, self._tools.rules.plans):
            return not_eligible(wanted.plan)
        return parse_domain(wanted.domain, self._tools.rules.names)

    def _new_life(self, wanted: Registration, before: Identity | None, cause: Cause) -> NewLife:
        zone = self._tools.rules.dkim_zone
        challenge = Challenge()
        if wanted.route is Route.CLOUD and zone is not None:
            challenge = dkim_challenge(wanted.subject, self._tools.new_tokens(), zone)
        return NewLife(
            id=self._tools.new_id(),
            generation=before.generation + 1 if before else 1,
            challenge=challenge,
            opened_by=cause,
        )

    def _apply(self, key: SubjectKey, step: Step, cause: Cause) -> None:
        """Take over a step: its identity, its place in the schedule, its events."""
        known = self._identities.get(key)
        if step.opens_window and step.identity.opened_by != cause:
            step = replace(step, identity=replace(step.identity, opened_by=cause))
        identity, events = announce(step, self._telling(cause))
        self._events.extend(events)
        self._identities[key] = identity
        if identity != known:
            self._changed[identity.id] = identity
        if step.rescheduled:
            self._steps[identity.id] = step

    def _telling(self, cause: Cause) -> Telling:
        return Telling(source=self._tools.rules.source, at=self._moment.now, cause=cause)

    def _requests_of(self, identity: Identity) -> Requests:
        if identity.id not in self._requests:
            found = self._work.identities.requests([identity.id])
            self._requests[identity.id] = found.get(identity.id, Requests())
        return self._requests[identity.id]

    def _progress_of(self, identity: Identity) -> Progress:
        if identity.id in self._steps:
            return self._steps[identity.id].progress
        return self._work.identities.progress([identity.id]).get(identity.id, Progress())


def _registration(name: DomainName, wanted: DomainRegistered) -> Registration:
    contact = wanted.contact
    return Registration(
        account=wanted.account,
        subject=name.ascii,
        plan=wanted.plan,
        route=wanted.route,
        contact=Contact(email=contact.email, locale=contact.locale) if contact else None,
    )
