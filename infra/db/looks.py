"""The hot path: read what is awaited, write what was seen.

Law: every row is guarded by its token; one whose token is no longer awaited writes nothing at all.
An equal look writes its schedule row and its look row, in one statement for all, and never `identities`.
Locks are taken as everywhere else: identities first, then the schedule.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.challenge import Challenge
from domain.identity import Cause, Progress
from domain.ports import Awaited, LastLook, Looked, Ticket
from domain.schedule import WATCH
from domain.verdict import Finding, Outcome
from infra.db.findings import findings_from, findings_to
from infra.db.identities import SAVE, saving
from infra.db.link import Link, Row
from infra.db.notices import SqlNotices
from infra.db.outbox import SqlOutbox
from infra.db.rows import IDENTITY_COLUMNS, IDENTITY_WIDTH, columns, identity_from, moments
from infra.db.schedule import work_of
from infra.metrics import LOOKS, TURNS

_AWAITED: Final = f"""
    SELECT {IDENTITY_COLUMNS}, s.attempt, s.inconclusive, s.absences,
        (SELECT coalesce(r.unasked_at, now() + %(watch)s) FROM requests AS r
         WHERE r.identity_id = i.id AND r.answered_at IS NULL ORDER BY r.id LIMIT 1),
        s.lease_token::text, l.number, l.outcome, l.findings::text, l.last_at,
        ARRAY(SELECT ARRAY[r.cause_id, r.cause_source, r.id::text] FROM requests AS r
              WHERE r.identity_id = i.id AND r.answered_at IS NULL ORDER BY r.id),
        ARRAY(SELECT r ->> 2 FROM identities AS e, json_array_elements(e.challenge) AS r
              WHERE i.generation > 1 AND e.kind = i.kind AND e.account = i.account AND e.subject = i.subject
                  AND e.generation < i.generation),
        now()
    FROM unnest(%(ids)b::uuid[], %(tokens)b::uuid[]) AS given (id, token)
    JOIN schedule AS s ON s.id = given.id AND s.lease_token = given.token
    JOIN identities AS i ON i.id = given.id
    LEFT JOIN looks AS l ON l.identity_id = given.id
"""
_LOCK: Final = """
    SELECT i.id::text FROM unnest(%(ids)b::uuid[], %(versions)b::bigint[]) AS given (id, version)
    JOIN identities AS i ON i.id = given.id AND i.version = given.version ORDER BY i.id FOR UPDATE OF i
"""
# What was read is no longer so, and what was seen does not fit it: the same attempt is due again at once.
_RELEASE: Final = """
    UPDATE schedule AS s SET due_at = now(), lease_token = NULL
    FROM unnest(%(ids)b::uuid[], %(tokens)b::uuid[]) AS given (id, token)
    WHERE s.id = given.id AND s.lease_token = given.token
"""
_WRITE: Final = """
    WITH given AS (
        SELECT * FROM unnest(%(ids)b::uuid[], %(tokens)b::uuid[], %(works)b::text[], %(attempts)b::int[],
            %(inconclusive)b::smallint[], %(absences)b::text[], %(due)b::timestamptz[], %(equal)b::bool[],
            %(at)b::timestamptz[]) AS given (id, token, work, attempt, inconclusive, absences, due_at, equal, at)
    ), moved AS (
        UPDATE schedule AS s SET work = given.work, attempt = given.attempt, failures = 0,
            inconclusive = given.inconclusive, absences = given.absences::timestamptz[],
            due_at = given.due_at, lease_token = NULL
        FROM given WHERE s.id = given.id AND s.lease_token = given.token AND given.due_at IS NOT NULL
        RETURNING s.id, given.token, given.equal, given.at
    ), settled AS (
        DELETE FROM schedule AS s USING given
        WHERE s.id = given.id AND s.lease_token = given.token AND given.due_at IS NULL
        RETURNING s.id, given.token, given.equal, given.at
    ), written AS (
        SELECT * FROM moved UNION ALL SELECT * FROM settled
    ), touched AS (
        UPDATE looks AS l SET last_at = written.at, times = l.times + 1
        FROM written WHERE l.identity_id = written.id AND written.equal
    )
    SELECT token::text FROM written
"""
# Both parts see the row as it was before the statement.
_DIFFER: Final = """
    WITH past AS (
        INSERT INTO looks_past SELECT * FROM looks WHERE identity_id = ANY(%(ids)b::uuid[])
    )
    INSERT INTO looks (identity_id, number, outcome, findings, first_at, last_at, times)
    SELECT given.id, 1, given.outcome, given.findings, given.at, given.at, 1
    FROM unnest(%(ids)b::uuid[], %(outcomes)b::text[], %(findings)b::json[], %(at)b::timestamptz[])
        AS given (id, outcome, findings, at)
    ON CONFLICT (identity_id) DO UPDATE SET number = looks.number + 1, outcome = excluded.outcome,
        findings = excluded.findings, first_at = excluded.first_at, last_at = excluded.last_at, times = 1
