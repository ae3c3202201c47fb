"""The numbers of this process, with those that stand in its database."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine

from domain.ports import NotReachable
from infra import metrics
from infra.db.gauges import gauges
from infra.db.link import Link
from infra.vault.key_source import KeysRefused
from infra.vault.keys import KeyRing
from infra.vault.vault import Vault


def numbers(engine: Engine, vault: Vault | None) -> Callable[[], bytes]:
    """What answers with all numbers, as Prometheus reads them."""
    metrics.LIVE.waiting = lambda: _waiting(engine, vault)
    return metrics.text


def _waiting(engine: Engine, vault: Vault | None) -> metrics.Waiting | None:
    try:
        with engine.connect() as connection:
            read = gauges(Link(connection))
    except NotReachable:
        return None
    return metrics.Waiting(
        due={work: backlog.waiting for work, backlog in read.due.items()},
        oldest={work: backlog.oldest.total_seconds() for work, backlog in read.due.items()},
        outbox=read.outbox.waiting,
        outbox_oldest=read.outbox.oldest.total_seconds(),
        keys=_keys(read.keys, _ring(vault)),
        zone_faults=read.zone_faults,
    )


def _ring(vault: Vault | None) -> KeyRing | None:
    try:
        return None if vault is None else vault.ring
    except KeysRefused:
        return None


def _keys(used: frozenset[str], ring: KeyRing | None) -> Mapping[str, int]:
    """How many of the keys that are used are not here, and how many are, but are not the newest."""
    if ring is None:
        return {"missing": len(used), "old": 0}
    return {"missing": len(used - ring.ids), "old": len(used & ring.ids - {ring.newest.id})}


def database_fault(engine: Engine) -> str | None:
    """What keeps the database from serving, if anything."""
    try:
        with engine.connect() as connection:
            Link(connection).run("SELECT 1")
    except NotReachable as error:
        return str(error)
    return None
