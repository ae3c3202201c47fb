"""Whatever happens to servers, updates, visits and processes: what signs can be verified."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.dkim_keys import Algorithm, DkimPair, KeyState, Sighting, Told
from domain.dkim_rotation import (
    CACHED,
    EMPTY_FOR,
    SIGNATURE_LIFE,
    RotationRules,
    add_key,
    advance,
    ask,
    is_over,
    next_visit,
    remove,
    vacancy,
)
from domain.schedule import Moment
from tests.domain.building import START

RULES = RotationRules(ttl=timedelta(minutes=5), every=timedelta(days=90))
NEGATIVE = timedelta(minutes=7)
WAIT = max(RULES.ttl, NEGATIVE)
TARGETS = ("sg1-a.dkim.example", "sg2-b.dkim.example")


@dataclass
class Server:
    """One of our name servers: what it holds, since when, and whether it answers."""

    zone: dict[str, str] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    answers: bool = True

    def put(self, records: dict[str, str | None], now: datetime) -> None:
        for name, record in records.items():
            if self.zone.get(name) != record:
                self.since[name] = now
            if record is None:
                self.zone.pop(name, None)
            else:
                self.zone[name] = record


class Keys(RuleBasedStateMachine):
    """A primary and a secondary that lags behind, visits that may be lost half-way, and time."""

    decided = RULES

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.pair = DkimPair(id="p", domain_id="d", account="a", targets=TARGETS)
        self.primary, self.secondary = Server(), Server()
        self.changed: dict[str, str | None] = {}
        self.signed: dict[int, tuple[str, datetime]] = {}  # by key: its record, and its last signature

    def look(self) -> Sighting:
        servers = {"1": self.primary, "2": self.secondary}
        return Sighting(
            told={
                name: tuple(
                    Told(
                        server=key,
                        texts=None if not one.answers else (one.zone[name],) if name in one.zone else (),
                    )
                    for key, one in servers.items()
                )
                for name in self.pair.records
            },
            negative_ttl=NEGATIVE,
        )

    @rule(proven=st.booleans(), lost_after=st.sampled_from(["key", "update", "never"]))
    def visit(self, *, proven: bool, lost_after: str) -> None:
        pair = self.pair
        place = vacancy(pair, self.decided, self.now, proven=proven)
        if place is not None:
            gone = pair.at(place.selector)
            if gone is not None and gone.algorithm is Algorithm.ED25519 and pair.asked_at is not None:
                self.signed.pop(gone.number, None)  # each mail has an RSA signature besides
            pair = self.pair = add_key(pair, place, f"K{pair.made}", self.now)
            if lost_after == "key":
                return
        self.primary.put(dict(pair.records), self.now)
        self.changed = dict(pair.records)
        if lost_after == "update":
            return
        before, seen = pair, self.look()
        self.pair = advance(pair, seen, self.decided, self.now)
        self._check_begun(before, seen)

    def _check_begun(self, before: DkimPair, seen: Sighting) -> None:
        for begun, earlier in ((self.pair.active, before.active), (self.pair.beside, before.beside)):
            if begun is None or begun == earlier:
                continue
            assert begun.seen_at is not None
            assert self.now - begun.seen_at >= WAIT
            name = TARGETS[begun.selector]
            assert seen.shows(name, begun.record)
            assert max(one.since[name] for one in (self.primary, self.secondary)) <= begun.seen_at

    @rule()
    def transfer(self) -> None:
        self.secondary.put(self.changed, self.now)

    @rule(which=st.booleans())
    def silence(self, *, which: bool) -> None:
        server = self.primary if which else self.secondary
        server.answers = not server.answers

    @rule(hours=st.sampled_from([0.05, 0.2, 1, 24, 24 * 8, 24 * 31, 24 * 91]))
    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def wait_until_due(self) -> None:
        due = next_visit(self.pair, self.decided, NEGATIVE, Moment(self.now, 0.3))
        assert due >= self.now
        self.now = due

    @rule()
    def ask(self) -> None:
        self.pair = ask(self.pair, self.now)

    @precondition(lambda self: self.pair.made > 1)
    @rule()
    def remove(self) -> None:
        self.pair = remove(self.pair, self.now)

    @precondition(lambda self: self.pair.active is not None)
    @rule()
    def sign(self) -> None:
        assert self.pair.active is not None
        for key in (self.pair.active, self.pair.beside):
            if key is not None:
                assert key.record is not None
                self.signed[key.number] = (key.record, self.now)

    @invariant()
    def one_key_at_most_of_each_kind_signs(self) -> None:
        signing = [key.algorithm for key in self.pair.keys if key.state is KeyState.ACTIVE]
        assert len(set(signing)) == len(signing)
        assert Algorithm.ED25519 not in signing or (self.decided.beside and Algorithm.RSA in signing)
        assert len({key.selector for key in self.pair.keys}) == len(self.pair.keys) <= 2

    @invariant()
    def what_was_signed_lately_verifies(self) -> None:
        """Our primary has its key, unless the domain was removed."""
        for record, at in () if self.pair.removed else self.signed.values():
            if self.now - at <= SIGNATURE_LIFE:
                assert record in self.primary.zone.values()

    @invariant()
    def what_is_revoked_says_so_for_thirty_days(self) -> None:
        for key in self.pair.keys:
            if key.state is KeyState.GONE:
                assert key.revoked_at is not None
                assert key.emptied_at is not None
                assert key.revoked_at <= key.emptied_at <= self.now - EMPTY_FOR

    @invariant()
    def a_selector_is_used_again_only_when_its_signatures_are_over(self) -> None:
        for key in self.pair.keys:
            if key.rotated_at is not None and key.revoked_at is not None and not self.pair.removed:
                assert key.revoked_at - key.rotated_at >= SIGNATURE_LIFE + CACHED

    @invariant()
    def what_is_over_stays_so(self) -> None:
        assert not is_over(self.pair) or self.pair.active is None


class KeysBeside(Keys):
    """The same, while Ed25519 keys sign beside."""

    decided = replace(RULES, beside=True)


TestKeys = Keys.TestCase
TestKeys.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestKeysBeside = KeysBeside.TestCase
TestKeysBeside.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
