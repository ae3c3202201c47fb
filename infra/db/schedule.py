"""What is due, and when.

Law: cost is O(due), never O(pending). A claim walks the partial index in the order of due times,
and pushes `due_at` forward by the lease under a fresh token: a lease that ran out is just due again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.identity import Identity, Kind
from domain.lifecycle import Step
from domain.ports import Ticket, Work
from domain.schedule import is_fresh
from infra.db.link import Link
from infra.db.rows import columns, moments
from infra.db.schema import PARKED_AFTER
from infra.metrics import LOOKS_FAILED, PARKED, TICKETS

MOST_COUNTED: Final = 100_000
KINDS: Final = [work.value for work in Work]
OF_KIND: Final = {
    Kind.ADDRESS: Work.ADDRESS,
    Kind.SMTP: Work.SMTP,
    Kind.CERTIFICATE: Work.CERTIFICATE,
}

# MATERIALIZED: an UPDATE may otherwise run the subselect again and take more rows than its limit.
# By their place (ctid), which cannot change while they are locked: no plan can read the whole table for it.
CLAIM: Final = f"""
    WITH due AS MATERIALIZED (
        SELECT ctid FROM schedule
        WHERE work = %(work)s AND failures < {PARKED_AFTER} AND due_at <= now()
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE schedule SET due_at = now() + %(lease)s, lease_token = gen_random_uuid()
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM due))
    RETURNING schedule.id::text, schedule.attempt, schedule.lease_token::text
"""
_KINDS_DUE: Final = f"""
    SELECT kind FROM unnest(%(kinds)b::text[]) AS kind WHERE EXISTS (
        SELECT FROM schedule WHERE work = kind AND failures < {PARKED_AFTER} AND due_at <= now()
    )
"""
_PENDING: Final = f"""
    SELECT count(*) FROM (
        SELECT FROM schedule
        WHERE work = %(work)s AND failures < {PARKED_AFTER} AND due_at <= now() LIMIT {MOST_COUNTED}
    ) AS due
"""
_PUT: Final = """
    INSERT INTO schedule (id, work, attempt, inconclusive, absences, due_at)
    SELECT id, work, attempt, inconclusive, absences::timestamptz[], due_at
    FROM unnest(%(ids)b::uuid[], %(works)b::text[], %(attempts)b::int[], %(inconclusive)b::smallint[],
        %(absences)b::text[], %(due)b::timestamptz[]) AS given (id, work, attempt, inconclusive, absences, due_at)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET work = excluded.work, attempt = excluded.attempt, failures = 0,
        inconclusive = excluded.inconclusive, absences = excluded.absences, due_at = excluded.due_at,
        lease_token = NULL
"""
_DROP: Final = "DELETE FROM schedule WHERE id = ANY(%(ids)b::uuid[])"
_FAILED: Final = """
    UPDATE schedule SET failures = failures + 1, due_at = now() + %(after)s, lease_token = NULL
    WHERE id = %(id)s AND lease_token = %(token)s
    RETURNING work, failures
"""
_PARKED: Final = f"""
    SELECT id::text FROM schedule WHERE failures >= {PARKED_AFTER} ORDER BY due_at, id LIMIT %(limit)s
"""
_FREE: Final = f"""
    UPDATE schedule SET failures = 0, due_at = now(), lease_token = NULL
    WHERE failures >= {PARKED_AFTER} AND id = ANY(%(ids)s::uuid[])
"""

_END_LEASES: Final = """
    UPDATE schedule SET due_at = now(), lease_token = NULL WHERE lease_token IS NOT NULL
"""


class SqlSchedule:
    """The schedule of one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def put(self, steps: Sequence[Step]) -> None:
        """Place the next look of each (`rescheduled` ones only), free of any lease; without a due time, none."""
        moved = [step for step in steps if step.rescheduled]
        gone = [step.identity.id for step in moved if step.due_at is None]
        if gone:
            self._link.run(_DROP, {"ids": gone})
        placed = [_row(step, step.due_at, self._link.now) for step in moved if step.due_at is not None]
        if placed:
            names = ("ids", "works", "attempts", "inconclusive", "absences", "due")
            self._link.run(_PUT, dict(zip(names, columns(placed), strict=True)))

    def claim(self, work: Work, *, limit: int, lease: timedelta) -> Sequence[Ticket]:
        """Lease what is due now, in the order of due times; what another claimer holds is passed over."""
        claimed = self._link.rows(CLAIM, {"work": work.value, "limit": limit, "lease": lease})
        if claimed:
            self._link.count_when_true(lambda: TICKETS.labels(work.value).inc(len(claimed)))
        return [Ticket(id=row[0], attempt=row[1], token=row[2]) for row in claimed]

    def kinds_due(self) -> Collection[Work]:
        """The kinds of work of which something is due now."""
        return frozenset(Work(row[0]) for row in self._link.rows(_KINDS_DUE, {"kinds": KINDS}))

    def pending(self, work: Work) -> int:
        """How many are due now and not leased (at most 100,000 are counted)."""
        return int(self._link.one(_PENDING, {"work": work.value})[0])

    def failed(self, ticket: Ticket, *, again_after: timedelta) -> None:
        """Count one failure of our own handling; after five the thing is parked."""
        self._link.count_when_true(LOOKS_FAILED.inc)
        counted = self._link.first(_FAILED, {"id": ticket.id, "token": ticket.token, "after": again_after})
        if counted is not None and counted[1] == PARKED_AFTER:
            self._link.count_when_true(PARKED.labels(counted[0]).inc)

    def end_leases(self) -> int:
        """End every lease now; for the start of a process that works alone, so that whoever held one is dead."""
        return self._link.run(_END_LEASES)

    def parked(self, limit: int = 100) -> Sequence[str]:
        """The ids of what failed five times."""
        return [row[0] for row in self._link.rows(_PARKED, {"limit": limit})]

    def free(self, ids: Collection[str]) -> int:
        """Let parked things come due at once; answer how many were parked."""
        return self._link.run(_FREE, {"ids": list(ids)})


def work_of(identity: Identity, due_at: datetime | None, *, asked: bool = False) -> Work:
    """Which kind of work is due: by its kind, and for a domain by its age. What was `asked` for is fresh."""
    if identity.kind is not Kind.DOMAIN:
        return OF_KIND[identity.kind]
    fresh = asked or (due_at is not None and is_fresh(identity.acted_at, due_at))
    return Work.DNS_FRESH if fresh else Work.DNS


def _row(step: Step, due_at: datetime, now: datetime) -> tuple[object, ...]:
    """A look that was asked for is fresh as well: somebody waits for it."""
    work = work_of(step.identity, due_at, asked=due_at <= now)
    progress = step.progress
    absences = moments(progress.absences)
    return (step.identity.id, work.value, progress.attempt, progress.inconclusive, absences, due_at)
