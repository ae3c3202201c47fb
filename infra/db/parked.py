"""What is parked, by name: an operator reads it, and finds it by its id in the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.db.link import Link
from infra.db.schema import PARKED_AFTER

MOST_NAMED: Final = 10

_COUNT: Final = f"SELECT count(*) FROM schedule WHERE failures >= {PARKED_AFTER}"
# What is due belongs to an identity, to a mail, or to a pair of DKIM keys: these may outlive their domain.
_NAMED: Final = f"""
    WITH parked AS MATERIALIZED (
        SELECT id, work, due_at FROM schedule WHERE failures >= {PARKED_AFTER} ORDER BY due_at, id LIMIT {MOST_NAMED}
    )
    SELECT s.id::text, s.due_at, coalesce(i.account, o.account, p.account, ''), coalesce(
        i.kind || ' ' || i.subject, 'mail ' || n.kind || ' to ' || n.recipient,
        'DKIM keys of ' || coalesce(d.subject, p.targets[1]), s.work
    )
    FROM parked AS s
    LEFT JOIN identities AS i ON i.id = s.id
    LEFT JOIN notices AS n ON n.id = s.id LEFT JOIN identities AS o ON o.id = n.identity_id
    LEFT JOIN dkim_pairs AS p ON p.id = s.id LEFT JOIN identities AS d ON d.id = p.domain_id
    ORDER BY s.due_at, s.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One thing that failed five times, what it is, whose, and since when it is due. Nobody's has no account."""

    id: str
    due_at: datetime
    account: str
    what: str


def count_parked(link: Link) -> int:
    """How many things are parked."""
    return int(link.one(_COUNT)[0])


def name_parked(link: Link) -> Sequence[Parked]:
    """Those that have waited longest, ten at most."""
    return [Parked(id=row[0], due_at=row[1], account=row[2], what=row[3]) for row in link.rows(_NAMED)]
