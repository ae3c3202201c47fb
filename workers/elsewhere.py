"""Tells the other accounts that registered a domain when one of them has proven it.

Law: in the transaction that makes it true. Nothing changes for the others but what they know, and
what they are told names nothing of the account that proved it.
"""

from collections.abc import Sequence
from typing import Final

from domain.identity import Domain, Identity, Kind, Route
from domain.lifecycle import News, Step
from domain.ports import Looked, Stamped
from domain.unit_of_work import UnitOfWork
from events.announce import Telling, announce

CLAIMED: Final = (News.CLAIMED_ELSEWHERE,)


def tell_others(looked: Sequence[Looked], source: str, work: UnitOfWork) -> None:
    """Announce `domain.claimed_elsewhere` for each domain that was proven by DNS in these looks."""
    proven = [look for look in looked if News.VERIFIED in look.step.news and _by_dns(look.step.identity)]
    if not proven:
        return
    pairs = [(look.step.identity.subject, look.step.identity.account) for look in proven]
    others = work.identities.others(Kind.DOMAIN, pairs)
    if others:
        _tell(others, proven, source, work)


def _by_dns(identity: Identity) -> bool:
    return isinstance(identity, Domain) and identity.route is Route.CLOUD


def _tell(others: Sequence[Identity], proven: Sequence[Looked], source: str, work: UnitOfWork) -> None:
    told = {other.id: other for other in others}
    events: list[Stamped] = []
    for look in proven:
        for other in others:
            if other.subject == look.step.identity.subject and other.account != look.step.identity.account:
                step = Step(identity=told[other.id], rescheduled=False, news=CLAIMED)
                told[other.id], said = announce(step, Telling(source=source, at=look.at))
                events.extend(said)
    work.identities.save(tuple(told.values()), {other.id: other.version for other in others})
    work.outbox.add(events)
