"""The addresses that one unit of work changes: locked and read together, written and told together.

Law: steps of one address in one unit of work build on each other, and it is written once, over what was read.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from domain.identity import Address
from domain.lifecycle import Step
from domain.mailing import PlannedNotice
from domain.unit_of_work import UnitOfWork
from events.announce import Telling, announce

if TYPE_CHECKING:
    from domain.ports import Stamped


class AddressBook:
    """Some addresses as they are by now."""

    def __init__(
        self,
        ids: Collection[str],
        work: UnitOfWork,
        source: str,
        plan: Callable[[Step, datetime], tuple[PlannedNotice, ...]],
    ) -> None:
        """Lock them until the end of `work`. `source` is our name; `plan` says what the contact gets."""
        self._work = work
        self._source = source
        self._plan = plan
        found = work.identities.find(ids)
        self._read = {one.id: one for one in found.values() if isinstance(one, Address)}
        self._now = dict(self._read)
        self._placed: dict[str, Step] = {}
        self._events: list[Stamped] = []
        self._notices: list[PlannedNotice] = []

    def get(self, address_id: str | None) -> Address | None:
        """An address with all steps so far; None where there is none."""
        return None if address_id is None else self._now.get(address_id)

    def take(self, step: Step) -> None:
        """Take a step, and the news of it."""
        at = self._work.now
        told, events = announce(step, Telling(source=self._source, at=at))
        assert isinstance(told, Address)
        self._now[told.id] = told
        if step.rescheduled:
            self._placed[told.id] = step
        self._events += events
        self._notices += self._plan(step, at)

    def write(self) -> None:
        """Write what changed, and what is told of it."""
        changed = [one for one in self._now.values() if one != self._read[one.id]]
        self._work.identities.save(changed, {one.id: one.version for one in changed})
        self._work.schedule.put(list(self._placed.values()))
        self._work.outbox.add(self._events)
        self._work.notices.plan(self._notices)
