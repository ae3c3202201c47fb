"""How identities stand, for those who only read."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from domain.identity import Kind, State
from domain.standing import Change, SeenLook, Standing, StandingQuery
from domain.verdict import Outcome
from infra.db.findings import findings_from
from infra.db.link import Link, Row
from infra.db.rows import IDENTITY_COLUMNS, IDENTITY_WIDTH, challenge_from, identity_from
from infra.db.schema import PARKED_AFTER

# A leased look is being made now: its due time says only when its lease ends.
_STANDING: Final = f"""
    SELECT {IDENTITY_COLUMNS}, s.attempt, CASE WHEN s.lease_token IS NULL THEN s.due_at ELSE least(s.due_at, now()) END,
        coalesce(s.failures >= {PARKED_AFTER}, FALSE)
    FROM identities AS i LEFT JOIN schedule AS s ON s.id = i.id
"""
_FIND: Final = f"{_STANDING} WHERE i.id = ANY(%(ids)s::uuid[]) ORDER BY i.id"
_NAMED: Final = f"""
    {_STANDING} WHERE i.kind = %(kind)s AND i.subject = %(subject)s AND NOT EXISTS (
        SELECT FROM identities AS n WHERE n.kind = i.kind AND n.account = i.account AND n.subject = i.subject
            AND n.generation > i.generation
    ) ORDER BY i.account
"""
_PAGE: Final = f"""
    {_STANDING} WHERE i.kind = %(kind)s
        AND (%(accounts)s::text[] IS NULL OR i.account = ANY(%(accounts)s::text[]))
        AND (%(state)s::text IS NULL OR i.state = %(state)s)
        AND (%(after)s::uuid IS NULL OR i.id > %(after)s::uuid)
    ORDER BY i.id LIMIT %(limit)s
"""
_HISTORY: Final = "SELECT at, state, event_id FROM history WHERE identity_id = %(id)s ORDER BY number"
_UNSENT: Final = """
    SELECT count(*) FROM notices WHERE identity_id = ANY(%(ids)s::uuid[]) AND state IN ('planned', 'sending')
"""
_LOOK_COLUMNS: Final = (
    "l.number, l.outcome, l.findings::text, l.first_at, l.last_at, l.times, i.challenge::text"
)
_LOOKS: Final = f"""
    SELECT * FROM (
        SELECT {_LOOK_COLUMNS} FROM looks AS l JOIN identities AS i ON i.id = l.identity_id
        WHERE l.identity_id = %(id)s
        UNION ALL
        SELECT {_LOOK_COLUMNS} FROM looks_past AS l JOIN identities AS i ON i.id = l.identity_id
        WHERE l.identity_id = %(id)s
    ) AS seen ORDER BY number DESC LIMIT %(limit)s
"""


class SqlDirectory:
    """What one transaction sees of the identities."""

    def __init__(self, link: Link) -> None:
        """Read inside the transaction of `link`."""
        self._link = link

    def find(self, ids: Collection[str]) -> Sequence[Standing]:
        """Those of the ids that exist; an id that cannot be one is unknown."""
        possible = [identity_id for identity_id in ids if is_id(identity_id)]
        return self._standings(_FIND, {"ids": possible}) if possible else []

    def named(self, kind: Kind, subject: str) -> Sequence[Standing]:
        """The newest generation of every account that registered the subject."""
        return self._standings(_NAMED, {"kind": kind.value, "subject": subject})

    def page(self, query: StandingQuery) -> Sequence[Standing]:
        """Identities in the order of their ids, all generations."""
        asked = {
            "kind": query.kind.value,
            "accounts": None if query.accounts is None else sorted(query.accounts),
            "state": None if query.state is None else query.state.value,
            "after": query.after if query.after and is_id(query.after) else None,
            "limit": query.limit,
        }
        return self._standings(_PAGE, asked)

    def history(self, identity_id: str) -> Sequence[Change]:
        """Every change of state, oldest first."""
        rows = self._link.rows(_HISTORY, {"id": identity_id}) if is_id(identity_id) else []
        return [Change(at=row[0], state=State(row[1]), event_id=row[2]) for row in rows]

    def looks(self, identity_id: str, limit: int = 20) -> Sequence[SeenLook]:
        """The differing looks kept, newest first."""
        if not is_id(identity_id):
            return []
        return [_seen(row) for row in self._link.rows(_LOOKS, {"id": identity_id, "limit": limit})]

    def unsent(self, ids: Collection[str]) -> int:
        """How many mails about these identities are planned and neither sent nor given up."""
        return int(self._link.one(_UNSENT, {"ids": list(ids)})[0])

    def _standings(self, statement: str, asked: dict[str, Any]) -> list[Standing]:
        return [_standing(row) for row in self._link.rows(statement, asked)]


def is_id(text: str) -> bool:
    """Whether the text is an id as we give them: a UUID in its one usual spelling."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _standing(row: Row) -> Standing:
    attempt, due_at, parked = row[IDENTITY_WIDTH:]
    return Standing(identity=identity_from(row), attempt=attempt, due_at=due_at, parked=parked)


def _seen(row: Row) -> SeenLook:
    return SeenLook(
        number=row[0],
        outcome=Outcome(row[1]),
        findings=findings_from(row[2], challenge_from(row[6])),
        first_at=row[3],
        last_at=row[4],
        times=row[5],
    )
