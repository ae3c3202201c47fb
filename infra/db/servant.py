"""As whom the embedded PostgreSQL runs, and what it may reach.

PostgreSQL refuses to run as root. For root it runs as a system user of its own; where that user
could not walk to a folder, the folders above it get the right to be walked through, and no more.

Law: what is started here is out of reach of our terminal, and comes to its end before we do: a Ctrl-C in the middle
leaves nothing half-made.
"""

import grp
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

NAME: Final = "signet-postgres"
_BY_THE_TERMINAL: Final = frozenset({signal.SIGINT, signal.SIGHUP})


class NoServant(Exception):  # noqa: N818 - it names what is missing
    """We are root, and there is no user to run PostgreSQL as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servant:
    """A user and its group."""

    uid: int
    gid: int


def find_servant() -> Servant | None:
    """Return the user for PostgreSQL, made where it is missing; None where we are an ordinary user ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make_user()
    return Servant(uid=entry.pw_uid, gid=entry.pw_gid)


def identity_of(servant: Servant | None) -> dict[str, Any]:
    """Arguments for `subprocess` that start a program as the servant."""
    if servant is None:
        return {}
    return {"user": servant.uid, "group": servant.gid, "extra_groups": []}


def run_as(servant: Servant | None, command: Sequence[str], output: IO[str], folder: Path) -> int:
    """Run a program to its end, in a session of its own; answer its exit status.

    A Ctrl-C that comes before the child has its session ends it before it has begun (Python lets signals through
    first); then it is run again. Output goes to a file: a server that is started would keep a pipe open for ever.
    """
    status = _run(servant, command, output, folder)
    return _run(servant, command, output, folder) if -status in _BY_THE_TERMINAL else status


def give(path: Path, servant: Servant | None) -> None:
    """Make a folder or file the servant's."""
    if servant is not None:
        os.chown(path, servant.uid, servant.gid)


def open_way(path: Path, servant: Servant | None) -> None:
    """Let the servant walk to `path`: its parents may be walked through by all, and still not be listed."""
    if servant is None:
        return
    for parent in path.absolute().parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def open_tree(root: Path, servant: Servant | None) -> None:
    """Let the servant read and run what is installed under `root`."""
    if servant is None:
        return
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if mode != wanted:
            path.chmod(wanted)


def _make_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if useradd is None:
        raise NoServant(
            f"PostgreSQL does not run as root, and the user {NAME} cannot be made: run Signet as another user."
        )
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    if any(group.gr_name == NAME for group in grp.getgrall()):
        command[1:1] = ["--gid", NAME]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        run_as(None, command, said, Path("/"))
        said.seek(0)
        why = said.read().strip()
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        raise NoServant(f"The user {NAME} for PostgreSQL could not be made: {why}") from None


def _run(servant: Servant | None, command: Sequence[str], output: IO[str], folder: Path) -> int:
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        start_new_session=True,
        **identity_of(servant),
    ) as child:
        try:
            return child.wait()
        except BaseException:
            child.wait()
            raise
