"""A change of key-encryption keys: every data key wrapped under the newest one, the records left as they are.

In small transactions, each of which holds by itself: a kill loses none, and the next call goes on from there. What
somebody else writes meanwhile stands: a row is changed only where it is still as it was read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from domain.secrets import Unopenable
from infra.db.link import Link, Row
from infra.vault.vault import Vault, Wrapped

BATCH: Final = 200
TABLES: Final = ("secrets", "sealing_keys")

_COUNT: Final = "SELECT count(*) FROM {table} WHERE key_id = ANY(%(old)s::text[])"
# A data key is known by its wrapped octets: no two rows have the same.
_READ: Final = """
    SELECT ctid::text, key_id, wrapped FROM {table}
    WHERE key_id = ANY(%(old)s::text[]) AND wrapped <> ALL(%(passed)s::bytea[]) LIMIT %(batch)s
"""
_WRITE: Final = """
    UPDATE {table} AS r SET key_id = %(newest)s, wrapped = given.anew
    FROM unnest(%(places)s::text[]::tid[], %(before)s::bytea[], %(anew)s::bytea[]) AS given (place, before, anew)
    WHERE r.ctid = given.place AND r.wrapped = given.before
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """How many records are under the newest key now, and how many do not open and stayed as they were."""

    done: int = 0
    unopenable: int = 0


def untold(_done: int, _total: int) -> None:
    """Where nobody watches."""


def rewrap(engine: Engine, vault: Vault, told: Callable[[int, int], None] = untold) -> Rewrapped:
    """Wrap everything under the newest key; `told` hears how many are done, of how many."""
    ring = vault.ring
    fixed = Vault(lambda: ring)  # whatever becomes of the keys meanwhile
    old = {"old": sorted(ring.ids - {ring.newest.id})}
    with engine.connect() as connection:
        total = sum(Link(connection).one(_COUNT.format(table=table), old)[0] for table in TABLES)
    done, passed = 0, list[bytes]()
    for table in TABLES:
        while rows := _some(engine, table, old | {"passed": passed, "batch": BATCH}):
            anew, closed = _anew(fixed, rows)
            done += _write(engine, table, ring.newest.id, anew)
            passed += closed
            told(done, total)
    return Rewrapped(done=done, unopenable=len(passed))


def _some(engine: Engine, table: str, values: dict[str, object]) -> Sequence[Row]:
    with engine.connect() as connection:
        return Link(connection).rows(_READ.format(table=table), values)


def _anew(vault: Vault, rows: Sequence[Row]) -> tuple[list[tuple[str, bytes, bytes]], list[bytes]]:
    """Where each row is, its data key before and anew; and the data keys that do not open."""
    anew, closed = [], []
    for place, key_id, before in rows:
        try:
            wrapped = vault.rewrap(Wrapped(key_id=key_id, octets=before))
        except Unopenable:
            closed.append(before)
        else:
            anew.append((place, before, wrapped.octets))
    return anew, closed


def _write(engine: Engine, table: str, newest: str, anew: Sequence[tuple[str, bytes, bytes]]) -> int:
    places, before, after = (list(column) for column in zip(*anew, strict=True)) if anew else ([], [], [])
    values = {"newest": newest, "places": places, "before": before, "anew": after}
    with engine.begin() as connection:
        return Link(connection).run(_WRITE.format(table=table), values)
