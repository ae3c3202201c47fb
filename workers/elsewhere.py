"""Tells the other accounts that registered a domain when one of them has proven it.

Law: in the transaction that makes it true. Nothing changes for the others but what they know, and
what they are told names nothing of the account that proved it.
"""

from collections.abc import Sequence
from typing import Final

from domain.identity import Identity, Route
from domain.lifecycle import News, Step
from domain.ports import Looked, Stamped, UnitOfWork
from events.announce import Telling, announce

CLAIMED: Final = (News.CLAIMED_ELSEWHERE,)


def tell_others(looked: Sequence[Looked], source: str, work: UnitOfWork) -> None:
    """Announce `domain.claimed_elsewhere` for each domain that was proven by DNS in these looks."""
    for look in looked:
        if News.VERIFIED in look.step.news and look.step.identity.route is Route.CLOUD:
            _tell(look, source, work)


def _tell(look: Looked, source: str, work: UnitOfWork) -> None:
    told: list[Identity] = []
    events: list[Stamped] = []
    others = work.identities.others(look.step.identity)
    for other in others:
        step = Step(identity=other, rescheduled=False, news=CLAIMED)
        identity, stamped = announce(step, Telling(source=source, at=look.at))
        told.append(identity)
        events.extend(stamped)
    work.identities.save(told, {other.id: other.version for other in others})
    work.outbox.add(events)
