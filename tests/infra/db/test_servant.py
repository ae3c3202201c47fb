"""PostgreSQL never runs as root, and what it may reach is opened no wider than it must be."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from infra.db.servant import NAME, Servant, find_servant, identity_of, open_tree, open_way
from tests.house.source import ROOT
from tests.servers.waiting import wait_until

OTHER = Servant(uid=65534, gid=65534)
# A machine that has no such user yet, as far as the one who runs in it can see: in a mount namespace of its own, with a
# copy of /etc, and a useradd that says when it has begun and goes on when it is told to.
MACHINE = r"""
cp -a /etc "$0/etc" && cp "$(command -v useradd)" "$0/useradd" &&
sed -i /^signet-postgres:/d "$0/etc/passwd" "$0/etc/shadow" "$0/etc/group" "$0/etc/gshadow" &&
printf '#!/bin/sh\n: >%s/begun\nread _ <%s/go-on\nexec %s/useradd "$@"\n' "$0" "$0" "$0" >"$0/slow" &&
chmod 755 "$0/slow" && mount --bind "$0/etc" /etc && mount --bind "$0/slow" "$(command -v useradd)" && exec "$@"
"""
SLOW = "touch begun; sleep 1; touch done"
RUN = """
import pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from infra.db.servant import run_as
run_as(None, ["/bin/sh", "-c", sys.argv[1]], sys.stdout, pathlib.Path.cwd())
"""
START = """
import pwd, signal
signal.signal(signal.SIGINT, lambda *_: print("heard", flush=True))
from infra.db.servant import find_servant
print(pwd.getpwuid(find_servant().uid).pw_name)
"""


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_way_to_a_folder_may_be_walked_but_not_listed(tmp_path: Path) -> None:
    """The folders above get the right to be searched, and the place itself is not touched."""
    place = tmp_path / "private" / "place"
    place.mkdir(parents=True)
    place.parent.chmod(0o700)
    place.chmod(0o700)

    open_way(place, OTHER)

    assert mode(place.parent) == 0o701
    assert mode(place) == 0o700


def test_an_installed_tree_may_be_read_and_run(tmp_path: Path) -> None:
    """Also where it was installed with a strict umask; what is no program does not become one."""
    program, text = tmp_path / "tree" / "program", tmp_path / "tree" / "text"
    program.parent.mkdir(mode=0o700)
    program.write_bytes(b"")
    program.chmod(0o700)
    text.write_bytes(b"")
    text.chmod(0o600)
    (tmp_path / "tree" / "link").symlink_to("nowhere")

    open_tree(tmp_path / "tree", OTHER)

    assert (mode(tmp_path / "tree"), mode(program), mode(text)) == (0o705, 0o705, 0o604)


def test_an_ordinary_user_needs_no_servant_and_changes_nothing(tmp_path: Path) -> None:
    """Everything stays private then."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)

    open_way(folder / "place", None)
    open_tree(folder, None)

    assert mode(folder) == 0o700
    assert identity_of(None) == {}


def test_the_servant_is_never_root() -> None:
    """For root there is a user; for an ordinary user there is none."""
    if os.geteuid() == 0:
        servant = find_servant()
        assert servant is not None
        assert servant.uid != 0
        assert identity_of(servant) == {"user": servant.uid, "group": servant.gid, "extra_groups": []}
    else:
        assert find_servant() is None


def test_ctrl_c_while_the_user_is_made_is_heard_by_us_alone(tmp_path: Path) -> None:
    """The program that makes it goes on to its end: a first start as root finds nothing half-made, and no fault."""
    if os.geteuid() != 0:
        pytest.skip("only root makes users")
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    os.mkfifo(go_on)
    first_start = subprocess.Popen(
        ["unshare", "--mount", "/bin/sh", "-c", MACHINE, tmp_path, sys.executable, "-c", START],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(begun.exists, what="the user is being made", within=60)

    os.killpg(first_start.pid, signal.SIGINT)
    assert first_start.stdout is not None
    heard = first_start.stdout.readline()
    with go_on.open("r+b", buffering=0) as door:  # both ways: who opens one end alone waits for the other
        door.write(b"on\n")
        made, _ = first_start.communicate(timeout=60)

    assert (heard, made, first_start.returncode) == ("heard\n", f"{NAME}\n", 0)


def test_ctrl_c_ends_us_when_the_program_has_come_to_its_end(tmp_path: Path) -> None:
    """Also where nobody listens for it, as in `signet restore`: half of what it makes would be of no use."""
    ours = subprocess.Popen(
        [sys.executable, "-c", RUN, SLOW],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until((tmp_path / "begun").exists, what="the program has begun", within=60)

    os.killpg(ours.pid, signal.SIGINT)
    _, said = ours.communicate(timeout=60)

    assert (ours.returncode, b"KeyboardInterrupt" in said) == (-signal.SIGINT, True)
    assert (tmp_path / "done").exists()
