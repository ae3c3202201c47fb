"""What an operator does with a whole installation besides letting it work."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from infra.db import embedded
from infra.db.backup import backup, restore
from infra.db.unit_of_work import units
from infra.settings import PREFIX, Settings, shown

MOST: Final = 10_000


def back_up(settings: Settings, file: Path) -> None:
    """Write the database and the keys into one archive."""
    backup(settings.database_url or embedded.url(settings.folder), settings.folder / "keys", file)


def restore_from(settings: Settings, file: Path) -> None:
    """Read an archive into an empty database; the embedded one is started for it, and stopped again."""
    with nullcontext() if settings.database_url else embedded.start(settings.folder):
        restore(settings.database_url or embedded.url(settings.folder), settings.folder / "keys", file)


def free_parked(engine: Engine) -> int:
    """Let everything parked run again; answer how many."""
    with units(engine)() as work:
        freed = work.schedule.free(work.schedule.parked(MOST))
        work.commit()
    return freed


def end_leases(engine: Engine) -> int:
    """Let what a killed process held be due again at once; only where no other process works on the database."""
    with units(engine)() as work:
        ended = work.schedule.end_leases()
        work.commit()
    return ended


def setting_rows(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Every setting: name, value, default, meaning. No password is in any of them."""
    for name, field in Settings.model_fields.items():
        default = shown(name, field.get_default(call_default_factory=True))
        yield PREFIX + name.upper(), shown(name, getattr(settings, name)), default, field.description or ""
