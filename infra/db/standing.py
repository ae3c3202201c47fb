"""A database that stands ready for as long as it is needed: running, and up to date."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from infra.db import embedded
from infra.db.migrate import upgrade


@contextmanager
def standing_database(url: str | None, state: Path) -> Iterator[str]:
    """The database at `url`, or where there is none the embedded one, started here and stopped at the end."""
    with nullcontext() if url else embedded.start(state):
        address = url or embedded.url(state)
        upgrade(address)
        yield address
