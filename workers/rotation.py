"""Sees to the DKIM keys of domains: makes what is missing, lets our zone have what it must, follows what was seen.

Law: no transaction is open while a key is made or our servers are asked. A key is in the vault before it is published.
What a visit did and could not write, the next one finds, and does nothing twice that matters.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from domain.dkim_keys import Algorithm, DkimKey, DkimPair, KeyState, Sighting
from domain.dkim_ports import AwaitedPair, MadeKey, OwnZone, Visited, place_of
from domain.dkim_rotation import (
    RotationRules,
    add_key,
    advance,
    fault_of,
    is_over,
    next_visit,
    owes,
    vacancy,
    was_changed,
)
from domain.ports import NotReachable, Ticket
from domain.schedule import Moment
from domain.sentences import Code
from domain.unit_of_work import UnitOfWork
from workers.apart import AGAIN_AFTER

log = structlog.get_logger()

MAY_SIGN: Final = frozenset({KeyState.MADE, KeyState.PUBLISHED, KeyState.ACTIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotating:
    """What it takes. `turned` is told every state that a key comes into, `changed` what others changed in our zone."""

    unit_of_work: Callable[[], AbstractContextManager[UnitOfWork]]
    zone: OwnZone
    make: Callable[[Algorithm], MadeKey]
    rules: RotationRules
    dice: Callable[[], float]
    turned: Callable[[KeyState], None]
    changed: Callable[[Code], None]


def rotate(tickets: Sequence[Ticket], rotating: Rotating) -> None:
    """Visit each pair whose token is still awaited; one that we stumble over is visited apart, and counted."""
    try:
        _visit(sorted(tickets, key=lambda ticket: ticket.id), rotating)
    except NotReachable:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours with one pair; the others go on
        if len(tickets) > 1:
            for ticket in tickets:
                rotate([ticket], rotating)
            return
        log.error("keys.failed", pair=tickets[0].id, error=type(error).__name__)  # noqa: TRY400 - no traceback
        with rotating.unit_of_work() as work:
            work.schedule.failed(tickets[0], again_after=AGAIN_AFTER)
            work.commit()


def _visit(tickets: Sequence[Ticket], rotating: Rotating) -> None:
    with rotating.unit_of_work() as work:
        awaited, now = work.dkim.awaited(tickets), work.now
    if len(awaited) < len(tickets):
        log.info("keys.not_awaited", count=len(tickets) - len(awaited))
    furnished = _furnish(awaited, rotating, now)
    if furnished:
        _write(furnished, _settle(furnished, awaited, rotating, now), rotating)


def _furnish(awaited: Sequence[AwaitedPair], rotating: Rotating, now: datetime) -> Sequence[AwaitedPair]:
    """Make the keys that are due, and lock them away; answer the pairs with them."""
    made = {
        one.pair.id: (place, rotating.make(place.algorithm))
        for one in awaited
        if (place := vacancy(one.pair, rotating.rules, now, proven=one.proven)) is not None
    }
    if not made:
        return awaited
    furnished: list[AwaitedPair] = []
    with rotating.unit_of_work() as work:
        for one in awaited:
            if one.pair.id not in made:
                furnished.append(one)
                continue
            place, key = made[one.pair.id]
            pair = add_key(one.pair, place, key.public, work.now)
            if work.dkim.keep(one, pair):
                work.secrets.put(place_of(pair, pair.made), key.private)
                gone = one.pair.at(place.selector)
                if gone is not None and gone.state in MAY_SIGN:
                    work.secrets.drop(place_of(pair, gone.number))
                furnished.append(replace(one, pair=pair))
        work.commit()
    for _ in made:
        rotating.turned(KeyState.MADE)
    return furnished


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """What all our servers show, and the pairs of which something was changed for it."""

    seen: Sighting
    changed: frozenset[str] = frozenset()


def _settle(
    pairs: Sequence[AwaitedPair], before: Sequence[AwaitedPair], rotating: Rotating, now: datetime
) -> _Settled:
    """Let our zone have what it must, where it has not. A key that was just made is nowhere: nobody is asked first."""
    read = {one.pair.id: one.pair.made for one in before}
    known = [one.pair for one in pairs if one.pair.made == read[one.pair.id]]
    seen = rotating.zone.look([name for pair in known for name in pair.records])
    lacking = [pair for pair in known if owes(pair, seen)]
    for pair in lacking:
        _tell_fault(pair, seen, rotating, now)
    owing = [*lacking, *(one.pair for one in pairs if one.pair.made != read[one.pair.id])]
    if not owing:
        return _Settled(seen=seen)
    taken = _publish(owing, rotating.zone)
    if not taken:
        return _Settled(seen=seen)
    again = rotating.zone.look([name for pair in taken for name in pair.records])
    longest = max(seen.negative_ttl, again.negative_ttl)
    return _Settled(
        seen=Sighting(told={**seen.told, **again.told}, negative_ttl=longest),
        changed=frozenset(pair.id for pair in taken),
    )


def _tell_fault(pair: DkimPair, seen: Sighting, rotating: Rotating, now: datetime) -> None:
    """What is wrong with our zone: that somebody changed it, or that it never had, or has not yet, what it must."""
    code = fault_of(pair, seen, now)
    if code is None:
        return
    if was_changed(pair, seen):
        log.error("zone.changed", domain=pair.domain_id, code=code.value)
        rotating.changed(code)
    else:
        log.error("zone.faulty", domain=pair.domain_id, code=code.value)


def _publish(pairs: Sequence[DkimPair], zone: OwnZone) -> Sequence[DkimPair]:
    """Let our zone have what these must, in one change; answer those of which it has it now.

    Where that is refused, and one name among them may be why, each pair has a change of its own.
    """
    refused = zone.publish({name: record for pair in pairs for name, record in pair.records.items()})
    if refused is None:
        return pairs
    if len(pairs) > 1 and refused.for_a_name:
        return _publish_each(pairs, zone)
    log.error("zone.not_changed", why=refused.why, domains=[pair.domain_id for pair in pairs])
    return ()


def _publish_each(pairs: Sequence[DkimPair], zone: OwnZone) -> Sequence[DkimPair]:
    """One that is refused keeps no other waiting. A server that is silent, or takes none, is not asked for the rest."""
    taken: list[DkimPair] = []
    for pair in pairs:
        refused = zone.publish(pair.records)
        if refused is None:
            taken.append(pair)
            continue
        log.error("zone.not_changed", why=refused.why, domains=[pair.domain_id])
        if not refused.for_a_name:
            break
    return taken


def _write(visited: Sequence[AwaitedPair], settled: _Settled, rotating: Rotating) -> None:
    """Write what came of it. Who changed our zone, and was overtaken meanwhile, may have changed it back."""
    moved: list[tuple[DkimPair, DkimPair]] = []
    with rotating.unit_of_work() as work:
        for one in visited:
            after = advance(one.pair, settled.seen, rotating.rules, work.now)
            if _write_one(one, after, settled.seen, rotating, work):
                moved.append((one.pair, after))
            elif one.pair.id in settled.changed:
                work.dkim.hurry(one.pair.id)
        work.commit()
    for before, after in moved:
        _tell(before, after, rotating)


def _write_one(
    one: AwaitedPair, after: DkimPair, seen: Sighting, rotating: Rotating, work: UnitOfWork
) -> bool:
    """Write what a visit came to; answer whether it was still awaited."""
    if is_over(after) and all(seen.shows(name, None) for name in after.records):
        return work.dkim.end(one)
    due_at = next_visit(after, rotating.rules, seen.negative_ttl, Moment(work.now, rotating.dice()))
    if _has_more(one, after, rotating.rules, work.now):
        due_at = work.now
    if not work.dkim.write(Visited(before=one, pair=after, due_at=due_at)):
        return False
    for key in after.keys:
        if key.state not in MAY_SIGN and key.state is not _before(one.pair, key).state:
            work.secrets.drop(place_of(after, key.number))
    return True


def _has_more(one: AwaitedPair, after: DkimPair, rules: RotationRules, now: datetime) -> bool:
    """Whether there is something to be done at once: a record to be changed, a key to be made."""
    return after.records != one.pair.records or vacancy(after, rules, now, proven=one.proven) is not None


def _before(pair: DkimPair, key: DkimKey) -> DkimKey:
    return next(one for one in pair.keys if one.number == key.number)


def _tell(before: DkimPair, after: DkimPair, rotating: Rotating) -> None:
    """What became of keys."""
    for key in after.keys:
        if key.state is not _before(before, key).state:
            log.info("key.turned", domain=after.domain_id, key=key.number, state=key.state.value)
            rotating.turned(key.state)
    if before.fault is not None and after.fault is None:
        log.info("zone.sound", domain=after.domain_id)
