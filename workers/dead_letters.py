"""Dead letters of every queue, as one list: what lies there, and what a person may do with it.

Nothing here happens by itself: a dead letter waits until somebody has looked at it.
"""

from collections.abc import Collection, Iterator
from typing import Final

from events.delivery import Buried, Graveyard, Moved
from workers.routes import ROUTES

QUEUES: Final = ("signet.intake.dead", *(f"{route.queue}.dead" for route in ROUTES))
MOST_LOOKED_AT: Final = 1_000


def depths(graveyard: Graveyard) -> dict[str, int]:
    """How many letters lie in each queue."""
    return {queue: graveyard.depth(queue) for queue in QUEUES}


def letters(graveyard: Graveyard, *, limit: int = MOST_LOOKED_AT) -> Iterator[Buried]:
    """Yield the oldest letters of each queue, at most `limit` of one."""
    for queue in QUEUES:
        yield from graveyard.look(queue, limit)


def find(graveyard: Graveyard, letter_id: str) -> Buried | None:
    """Find a letter by its id, or by the beginning of it where that says enough."""
    found = {letter.id: letter for letter in letters(graveyard) if letter.id.startswith(letter_id)}
    return next(iter(found.values())) if len(found) == 1 else None


def replay(graveyard: Graveyard, ids: Collection[str] | None) -> Moved:
    """Send letters (None: all) back to where they came from."""
    return _together([graveyard.replay(queue, ids) for queue in QUEUES])


def drop(graveyard: Graveyard, ids: Collection[str] | None) -> Moved:
    """Forget letters (None: all) for ever."""
    return _together([graveyard.drop(queue, ids) for queue in QUEUES])


def _together(moves: Collection[Moved]) -> Moved:
    return Moved(
        done=sum(moved.done for moved in moves), left=tuple(one for moved in moves for one in moved.left)
    )
