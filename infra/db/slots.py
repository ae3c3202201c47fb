"""Who may give out times: one at a time for each name, so that no time is given twice."""

from collections.abc import Collection
from typing import Final

from infra.db.link import Link

# Each in the order of its number: no two can wait for each other in a ring.
_HOLD: Final = """
    SELECT pg_advisory_xact_lock(%(space)s, key) FROM (
        SELECT DISTINCT hashtext(name) AS key FROM unnest(%(names)s::text[]) AS given (name) ORDER BY 1
    ) AS keys
"""


def hold(space: int, names: Collection[str], link: Link) -> None:
    """Hold these names of a space to the end of the transaction; who holds several spaces takes them in one order."""
    if names:
        link.rows(_HOLD, {"space": space, "names": list(names)})
