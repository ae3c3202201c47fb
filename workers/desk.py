"""Holds the identities of one batch, as they become while its requests are served, and writes what is to be written.

It lives as long as one unit of work. What a request does is decided in the domain; see `domain_desk.py` and
`address_desk.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from domain.identity import Address, Cause, Domain, Identity, Progress, State
from domain.lifecycle import Step
from domain.mailing import PlannedMail
from domain.ports import Stamped, SubjectKey
from domain.registration import Requests
from domain.schedule import Moment
from domain.secrets import Secret, SecretPlace
from domain.unit_of_work import UnitOfWork
from events.announce import Telling, announce
from workers.tools import Tools


class Desk:
    """What the requests of one batch work on."""

    def __init__(self, work: UnitOfWork, tools: Tools, subjects: Collection[SubjectKey]) -> None:
        """Read and lock the identities that the requests are about."""
        self.work = work
        self.tools = tools
        self.moment = Moment(work.now)
        self._subjects = subjects
        self.begin_again()

    def begin_again(self) -> None:
        """Read the identities as they are in the database now; nothing is to be written."""
        self._identities = dict(self.work.identities.current(self._subjects))
        self._before = {identity.id: identity for identity in self._identities.values()}
        self._requests: dict[str, Requests] = {}
        self._changed: dict[str, Identity] = {}
        self._steps: dict[str, Step] = {}
        self._events: list[Stamped] = []
        self._asked: list[tuple[str, Cause, bool]] = []
        self._mails: list[PlannedMail] = []
        self._unlinked: list[str] = []
        self._secrets: dict[SecretPlace, Secret] = {}
        self._dropped: list[SecretPlace] = []
        self._forgotten: list[str] = []
        self._revoked: list[str] = []

    def known(self, key: SubjectKey) -> Identity | None:
        """The newest generation of an identity, as the requests before this one left it."""
        return self._identities.get(key)

    def apply(self, key: SubjectKey, step: Step, cause: Cause) -> Identity:
        """Take over a step: its identity, its place in the schedule, its events."""
        if step.opens_window and step.identity.opened_by != cause:
            step = replace(step, identity=replace(step.identity, opened_by=cause))
        identity, events = announce(step, self.telling(cause))
        self.keep(key, identity, events)
        if step.rescheduled:
            self._steps[identity.id] = step
        return identity

    def keep(self, key: SubjectKey, identity: Identity, events: Sequence[Stamped]) -> None:
        """Take over an identity, and what is said of it."""
        self._events.extend(events)
        if identity != self._identities.get(key):
            self._changed[identity.id] = identity
        self._identities[key] = identity

    def tell(self, events: Sequence[Stamped]) -> None:
        """Add events that are about no identity."""
        self._events.extend(events)

    def mail(self, planned: PlannedMail) -> None:
        """Plan a mail with a link."""
        self._mails.append(planned)

    def unlink(self, address_id: str) -> None:
        """End the links of an address."""
        self._unlinked.append(address_id)

    def keep_secret(self, place: SecretPlace, secret: Secret) -> None:
        """Lock a secret away."""
        self._secrets[place] = secret

    def drop_secret(self, place: SecretPlace) -> None:
        """Forget one secret."""
        self._secrets.pop(place, None)
        self._dropped.append(place)

    def forget_secrets(self, identity_id: str) -> None:
        """Forget every secret of an identity."""
        self._secrets = {
            place: one for place, one in self._secrets.items() if place.identity_id != identity_id
        }
        self._forgotten.append(identity_id)

    def revoke_keys(self, domain: Identity) -> None:
        """Let go of the DKIM keys of a domain that is removed."""
        self.forget_secrets(domain.id)
        self._revoked.append(domain.id)

    def telling(self, cause: Cause) -> Telling:
        """The circumstances of what is told because of an event."""
        return Telling(source=self.tools.rules.source, at=self.moment.now, cause=cause)

    def requests_of(self, identity: Identity) -> Requests:
        """The looks that were asked for lately."""
        if identity.id not in self._requests:
            found = self.work.identities.requests([identity.id])
            self._requests[identity.id] = found.get(identity.id, Requests())
        return self._requests[identity.id]

    def ask(self, identity: Identity, cause: Cause, *, restarted: bool) -> None:
        """Remember a look that was asked for."""
        asked = self.requests_of(identity)
        taken_at = (*asked.taken_at, self.moment.now)
        self._requests[identity.id] = Requests(taken_at, asked.restarts + restarted)
        self._asked.append((identity.id, cause, restarted))

    def progress_of(self, identity: Identity) -> Progress:
        """Where the looks of an identity stand."""
        if identity.id in self._steps:
            return self._steps[identity.id].progress
        return self.work.identities.progress([identity.id]).get(identity.id, Progress())

    def addresses_of(self, domain: Domain) -> int:
        """How many addresses a domain has by now."""
        changes = [
            _is_one(after, domain) - _is_one(self._before.get(after.id), domain)
            for after in self._changed.values()
        ]
        return self.work.identities.addresses_of(domain.id) + sum(changes)

    def write(self) -> None:
        """Hand everything to the unit of work."""
        read = {identity.id: identity.version for identity in self._before.values()}
        made = [identity for identity in self._changed.values() if identity.id not in read]
        kept = [identity for identity in self._changed.values() if identity.id in read]
        self.work.identities.add(made)
        self.work.identities.save(kept, read)
        for identity in kept:
            if identity.challenge != self._before[identity.id].challenge:
                self.work.identities.issue(identity)
        for identity_id, cause, restarted in self._asked:
            self.work.identities.add_request(identity_id, cause, restarted=restarted)
        self.work.schedule.put(tuple(self._steps.values()))
        self.work.outbox.add(self._events)
        self.work.confirmations.plan(self._mails)
        self.work.confirmations.forget(self._unlinked)
        for domain_id in sorted(self._revoked):  # behind the schedule: a look may just have begun them
            self.work.dkim.remove(domain_id)
        for identity_id in self._forgotten:
            self.work.secrets.drop_all(identity_id)
        for place in self._dropped:
            self.work.secrets.drop(place)
        for place, secret in self._secrets.items():
            self.work.secrets.put(place, secret)


def _is_one(identity: Identity | None, domain: Domain) -> bool:
    """Whether it is an address of this domain."""
    return (
        isinstance(identity, Address)
        and identity.domain_id == domain.id
        and identity.state is not State.REMOVED
    )
