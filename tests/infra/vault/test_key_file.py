"""The file of keys: whole or not there, closed to others, never overwritten, and read again when it changes."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import structlog

from infra.settings import Settings
from infra.vault.key_file import read_keys, write_keys
from infra.vault.key_source import KeyFile, KeysRefused, key_source
from infra.vault.keys import KeyRing, WrongKeys, generate
from tests.house.source import ROOT

ENDLESS = """
import itertools, pathlib, sys
from infra.vault.key_file import write_keys
from infra.vault.keys import KeyRing, generate
folder = pathlib.Path(sys.argv[1])
for number in itertools.count():
    write_keys(folder / f"keys{number}", KeyRing(tuple(generate() for _ in range(200))))
    print(number, flush=True)
"""


def a_ring(keys: int = 1) -> KeyRing:
    """A ring of new keys."""
    return KeyRing(tuple(generate() for _ in range(keys)))


def settings(tmp_path: Path, **more: str) -> Settings:
    """An installation in a folder of its own."""
    return Settings.load({"SIGNET_STATE": str(tmp_path / "state"), **more})


def test_it_is_made_for_us_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """In a folder that is made for it, whatever the umask lets through."""
    ring, path = a_ring(2), tmp_path / "state" / "keys"
    before = os.umask(0)
    try:
        assert write_keys(path, ring)
    finally:
        os.umask(before)

    assert read_keys(path, private=True) == ring
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_it_is_never_overwritten_whoever_comes_first(tmp_path: Path) -> None:
    """Of many that begin at once one makes it, and the others take that."""
    path, made = tmp_path / "keys", []
    rings = [a_ring() for _ in range(8)]
    begin = threading.Barrier(len(rings))

    def make(ring: KeyRing) -> None:
        begin.wait()
        if write_keys(path, ring):
            made.append(ring)

    threads = [threading.Thread(target=make, args=(ring,)) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [read_keys(path, private=True)]
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_at_any_moment_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    """Each that is there holds all of its keys; what a kill leaves has a name that nobody reads."""
    for round_ in range(5):
        place = tmp_path / str(round_)
        place.mkdir()
        with subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(place)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as writer:
            assert writer.stdout is not None
            for _ in range(20 + round_):
                writer.stdout.readline()
            writer.kill()
        assert writer.returncode == -9

        files = [file for file in place.iterdir() if not file.name.startswith(".keys")]
        assert len(files) >= 20
        assert {len(read_keys(file, private=True).keys) for file in files} == {200}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_one_that_others_can_read_is_refused_with_the_way_out(tmp_path: Path, mode: int) -> None:
    """Whoever reads it reads every secret."""
    path = tmp_path / "state" / "keys"
    write_keys(path, a_ring())
    path.chmod(mode)
    source = key_source(settings(tmp_path))
    assert source is not None

    with pytest.raises(KeysRefused) as refused:
        source()

    assert str(refused.value) == (
        f"The keys in {path} cannot be used: others may read it; close it: chmod 600 {path}."
    )


def test_one_that_an_operator_mounts_may_be_read_by_others(tmp_path: Path) -> None:
    """Docker and Kubernetes mount secrets so, where only the container sees them."""
    path, ring = tmp_path / "mounted", a_ring()
    write_keys(path, ring)
    path.chmod(0o444)

    source = key_source(settings(tmp_path, SIGNET_KEYS=str(path)))

    assert source is not None
    assert source() == ring


@pytest.mark.parametrize("content", [b"", b"not a key\n", b"\xff\xfe", b"A" * 100_000])
def test_what_is_no_file_of_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, something else, not text, without end."""
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(WrongKeys):
        read_keys(path, private=True)


def test_keys_come_from_the_setting_else_from_the_state_folder_else_there_are_none(tmp_path: Path) -> None:
    """In this order; keys themselves, or a path."""
    spelled, filed, own = a_ring(2), a_ring(), a_ring()
    write_keys(tmp_path / "filed", filed)
    assert key_source(settings(tmp_path)) is None

    write_keys(tmp_path / "state" / "keys", own)

    def read(**more: str) -> Any:
        source = key_source(settings(tmp_path, **more))
        return source and source()

    assert read() == own
    assert read(SIGNET_KEYS=spelled.text.replace("\n", ",")) == spelled
    assert read(SIGNET_KEYS=str(tmp_path / "filed")) == filed


def test_a_key_that_is_added_holds_without_a_restart(tmp_path: Path) -> None:
    """And one that is taken out is gone."""
    path, first, both = tmp_path / "keys", a_ring(), a_ring(2)
    write_keys(path, first)
    file = KeyFile(path, private=True)
    assert file.ring() == first

    path.write_text(both.text)

    assert file.ring() == both


@pytest.mark.parametrize("spoil", ["half", "gone", "open"])
def test_while_a_changed_file_cannot_be_used_the_keys_before_hold(tmp_path: Path, spoil: str) -> None:
    """An editor may be at it. It is said once, and never what stands in it."""
    path, ring = tmp_path / "keys", a_ring()
    write_keys(path, ring)
    file = KeyFile(path, private=True)
    file.ring()
    if spoil == "half":
        path.write_text(ring.text[:-10])
    elif spoil == "gone":
        path.unlink()
    else:
        path.chmod(0o644)

    with structlog.testing.capture_logs() as lines:
        assert [file.ring(), file.ring()] == [ring, ring]

    assert [line["event"] for line in lines] == ["keys.unusable"]
    assert ring.text[:6] not in str(lines)
