"""The way to the database: the pool, its time limits, and what "out of reach" means.

Law: this is the one place where a driver's error becomes `NotReachable`; an error that it does
not know goes on as it is. Sessions run in UTC.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import psycopg
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError

from domain.ports import NotReachable, StaleWrite

Result = TypeVar("Result")

STATEMENT_LIMIT: Final = "30s"
IDLE_LIMIT: Final = "60s"
LOCK_LIMIT: Final = "10s"
CONNECT_SECONDS: Final = 10
# What is hot is in memory: an index is worth more than the default, made for turning disks, believes.
PAGE_COST: Final = "1.1"
TRIES: Final = 5

# Serialization failure and deadlock: nothing is wrong but the moment.
_TRY_AGAIN: Final = frozenset({"40001", "40P01"})
# A standby that was promoted elsewhere still answers, but takes no writes.
_READ_ONLY: Final = "25006"
# A table is missing: the program is newer than the database, and cannot work until that is put right.
_NO_TABLE: Final = "42P01"
NOT_MIGRATED: Final = "the database lacks tables that this version of Signet needs: run `signet migrate`"


def connect(url: str | URL, *, role: str, pool: int = 5) -> Engine:
    """An engine for one process. `role` is shown to the database's operator as the application's name."""
    engine = create_engine(
        _on_psycopg(make_url(url)),
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "application_name": f"signet-{role}",
            "connect_timeout": CONNECT_SECONDS,
            "keepalives_idle": 30,
            "tcp_user_timeout": 15_000,
            # A plan made while a table was empty must not be kept for when it holds millions.
            "options": "-c plan_cache_mode=force_custom_plan "
            f"-c timezone=UTC -c statement_timeout={STATEMENT_LIMIT} -c lock_timeout={LOCK_LIMIT}"
            f" -c idle_in_transaction_session_timeout={IDLE_LIMIT} -c random_page_cost={PAGE_COST}",
        },
    )
    event.listen(engine, "handle_error", _translate)
    return engine


def in_transaction(attempt: Callable[[], Result]) -> Result:
    """Run `attempt`, a whole unit of work, again when it lost a race: to a deadlock, or to another writer."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except StaleWrite:
            continue
        except DBAPIError as error:
            if not _lost_a_race(error.orig):
                raise
    return attempt()


def _on_psycopg(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


def _lost_a_race(error: BaseException | None) -> bool:
    return isinstance(error, psycopg.Error) and error.sqlstate in _TRY_AGAIN


def _translate(context: ExceptionContext) -> None:
    error = context.original_exception
    if context.is_pre_ping:
        return  # a connection of the pool is gone: the pool itself makes a new one, or that fails and comes here
    if _lost_a_race(error) or not isinstance(error, psycopg.Error):
        return
    if error.sqlstate == _NO_TABLE:
        raise NotReachable(NOT_MIGRATED) from error
    if context.is_disconnect or isinstance(error, psycopg.OperationalError) or error.sqlstate == _READ_ONLY:
        raise NotReachable(f"the database cannot be used now: {_first_line(error)}") from error


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
