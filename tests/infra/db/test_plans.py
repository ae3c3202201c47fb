"""Cost is O(due): the plans of the hot statements walk the indexes made for them."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from infra.db.link import Link
from infra.db.outbox import _UNPUBLISHED
from infra.db.schedule import CLAIM

FILL = """
    INSERT INTO schedule (id, work, attempt, due_at)
    SELECT gen_random_uuid(), 'dns', 1, now() + n * interval '1 second' FROM generate_series(-500, 20000) AS n
"""
FILL_OUTBOX = """
    INSERT INTO outbox (event_id, identity_id, sequence, type, body, position, published_at)
    SELECT n, gen_random_uuid(), 1, 'x', '', n, CASE WHEN n < 20000 THEN now() END FROM generate_series(1, 20500) AS n
"""


def plan(engine: Engine, statement: str, values: dict[str, object]) -> str:
    """The plan of a statement, as the planner sees it once tables are analysed."""
    with engine.connect() as connection:
        return "\n".join(row[0] for row in Link(connection).rows(f"EXPLAIN {statement}", values))


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Much that waits, and little that is due."""
    with engine.begin() as connection:
        for statement in (FILL, FILL_OUTBOX, "ANALYZE schedule", "ANALYZE outbox"):
            Link(connection).run(statement)
    return engine


def test_a_claim_walks_the_partial_index(filled: Engine) -> None:
    """In its order, without a sort, and never the whole table."""
    shown = plan(filled, CLAIM, {"work": "dns", "limit": 500, "lease": timedelta(minutes=5)})

    assert "Index Scan using schedule_due" in shown, shown
    assert "Sort" not in shown
    assert "Seq Scan" not in shown


def test_the_relay_walks_what_is_unpublished(filled: Engine) -> None:
    """Not what was published in thirty days."""
    shown = plan(filled, _UNPUBLISHED, {"limit": 500, "in_flight": []})

    assert "Index Scan using outbox_unpublished" in shown
    assert "Seq Scan" not in shown


def test_a_look_that_found_nothing_new_is_written_in_place(engine: Engine) -> None:
    """The row of an equal look is never in a new place of an index (HOT)."""
    with engine.begin() as connection:
        link = Link(connection)
        link.run(
            "INSERT INTO looks SELECT gen_random_uuid(), 1, 'not_yet', '[]', now(), now(), 1"
            " FROM generate_series(1, 100)"
        )
    for _ in range(3):
        with engine.begin() as connection:
            Link(connection).run("UPDATE looks SET last_at = now(), times = times + 1")
            Link(connection).run("SELECT pg_stat_force_next_flush()")
    with engine.connect() as connection:
        written, in_place = Link(connection).one(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'looks'"
        )

    assert written == 300
    assert in_place > 150
