"""What a process needs for a while goes with it: by itself, or by the next one."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.db.scratch import PREFIX, scratch

HOLD = """
import sys
from pathlib import Path
from infra.db.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "keys").write_text("secret")
    print(folder, flush=True)
    sys.stdin.read()
"""


def hold(beside: Path) -> tuple["subprocess.Popen[str]", Path]:
    """Another process, in the middle of its work, and its folder."""
    command = [sys.executable, "-c", HOLD, str(beside)]
    held = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert held.stdout
    return held, Path(held.stdout.readline().strip())


def end(held: "subprocess.Popen[str]") -> None:
    """Let it end by itself."""
    held.communicate(timeout=20)
    assert held.returncode == 0


def test_a_folder_is_its_owners_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    """Also where what was done in it failed."""
    seen: list[tuple[int, Path]] = []

    def fail() -> None:
        with scratch(tmp_path / "file") as folder:
            (folder / "keys").write_text("secret")
            seen.append((folder.stat().st_mode & 0o777, folder.parent))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert seen == [(0o700, tmp_path)]
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    """No copy of the keys stays behind."""
    held, left = hold(tmp_path / "file")
    held.send_signal(signal.SIGKILL)
    held.communicate(timeout=20)
    assert (left / "keys").exists()

    with scratch(tmp_path / "file") as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_what_a_process_still_works_in_stays(tmp_path: Path) -> None:
    """Two may work beside the same file."""
    held, theirs = hold(tmp_path / "file")
    with scratch(tmp_path / "file") as folder:
        assert set(tmp_path.iterdir()) == {folder, theirs}
    end(held)

    assert not list(tmp_path.iterdir())


def test_what_is_not_such_a_folder_stays(tmp_path: Path) -> None:
    """A file, a link that leads elsewhere, and backups that somebody keeps in a folder."""
    own = tmp_path / ".signet-backup-20261130"
    own.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (tmp_path / f"{PREFIX}file").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)

    with scratch(tmp_path / "file"):
        pass

    assert (elsewhere / "kept").exists()
    assert {path.name for path in tmp_path.iterdir()} == {
        "elsewhere",
        own.name,
        f"{PREFIX}file",
        f"{PREFIX}link",
    }
