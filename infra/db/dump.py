"""A database as a dump of pg_dump (its custom format): written, and read into an empty database.

Law: it lands whole or not at all, and only if it is one of Signet. It goes in as the script that pg_restore makes of
it, so that what only some releases of PostgreSQL understand is left out on the way.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from sqlalchemy import make_url

from infra.db.cluster import program
from infra.db.migrate import LOCK

MAGIC: Final = b"PGDMP"  # every dump in this format begins with it

# Neither says anything of ours. PostgreSQL 17.12 numbers columns by an option of its own: a pg_dump that does not know
# it takes it for one that somebody set, and other servers refuse it. The limit is off by itself, and 15 has none.
_LEFT_OUT: Final = re.compile(
    rb"(ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(pg_attver=\d+\)|SET transaction_timeout = 0);\n"
)
# There since the first migration. Others have an alembic_version, too.
_OURS: Final = frozenset({"alembic_version", "identities", "outbox", "schedule"})
_ROWS: Final = b"COPY "  # behind the first of these, a line may be what somebody has stored
_OPTIONS: Final = ("--no-owner", "--no-privileges")
_SETTINGS: Final = ("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse")  # what it says shows no row


class BackupFailed(Exception):  # noqa: N818 - it names what is the case
    """What was saved could not be written, or could not be read back; nothing was changed."""


def write_dump(url: str, file: Path) -> None:
    """Write the database to a file, as it is at one moment; workers may go on meanwhile."""
    command = [str(program("pg_dump")), "--no-password", "--format=custom", *_OPTIONS, f"--file={file}"]
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, env=_login(url), stderr=said, check=False)
        _refuse_failure("pg_dump", done.returncode, said)


def is_dump(file: Path) -> bool:
    """Whether a file is a dump in this format."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def refuse_foreign(file: Path) -> None:
    """Raise BackupFailed where a dump is not one of Signet."""
    with tempfile.TemporaryFile() as listed, tempfile.TemporaryFile() as said:
        command = [str(program("pg_restore")), "--list", str(file)]
        done = subprocess.run(command, stdout=listed, stderr=said, check=False)
        _refuse_failure("pg_restore", done.returncode, said)
        listed.seek(0)
        entries = [line.decode(errors="replace").split() for line in listed]
    # 215; 1259 16385 TABLE public identities signet
    lacking = sorted(_OURS.difference(entry[5] for entry in entries if entry[3:5] == ["TABLE", "public"]))
    if lacking:
        raise BackupFailed(
            f"This is the database of another program: it has no table {lacking[0]!r}. Nothing was restored."
        )


def mark_of(file: Path) -> str:
    """What the database says of itself from when this dump has landed until it is brought up to date.

    It is the comment on `alembic_version`.
    """
    with file.open("rb") as opened:
        return f"restored: {hashlib.file_digest(opened, 'sha256').hexdigest()}"


def load_dump(url: str, file: Path) -> None:
    """Read a dump into an empty database, in one transaction that changes the database alone (`migrate.be_alone`)."""
    ending = f"COMMENT ON TABLE public.alembic_version IS '{mark_of(file)}'; COMMIT;\n"
    reading = [str(program("pg_restore")), *_OPTIONS, "--file=-", str(file)]
    writing = [str(program("psql")), "--no-password", "--no-psqlrc", "--quiet", *_SETTINGS]
    with tempfile.TemporaryFile() as read, tempfile.TemporaryFile() as wrote:
        with (
            suppress(BrokenPipeError),  # the session has ended, and said why
            subprocess.Popen(reading, env=_login(url), stdout=subprocess.PIPE, stderr=read) as script,
            subprocess.Popen(
                writing, env=_login(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=wrote
            ) as session,
        ):
            _play(script, session, ending)
        ended = [("pg_restore", script.returncode, read), ("psql", session.returncode, wrote)]
        # Whoever is read no more ends by a signal: then it was the reader that failed first.
        for name, status, said in reversed(ended) if script.returncode < 0 else ended:
            _refuse_failure(name, status, said)


def _play(script: subprocess.Popen[bytes], session: subprocess.Popen[bytes], ending: str) -> None:
    """Let the script happen. Its ending comes when it was read to its end: a session that ends before rolls back."""
    assert script.stdout is not None
    assert session.stdin is not None
    session.stdin.write(f"BEGIN; SELECT pg_advisory_xact_lock({LOCK});\n".encode())
    for line in script.stdout:
        if not _LEFT_OUT.fullmatch(line):
            session.stdin.write(line)
        if line.startswith(_ROWS):
            break
    shutil.copyfileobj(script.stdout, session.stdin)
    if script.wait() == 0:
        session.stdin.write(ending.encode())


def _login(url: str) -> Mapping[str, str]:
    """The environment of a program; the password goes by it, for others could list it as an argument."""
    address = make_url(url)
    login = {
        "PGHOST": address.host,
        "PGPORT": address.port,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    given = {variable: str(value) for variable, value in login.items() if value is not None}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **given}


def _refuse_failure(name: str, status: int, said: IO[bytes]) -> None:
    if status:
        said.seek(0)
        raise BackupFailed(f"{name} failed: {said.read().decode(errors='replace').strip()[-500:]}")
