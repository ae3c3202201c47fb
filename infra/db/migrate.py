"""Bringing a database up to date, while workers of the version before go on working.

Law: a migration adds; what it takes away must have been unused by the version before. Two calls at
once, or a call and a restore, wait for each other on an advisory lock.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine

from infra.db.engine import connect
from infra.db.link import Link
from infra.db.partitions import make_ahead
from infra.db.watch import watch

if TYPE_CHECKING:
    from alembic.config import Config

LOCK: Final = 0x5167_6E65_7400  # "Signet"
FOLDER: Final = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Apply the migrations that are missing; nothing happens where none is.

    What a worker of an earlier version let go of while it ran is watched again by the next call.
    """
    from alembic import command  # noqa: PLC0415 - a second that only a migration is worth; below too

    engine = connect(url, role="migrate", pool=1)
    try:
        with engine.begin() as connection:
            link = Link(connection)
            be_alone(link)
            command.upgrade(configuration(connection), "head")
            link.run("COMMENT ON TABLE alembic_version IS NULL")  # see dump.mark_of
            make_ahead(link)
        watch(engine)
    finally:
        engine.dispose()


def be_alone(link: Link) -> None:
    """Wait until nobody else changes what there is in the database; until this transaction ends, they wait."""
    link.run("SET LOCAL statement_timeout = 0")
    link.run("SET LOCAL lock_timeout = '60s'")
    link.run("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": LOCK})


def is_current(engine: Engine) -> bool:
    """Whether every migration that this program knows is applied. One that it does not know is no harm."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(FOLDER))
    with engine.connect() as connection:
        applied = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    return bool(applied) and (set(applied) == set(scripts.get_heads()) or not known.issuperset(applied))


def configuration(connection: Connection) -> "Config":
    """Alembic's settings, for this connection and its transaction."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
