"""Whether an installation has the keys that what it keeps is locked with, asked before it begins to work.

Law: who lacks one does not start. A key is made only where nothing needs another.
"""

from collections.abc import Mapping
from typing import TypeAlias

from sqlalchemy import Engine

from infra.db.link import Link
from infra.settings import Settings
from infra.vault.key_file import write_keys
from infra.vault.key_source import FILE, KeysRefused, key_source
from infra.vault.keys import KeyRing, generate

Needed: TypeAlias = Mapping[str, Mapping[str, int]]

_NEEDED = """
    SELECT key_id, kind, count(*) FROM secrets GROUP BY key_id, kind
    UNION ALL SELECT key_id, 'sealing key', count(*) FROM sealing_keys GROUP BY key_id
    ORDER BY 1, 2
"""


def unlock(settings: Settings, engine: Engine) -> None:
    """Raise KeysRefused where a key is missing; make the first key of an embedded installation."""
    source = key_source(settings)
    ring = None if source is None else source()
    sentence = what_is_missing(needed_keys(engine), ring)
    if sentence:
        raise KeysRefused(sentence)
    if ring is None and settings.database_url is None:
        write_keys(settings.folder / FILE, KeyRing((generate(),)))


def needed_keys(engine: Engine) -> Needed:
    """By the id of each key-encryption key how many records of which kind are under it."""
    needed: dict[str, dict[str, int]] = {}
    with engine.connect() as connection:
        for key_id, kind, count in Link(connection).rows(_NEEDED):
            needed.setdefault(key_id, {})[kind] = count
    return needed


def what_is_missing(needed: Needed, ring: KeyRing | None) -> str:
    """One sentence that names the keys that are needed and not there; empty where none is."""
    there = frozenset[str]() if ring is None else ring.ids
    missing = [
        f"the key {key_id} ({_told(kinds)})" for key_id, kinds in needed.items() if key_id not in there
    ]
    if not missing:
        return ""
    it = "it" if len(missing) == 1 else "them"
    return (
        f"What is kept here cannot be opened without {' and '.join(missing)}: put {it} back into SIGNET_KEYS, or "
        f"restore a backup that holds {it}."
    )


def _told(kinds: Mapping[str, int]) -> str:
    total = sum(kinds.values())
    by_kind = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"{total} record{'s' if total != 1 else ''}: {by_kind}"
