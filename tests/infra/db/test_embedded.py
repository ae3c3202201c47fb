"""PostgreSQL in the state folder: started, stopped, recovered, and never two at once."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from domain.ports import NotReachable
from infra.db import embedded
from infra.db.cluster import Folder, WouldNotStart, _run, pid_lines

INTERRUPTED = """
import os, pathlib, signal, sys, threading
from infra.db import embedded
from infra.db.cluster import Folder, pid_lines

def interrupt():
    while not pid_lines(Folder(state=state)):
        pass
    os.kill(os.getpid(), signal.SIGINT)

state = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt, daemon=True).start()
embedded.start(state)
print("started")
"""
LEFT_BEHIND = """
import pathlib, sys
from infra.db import embedded
running = embedded.start(pathlib.Path(sys.argv[1]))
print(running.url, flush=True)
sys.stdin.read()
"""


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run a statement, and commit."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def pid_of(state: Path) -> int:
    """The process id of the server."""
    return int((Folder(state=state).cluster / "postmaster.pid").read_text().splitlines()[0])


def test_what_was_stored_is_there_after_a_clean_stop(state: Path) -> None:
    """And other commands find the server while it runs, but not afterwards."""
    with embedded.start(state) as first:
        run(first.url, "CREATE TABLE kept AS SELECT 1 AS x")
        assert embedded.url(state) == first.url
        assert not first.adopted
    with pytest.raises(NotReachable, match="start `signet run`"):
        embedded.url(state)

    with embedded.start(state) as second:
        assert run(second.url, "SELECT x FROM kept") == [(1,)]
        assert run(second.url, "SHOW fsync") == [("on",)]
    second.stop()


def test_the_password_is_ours_alone_and_asked_for(state: Path) -> None:
    """Other users of the machine can reach the port, and get no further."""
    with embedded.start(state) as running:
        wrong = make_url(running.url).set(drivername="postgresql", password="guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong.render_as_string(hide_password=False))

    folder = Folder(state=state)
    assert stat.S_IMODE(folder.password.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.cluster.stat().st_mode) == 0o700
    assert len(folder.password.read_text()) >= 32


def test_a_second_run_on_the_folder_is_told_of_the_first(state: Path) -> None:
    """It names the process, and disturbs nothing."""
    with embedded.start(state) as first:
        with pytest.raises(embedded.AlreadyRunning, match=f"process {os.getpid()}"):
            embedded.start(state)

        assert run(first.url, "SELECT 1") == [(1,)]


def test_a_killed_server_recovers_with_everything_committed(state: Path) -> None:
    """The stale pid file is no obstacle."""
    with embedded.start(state) as first:
        run(first.url, "CREATE TABLE kept AS SELECT 1 AS x")
        os.kill(pid_of(state), signal.SIGKILL)

    with embedded.start(state) as second:
        assert not second.adopted
        assert run(second.url, "SELECT x FROM kept") == [(1,)]


def test_a_pid_file_with_the_number_of_another_program_is_no_obstacle(state: Path) -> None:
    """After a reboot, or in a container, numbers come again soon."""
    with embedded.start(state):
        os.kill(pid_of(state), signal.SIGKILL)
    stale = Folder(state=state).cluster / "postmaster.pid"
    lines = stale.read_text().splitlines()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        stale.write_text("\n".join([str(other.pid), *lines[1:]]))
        with pytest.raises(NotReachable):
            embedded.url(state)

        with embedded.start(state) as running:
            assert run(running.url, "SELECT 1") == [(1,)]
        other.communicate(b"\n")


def test_a_server_that_a_killed_run_left_behind_is_taken_over(state: Path) -> None:
    """The kernel gave the lock back; the server goes on without a gap."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", LEFT_BEHIND, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout is not None
        url = killed.stdout.readline().strip()
        killed.kill()
        killed.communicate()

    with embedded.start(state) as running:
        assert running.adopted
        assert running.url == url
        assert run(running.url, "SELECT 1") == [(1,)]
    with pytest.raises(NotReachable):
        embedded.url(state)


def test_a_half_made_folder_is_made_anew(state: Path) -> None:
    """A first start that was cut off leaves nothing that is used."""
    unfinished = Folder(state=state).root / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")

    with embedded.start(state) as running:
        assert run(running.url, "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_a_folder_of_another_major_version_is_refused_with_the_way_out(state: Path) -> None:
    """Nothing is changed, and the sentence names what to do."""
    embedded.start(state).stop()
    folder = Folder(state=state)
    (folder.cluster / "PG_VERSION").write_text("17\n")
    before = sorted(folder.root.rglob("*"))

    with pytest.raises(embedded.OtherVersion) as refused:
        embedded.start(state)

    said = str(refused.value)
    assert "made by PostgreSQL 17, and this Signet brings 18" in said
    for command in (
        "signet backup FILE",
        "pg_dump --host=127.0.0.1 --username=signet --format=custom --file=FILE signet",
        f"mv {folder.root}",
        "signet restore FILE",
    ):
        assert command in said
    assert sorted(folder.root.rglob("*")) == before


def test_a_ctrl_c_while_the_server_starts_leaves_none_running(state: Path) -> None:
    """Where nobody listens for it, as in `signet restore`."""
    cut_off = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, state], capture_output=True, timeout=60, check=False
    )

    assert (cut_off.stdout, cut_off.returncode) == (b"", -signal.SIGINT), cut_off.stderr
    assert pid_lines(Folder(state=state)) == []


def test_a_program_that_a_ctrl_c_ends_before_it_has_begun_is_run_again(tmp_path: Path) -> None:
    """It comes to the whole terminal, and there is a moment before the program is out of its reach."""
    folder = Folder(state=tmp_path)
    folder.root.mkdir()

    heeding = ["/usr/bin/env", "--default-signal=INT"]  # who runs the tests may have it ignored
    _run([*heeding, "/bin/sh", "-c", "test -e begun || { touch begun; kill -INT $$; }"], folder, None)

    assert (folder.root / "begun").exists()
    with pytest.raises(WouldNotStart, match="env failed"):
        _run([*heeding, "/bin/sh", "-c", "kill -INT $$"], folder, None)
