"""Everything that somebody can read of an installation, place by place."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import httpx
import psycopg
from psycopg import sql

from tests.canary.birds import Place
from tests.infra.amqp.wire import channel_to

_COLUMNS: Final = """
    SELECT table_schema, table_name, column_name, data_type = 'bytea' FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, ordinal_position
"""
PATIENCE: Final = 10.0  # seconds for a message that is known to be there
_STATEMENTS: Final = "SELECT query, application_name FROM pg_stat_activity"


def files(kind: str, found: Mapping[str, Path]) -> Iterator[Place]:
    """What was written into files, such as logs."""
    for name, file in found.items():
        yield Place(kind=kind, name=name, content=file.read_bytes())


def folder(kind: str, root: Path) -> Iterator[Place]:
    """What lies in a folder, and the names that it has."""
    found = {str(path.relative_to(root)): path for path in sorted(root.rglob("*"))}
    yield Place(kind=kind, name="names", content="\n".join(found).encode())
    yield from files(kind, {name: path for name, path in found.items() if path.is_file()})


def tables(url: str) -> Iterator[Place]:
    """Every column of every table, whatever its type; and the statements that the server is at."""
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True) as link:
        for schema, table, column, is_octets in link.execute(_COLUMNS).fetchall():
            cell = sql.SQL("{}" if is_octets else "{}::text").format(sql.Identifier(column))
            found = link.execute(
                sql.SQL("SELECT {} FROM {}").format(cell, sql.Identifier(schema, table))
            ).fetchall()
            yield Place(kind="table", name=f"{table}.{column}", content=_octets(row[0] for row in found))
        running = [cell for row in link.execute(_STATEMENTS).fetchall() for cell in row]
        yield Place(kind="table", name="pg_stat_activity", content=_octets(iter(running)))


def queues(url: str, names: Sequence[str]) -> Iterator[Place]:
    """Every message of some queues, with all that it carries; they go back as the channel closes."""
    for name in names:
        with channel_to(url) as channel:
            waiting = channel.queue_declare(name, passive=True).method.message_count
            # No `basic_get`: a queue with a single active consumer does not answer it.
            messages = islice(channel.consume(name, inactivity_timeout=PATIENCE), waiting)
            found = [octets for message in messages for octets in _all_of(message)]
        yield Place(kind="queue", name=name, content=b"\n".join(found))


def _all_of(message: tuple[Any, Any, Any]) -> tuple[bytes, ...]:
    method, properties, body = message
    assert method is not None, "another consumer holds this queue"
    return body, repr(vars(properties)).encode(), repr(vars(method)).encode()


def printed(arguments: Sequence[str], ran: CompletedProcess[str]) -> Place:
    """What a command printed, on either side."""
    return Place(kind="command", name=" ".join(arguments[:2]), content=(ran.stdout + ran.stderr).encode())


def answered(name: str, answer: httpx.Response) -> Place:
    """An answer over HTTP: its status line, its headers, its body."""
    head = f"{answer.status_code} {answer.reason_phrase} {answer.headers.multi_items()!r}"
    return Place(kind="answer", name=f"{name}: {answer.status_code}", content=head.encode() + answer.content)


def _octets(values: Iterator[object]) -> bytes:
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for value in values if value is not None
    )
