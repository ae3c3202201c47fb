"""What an operator does with a whole installation besides letting it work."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from infra.db import embedded
from infra.db.backup import backup, restore
from infra.db.installation import database_url, vault_of
from infra.db.rewrapping import Rewrapped, rewrap
from infra.db.unit_of_work import units
from infra.db.unlocking import unlock
from infra.setting_values import shown
from infra.settings import PREFIX, Settings
from infra.vault.key_source import FILE, key_source

MOST: Final = 10_000


def back_up(settings: Settings, file: Path) -> None:
    """Write the database and the keys into one archive."""
    backup(database_url(settings), key_source(settings), file)


def restore_from(settings: Settings, file: Path) -> None:
    """Read an archive into an empty database; the embedded one is started for it, and stopped again."""
    with nullcontext() if settings.database_url else embedded.start(settings.folder):
        restore(database_url(settings), key_source(settings), settings.folder / FILE, file)


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


def change_keys(settings: Settings, engine: Engine, told: Callable[[int, int], None]) -> Rewrapped:
    """Make a new sealing key, and wrap everything under the newest key-encryption key; raise KeysRefused or NoVault."""
    unlock(settings, engine)
    vault = vault_of(settings)
    with units(engine, vault)() as work:
        work.seals.replace()
        work.commit()
    return Rewrapped() if vault is None else rewrap(engine, vault, told)


def setting_rows(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Every setting: name, value, default, meaning. No password is in any of them."""
    for name, field in Settings.model_fields.items():
        default = shown(name, field.get_default(call_default_factory=True))
        yield PREFIX + name.upper(), shown(name, getattr(settings, name)), default, field.description or ""
