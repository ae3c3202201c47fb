"""What is waiting, and for how long: numbers for metrics and for `doctor`, read at O(due) where it can be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.sentences import Code
from infra.db.link import Link
from infra.db.parked import count_parked
from infra.db.schedule import MOST_COUNTED
from infra.db.schema import PARKED_AFTER

_DUE: Final = f"""
    SELECT kinds.work, due.waiting, due.oldest
    FROM unnest(ARRAY['dns.fresh', 'dns', 'address', 'smtp', 'certificate', 'keys', 'mail']) AS kinds (work)
    CROSS JOIN LATERAL (
        SELECT count(*) AS waiting, coalesce(now() - min(due_at), interval '0') AS oldest FROM (
            SELECT due_at FROM schedule
            WHERE work = kinds.work AND failures < {PARKED_AFTER} AND due_at <= now()
            ORDER BY due_at LIMIT {MOST_COUNTED}
        ) AS overdue
    ) AS due
"""
_OUTBOX: Final = f"""
    SELECT count(*), coalesce(now() - min(created_at), interval '0')
    FROM (SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY number LIMIT {MOST_COUNTED}) AS waiting
"""
# One step for each key, however many records are under it.
_KEYS: Final = """
    WITH RECURSIVE used (key_id) AS (
        SELECT min(key_id) FROM secrets
        UNION ALL
        SELECT (SELECT min(s.key_id) FROM secrets AS s WHERE s.key_id > used.key_id)
        FROM used WHERE used.key_id IS NOT NULL
    )
    SELECT key_id FROM used WHERE key_id IS NOT NULL UNION SELECT key_id FROM sealing_keys
"""
_ZONE_FAULTS: Final = f"""
    SELECT codes.code, count(p.fault)
    FROM unnest(ARRAY['{Code.TARGET_UNPUBLISHED.value}', '{Code.KEY_MISMATCH.value}']) AS codes (code)
    LEFT JOIN dkim_pairs AS p ON p.fault = codes.code GROUP BY codes.code
"""
_STATES: Final = "SELECT kind, state, count(*) FROM identities GROUP BY kind, state"
_NOTICES: Final = "SELECT state, count(*) FROM notices GROUP BY state"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many wait (at most 100,000 are counted), and how long the oldest one has."""

    waiting: int
    oldest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What is read often: each number costs no more than what is due. `keys`: those that something is locked with."""

    due: Mapping[str, Backlog]
    outbox: Backlog
    keys: frozenset[str]
    zone_faults: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What is read now and then: these count whole tables."""

    identities: Mapping[tuple[str, str], int]
    notices: Mapping[str, int]
    parked: int


def gauges(link: Link) -> Gauges:
    """Read what is due and unpublished, which keys are used, and what is wrong with our zone."""
    due = {row[0]: Backlog(row[1], row[2]) for row in link.rows(_DUE)}
    keys = frozenset(row[0] for row in link.rows(_KEYS))
    faults = {row[0]: row[1] for row in link.rows(_ZONE_FAULTS)}
    return Gauges(due=due, outbox=Backlog(*link.one(_OUTBOX)), keys=keys, zone_faults=faults)


def census(link: Link) -> Census:
    """Count identities and notices by their state, and what is parked."""
    return Census(
        identities={(row[0], row[1]): row[2] for row in link.rows(_STATES)},
        notices={row[0]: row[1] for row in link.rows(_NOTICES)},
        parked=count_parked(link),
    )
