"""Gives a look to what is proven and has none: what an older version verified, which never looked at it again.

Run after migrations, in portions, so that no transaction is long. Where all have theirs, nothing is written.
"""

from typing import Final

from sqlalchemy import Engine

from domain.identity import Route, State
from domain.ports import Work
from infra.db.link import Link

BATCH: Final = 10_000
WATCHED: Final = (
    f"i.state IN ('{State.VERIFIED.value}', '{State.AT_RISK.value}') AND i.route = '{Route.CLOUD.value}'"
)

# Due within the hour, one by one. Locked: what is removed meanwhile must have no look left behind.
_WATCH: Final = f"""
    WITH unwatched AS MATERIALIZED (
        SELECT i.id, i.looks_made FROM identities AS i
        WHERE {WATCHED} AND (%(after)s::uuid IS NULL OR i.id > %(after)s::uuid)
            AND NOT EXISTS (SELECT FROM schedule AS s WHERE s.id = i.id)
        ORDER BY i.id LIMIT %(limit)s FOR SHARE OF i
    )
    INSERT INTO schedule (id, work, attempt, due_at)
    SELECT id, '{Work.DNS.value}', looks_made + 1, now() + random() * interval '1 hour' FROM unwatched
    ON CONFLICT DO NOTHING RETURNING id::text
"""


def watch(engine: Engine) -> int:
    """Let everything that is proven by records have a look due; answer how many had none."""
    begun, after = 0, None
    while True:
        with engine.begin() as connection:
            link = Link(connection)
            link.run("SET LOCAL statement_timeout = 0")
            portion = link.rows(_WATCH, {"after": after, "limit": BATCH})
        if not portion:
            return begun
        begun, after = begun + len(portion), max(row[0] for row in portion)
