"""The life of DKIM keys: made, published, active, rotated, emptied, gone.

Law: a key signs only after all our own servers were seen to have it for as long as a resolver may say otherwise; one
that signed stays published until its signatures are over; one RSA key at most is active, and every mail has its
signature. An Ed25519 key only signs beside it, at the selector that rests, and makes room in time for the next RSA key;
where somebody asks for that, at once. Every step only follows what was seen and what was decided before, so that it may
be interrupted and made again at any point. This is the only file in which a key changes state; time comes in as an
argument.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.dkim_keys import Algorithm, DkimKey, DkimPair, KeyState, Sighting, Vacancy
from domain.schedule import Moment
from domain.sentences import Code

SIGNATURE_LIFE: Final = timedelta(days=7)  # the longest `x=` that we sign with
CACHED: Final = timedelta(seconds=60)  # for as long a signer may go on with a key that it knows
EMPTY_FOR: Final = timedelta(days=30)
ROOM: Final = (
    SIGNATURE_LIFE + CACHED + timedelta(days=1)
)  # before a rotation, the selector that rests is left alone
WATCH: Final = timedelta(days=1)

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
SHARE_OF_WAIT: Final = 0.1
GRACE: Final = timedelta(minutes=10)  # for a change to reach all our servers, before it is a fault

WAITING: Final = frozenset({KeyState.MADE, KeyState.PUBLISHED})
OVER: Final = frozenset({KeyState.EMPTIED, KeyState.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRules:
    """What the operator decided: the TTL of our records, for how long a key signs, and whether Ed25519 signs beside."""

    ttl: timedelta
    every: timedelta
    beside: bool = False


def vacancy(pair: DkimPair, rules: RotationRules, now: datetime, *, proven: bool) -> Vacancy | None:
    """The key that is to be made now; None where none is.

    The first one as soon as there is a pair; later ones for a domain that is `proven`, when the active key is old, or
    somebody asked. The other selector must be free: what its last key signed is over. Where it is not needed for long,
    an Ed25519 key may have it.
    """
    if pair.removed or _is_waiting(pair):
        return None
    active = pair.active
    old = active is None or (
        proven and active.active_at is not None and now >= active.active_at + rules.every
    )
    if old or pair.asked_at is not None:
        free = next((selector for selector in (0, 1) if _is_free(pair, selector)), None)
        return None if free is None else Vacancy(free, Algorithm.RSA)
    if not proven or not _may_be_beside(pair, rules, now):
        return None
    free = next((selector for selector in (0, 1) if _is_over(pair.at(selector))), None)
    return None if free is None else Vacancy(free, Algorithm.ED25519)


def add_key(pair: DkimPair, place: Vacancy, public_key: str, now: datetime) -> DkimPair:
    """A new key for a free selector; what was asked for is begun."""
    selector, algorithm = place
    made = DkimKey(number=pair.made + 1, selector=selector, public_key=public_key, made_at=now)
    key = replace(made, algorithm=algorithm)
    others = tuple(one for one in pair.keys if one.selector != selector)
    return replace(pair, keys=(*others, key), made=key.number, asked_at=None)


def ask(pair: DkimPair, now: datetime) -> DkimPair:
    """Somebody wants a new key; one that is on its way already is new."""
    if pair.removed or pair.asked_at is not None or _is_waiting(pair):
        return pair
    return replace(pair, asked_at=now)


def remove(pair: DkimPair, now: datetime) -> DkimPair:
    """The domain is removed: every key is revoked at once."""
    keys = tuple(key if key.state in OVER else _revoked(key, now) for key in pair.keys)
    return replace(pair, keys=keys, removed=True, asked_at=None)


def advance(pair: DkimPair, seen: Sighting, rules: RotationRules, now: datetime) -> DkimPair:
    """Follow what was seen just before `now`, and the time that has passed."""
    wait = max(rules.ttl, seen.negative_ttl)
    keys = tuple(_followed(key, seen.shows(pair.targets[key.selector], key.record), now) for key in pair.keys)
    if not _may_be_beside(pair, rules, now):
        keys = tuple(_retired(key, now) for key in keys)
    ready = next((key for key in keys if _is_ready(key, wait, now)), None)
    if ready is not None:
        keys = tuple(_turned(key, ready, now) for key in keys)
    moved = replace(pair, keys=keys)
    return replace(moved, fault=fault_of(pair, seen, now))


def is_over(pair: DkimPair) -> bool:
    """Whether nothing is left to be done for a removed domain."""
    return pair.removed and all(key.state is KeyState.GONE for key in pair.keys)


def owes(pair: DkimPair, seen: Sighting) -> bool:
    """Whether something else stands in our zone than should."""
    return any(seen.lacks(name, record) for name, record in pair.records.items())


def fault_of(pair: DkimPair, seen: Sighting, now: datetime) -> Code | None:
    """What is wrong with our zone; a change has its time to arrive."""
    lacking = [key for key in pair.keys if _should_stand(key, now) and _is_lacking(pair, key, seen)]
    if not lacking:
        return None
    bare = any(key.record is not None and seen.is_bare(pair.targets[key.selector]) for key in lacking)
    return Code.TARGET_UNPUBLISHED if bare else Code.KEY_MISMATCH


def was_changed(pair: DkimPair, seen: Sighting) -> bool:
    """Whether what all our servers were seen to have is there no more, and was so when it was last looked at."""
    return pair.fault is None and any(_stood(key) and _is_lacking(pair, key, seen) for key in pair.keys)


def next_visit(pair: DkimPair, rules: RotationRules, wait: timedelta, moment: Moment) -> datetime:
    """When to see to the pair again: when something is to be decided, soon where something is awaited, else daily."""
    watch = moment.now + WATCH * (1 - SHARE_OF_WAIT * moment.jitter)
    dues = [_due(key, rules, max(rules.ttl, wait), moment.now) for key in pair.keys]
    dues += [_soon(key.gone_at, moment.now) for key in pair.keys if pair.removed and key.gone_at is not None]
    if pair.fault is not None:
        dues.append(moment.now + LONGEST_PAUSE)
    return max(min([watch, *(due for due in dues if due is not None and due > moment.now)]), moment.now)


def _due(key: DkimKey, rules: RotationRules, wait: timedelta, now: datetime) -> datetime | None:
    """When a key turns into its next state; soon where that waits for what our servers show."""
    lasts = {
        KeyState.PUBLISHED: (key.seen_at, wait),
        KeyState.ACTIVE: (key.active_at, rules.every),
        KeyState.ROTATED: (key.rotated_at, SIGNATURE_LIFE + CACHED),
        KeyState.EMPTIED: (key.emptied_at, EMPTY_FOR),
    }
    since, lasting = lasts.get(key.state, (None, EMPTY_FOR))
    if since is not None:
        return since + lasting
    awaited_since = {KeyState.MADE: key.made_at, KeyState.EMPTIED: key.revoked_at}.get(key.state)
    return None if awaited_since is None else _soon(awaited_since, now)


def _soon(since: datetime, now: datetime) -> datetime:
    """After a tenth of the time already waited."""
    return now + min(max((now - since) * SHARE_OF_WAIT, FIRST_PAUSE), LONGEST_PAUSE)


def _followed(key: DkimKey, shown: bool, now: datetime) -> DkimKey:  # noqa: FBT001 - read by its name in one place
    """The key after a sighting, short of becoming active."""
    match key:
        case DkimKey(state=KeyState.MADE) if shown:
            return replace(key, state=KeyState.PUBLISHED, seen_at=now)
        case DkimKey(state=KeyState.PUBLISHED) if not shown:
            return replace(key, state=KeyState.MADE, seen_at=None)  # the wait begins anew
        case DkimKey(state=KeyState.ROTATED, rotated_at=datetime() as since):
            return _revoked(key, now) if now >= since + SIGNATURE_LIFE + CACHED else key
        case DkimKey(state=KeyState.EMPTIED, emptied_at=None):
            return replace(key, emptied_at=now) if shown else key
        case DkimKey(state=KeyState.EMPTIED, emptied_at=datetime() as since) if now >= since + EMPTY_FOR:
            return replace(key, state=KeyState.GONE, gone_at=now)
        case _:
            return key


def _is_ready(key: DkimKey, wait: timedelta, now: datetime) -> bool:
    return key.state is KeyState.PUBLISHED and key.seen_at is not None and now >= key.seen_at + wait


def _turned(key: DkimKey, ready: DkimKey, now: datetime) -> DkimKey:
    """The keys as one begins to sign: the one before signs no more."""
    if key is ready:
        return replace(key, state=KeyState.ACTIVE, active_at=now)
    if key.state is not KeyState.ACTIVE or key.algorithm is not ready.algorithm:
        return key
    return _rotated(key, now)


def _retired(key: DkimKey, now: datetime) -> DkimKey:
    """An Ed25519 key as it makes room: one that never signed is revoked, one that signs signs no more."""
    if key.algorithm is not Algorithm.ED25519:
        return key
    if key.state in WAITING:
        return _revoked(key, now)
    return _rotated(key, now) if key.state is KeyState.ACTIVE else key


def _rotated(key: DkimKey, now: datetime) -> DkimKey:
    return replace(key, state=KeyState.ROTATED, rotated_at=now)


def _is_waiting(pair: DkimPair) -> bool:
    """Whether an RSA key is on its way."""
    return any(key.state in WAITING and key.algorithm is Algorithm.RSA for key in pair.keys)


def _is_over(key: DkimKey | None) -> bool:
    return key is None or key.state in OVER


def _is_free(pair: DkimPair, selector: int) -> bool:
    """Whether an RSA key may have a selector. Who asked waits for no Ed25519 key: its mails have another signature."""
    key = pair.at(selector)
    yields = key is not None and key.algorithm is Algorithm.ED25519 and pair.asked_at is not None
    return yields or _is_over(key)


def _may_be_beside(pair: DkimPair, rules: RotationRules, now: datetime) -> bool:
    """Whether an Ed25519 key has a place: an RSA key signs, and its successor does not need the selector soon."""
    active = pair.active
    if not rules.beside or active is None or active.active_at is None:
        return False
    return now < active.active_at + rules.every - ROOM


def _revoked(key: DkimKey, now: datetime) -> DkimKey:
    return replace(key, state=KeyState.EMPTIED, revoked_at=now)


def _is_lacking(pair: DkimPair, key: DkimKey, seen: Sighting) -> bool:
    return seen.lacks(pair.targets[key.selector], key.record)


def _stood(key: DkimKey) -> bool:
    """Whether the record of a key was seen at its place. Of one that is gone nobody looks whether it went."""
    if key.state is KeyState.EMPTIED:
        return key.emptied_at is not None
    return key.state not in {KeyState.MADE, KeyState.GONE}


def _should_stand(key: DkimKey, now: datetime) -> bool:
    match key:
        case DkimKey(state=KeyState.MADE):
            return now >= key.made_at + GRACE
        case DkimKey(state=KeyState.EMPTIED, revoked_at=datetime() as since):
            return now >= since + GRACE
        case DkimKey(state=KeyState.GONE, gone_at=datetime() as since):
            return now >= since + GRACE
        case _:
            return True