"""
_ANSWER: Final = "UPDATE requests SET answered_at = now() WHERE id = ANY(%(ids)b::bigint[])"


class SqlLooks:
    """The looks of one transaction."""

    def __init__(self, link: Link, outbox: SqlOutbox, notices: SqlNotices) -> None:
        """Work inside the transaction of `link`; news goes to `outbox` and `notices` of the same one."""
        self._link = link
        self._outbox = outbox
        self._notices = notices

    def awaited(self, tickets: Sequence[Ticket]) -> Sequence[Awaited]:
        """Those of the tickets whose token is still the one awaited."""
        if not tickets:
            return []
        asked = {"ids": [ticket.id for ticket in tickets], "tokens": [ticket.token for ticket in tickets]}
        return [_awaited_from(row) for row in self._link.rows(_AWAITED, asked | {"watch": WATCH})]

    def write(self, looked: Sequence[Looked]) -> Sequence[Looked]:
        """Write looks, guarded by their tokens; answer those written. A late or repeated one changes nothing.

        One whose identity another writer changed meanwhile is not written either, and is due again at once.
        """
        looked = list({look.awaited.token: look for look in looked}.values())
        lost = self._lost([look for look in looked if _changes(look)])
        if lost:
            self._release([look for look in looked if look.awaited.identity.id in lost])
        holding = [look for look in looked if look.awaited.identity.id not in lost]
        written = self._move(holding) if holding else frozenset()
        # By token, not by identity: a late look may come in one batch with the one that overtook it.
        landed = [look for look in holding if look.awaited.token in written]
        self._tell(landed)
        self._link.count_when_true(lambda: _count(landed))
        return landed

    def _lost(self, changing: Sequence[Looked]) -> frozenset[str]:
        """The identities whose version is no longer the one read; the others are locked."""
        if not changing:
            return frozenset()
        read = {look.awaited.identity.id: look.awaited.identity.version for look in changing}
        held = self._link.rows(_LOCK, {"ids": list(read), "versions": list(read.values())})
        return frozenset(read) - {row[0] for row in held}

    def _release(self, lost: Sequence[Looked]) -> None:
        ids = [look.awaited.identity.id for look in lost]
        self._link.run(_RELEASE, {"ids": ids, "tokens": [look.awaited.token for look in lost]})

    def _move(self, holding: Sequence[Looked]) -> frozenset[str]:
        ordered = sorted(holding, key=lambda look: look.awaited.identity.id)
        names = ("ids", "tokens", "works", "attempts", "inconclusive", "absences", "due", "equal", "at")
        values = dict(zip(names, columns([_schedule_row(look) for look in ordered]), strict=True))
        return frozenset(row[0] for row in self._link.rows(_WRITE, values))

    def _tell(self, written: Sequence[Looked]) -> None:
        """What is new in looks that were written: the finding, the state, the news, the answers."""
        differing = [_look_row(look) for look in written if not is_equal(look)]
        if differing:
            names = ("ids", "outcomes", "findings", "at")
            self._link.run(_DIFFER, dict(zip(names, columns(differing), strict=True)))
        changed = [look for look in written if _changes(look)]
        if changed:
            read = {look.awaited.identity.id: look.awaited.identity.version for look in changed}
            self._link.one(SAVE, saving([look.step.identity for look in changed], read))
        answered = [cause.request for look in written for cause in look.awaited.requests]
        if answered:
            self._link.run(_ANSWER, {"ids": answered})
        self._outbox.add([event for look in written for event in look.events])
        self._notices.plan([notice for look in written for notice in look.notices])


def is_equal(look: Looked) -> bool:
    """Whether a look found what the one before it found, whoever said it."""
    last = look.awaited.last_look
    return (
        last is not None and last.outcome is look.outcome and _gists(last.findings) == _gists(look.findings)
    )


def _gists(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    return [finding.gist for finding in findings]


def _count(landed: Sequence[Looked]) -> None:
    for outcome, looks in Counter(look.outcome for look in landed).items():
        LOOKS.labels(outcome.value).inc(looks)
    turned = [
        look.step.identity.state
        for look in landed
        if look.step.identity.state is not look.awaited.identity.state
    ]
    for state, turns in Counter(turned).items():
        TURNS.labels(state.value).inc(turns)


def _changes(look: Looked) -> bool:
    after, before = look.step.identity, look.awaited.identity
    return after is not before and after != before


def _schedule_row(look: Looked) -> tuple[Any, ...]:
    step = look.step
    work = work_of(step.identity, step.due_at)
    progress = (step.progress.attempt, step.progress.inconclusive, moments(step.progress.absences))
    return (step.identity.id, look.awaited.token, work.value, *progress, step.due_at, is_equal(look), look.at)


def _look_row(look: Looked) -> tuple[str, str, str, datetime]:
    identity = look.awaited.identity
    return (identity.id, look.outcome.value, findings_to(look.findings, identity.challenge), look.at)


def _awaited_from(row: Row) -> Awaited:
    attempt, inconclusive, absences, unasked_at, token, *look, causes, stale, read_at = row[IDENTITY_WIDTH:]
    number, outcome, findings, last_at = look
    identity = identity_from(row)
    shown = identity.findings if findings == row[15] else None
    return Awaited(
        identity=identity,
        progress=Progress(
            attempt=attempt,
            inconclusive=inconclusive,
            absences=tuple(absences or ()),
            unasked_at=unasked_at,
        ),
        token=token,
        last_look=_last_look(number, outcome, shown or _found(findings, identity.challenge), last_at),
        requests=tuple(
            Cause(id=cause, source=source, request=int(number)) for cause, source, number in causes
        ),
        stale_targets=frozenset(stale),
        read_at=read_at,
    )


def _found(findings: str | None, challenge: Challenge) -> tuple[Finding, ...]:
    return findings_from(findings, challenge) if findings else ()


def _last_look(
    number: int | None, outcome: str | None, findings: tuple[Finding, ...], at: datetime | None
) -> LastLook | None:
    if number is None or outcome is None or at is None:
        return None
    return LastLook(number=number, outcome=Outcome(outcome), findings=findings, at=at)
