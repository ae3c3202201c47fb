"""The database of an installation, as its settings name it, and the vault that belongs to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from infra.db import embedded
from infra.db.engine import connect
from infra.db.migrate import upgrade
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from infra.vault.key_source import key_source
from infra.vault.vault import Vault


def database_url(settings: Settings) -> str:
    """Where PostgreSQL is: yours, or the embedded one that runs in the state folder."""
    return settings.database_url or embedded.url(settings.folder)


@contextmanager
def opened_database(settings: Settings, *, role: str, pool: int = 5) -> Iterator[Engine]:
    """The pool of connections of one process, closed at the end."""
    engine = connect(database_url(settings), role=role, pool=pool)
    try:
        yield engine
    finally:
        engine.dispose()


def bring_up_to_date(settings: Settings) -> None:
    """Bring the tables of the database up to date."""
    upgrade(database_url(settings))


def vault_of(settings: Settings) -> Vault | None:
    """The vault, where there are keys for one."""
    source = key_source(settings)
    return None if source is None else Vault(source)


def unit_of_work(settings: Settings, engine: Engine) -> Callable[[], SqlUnitOfWork]:
    """Transactions of that pool, with the vault of the installation in them."""
    return units(engine, vault_of(settings))
