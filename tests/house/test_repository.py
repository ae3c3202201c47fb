"""What lies in the repository: fresh documents, nothing of the machine that it was written on, one lock."""

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.house.source import ROOT

PLACES: Final = {
    "a home or work folder of a machine": r"(?<![\w.])/(home/\w|root/|work/|Users/\w)",
    "the name of a package mirror": r"--(extra-)?index-url|--find-links|/opt/(pypi|wheels)",
    "a resolved registry address": r'"resolved"\s*:',
}
# These name the places to keep them out.
NAMES_THEM: Final = {"tests/house/test_repository.py", "Makefile"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every text file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    files = [ROOT / name for name in listed.decode().split("\0") if name]
    return tuple(
        file for file in files if file.is_file() and file.suffix not in {".png", ".ico", ".woff2", ".gz"}
    )


@pytest.mark.parametrize("what", PLACES)
def test_nothing_of_the_machine_is_in_the_repository(what: str) -> None:
    """It is cloned onto others."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked()
        if file.relative_to(ROOT).as_posix() not in NAMES_THEM
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1)
        if re.search(PLACES[what], line)
    ]

    assert found == []


def test_generated_documents_are_fresh() -> None:
    """`make generate` writes them."""
    run = subprocess.run(
        [sys.executable, "-m", "scripts.generate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("lock", ["run", "dev", "bench", "build"])
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    """Pip refuses the others, on the user's machine, too late."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    packages = re.split(r"\n(?=\w)", text.strip())

    assert [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_every_dependency_is_locked() -> None:
    """What pyproject.toml asks for, the lock brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements" / "run.txt").read_text().lower()
    names = [re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower() for line in project["dependencies"]]

    assert [
        name for name in names if not re.search(rf"^{re.escape(name)}(\[.*\])?==", locked, re.MULTILINE)
    ] == []


def test_links_between_documents_lead_somewhere() -> None:
    """A reader who follows one arrives."""
    broken = [
        f"{file.relative_to(ROOT)}: {target}"
        for file in tracked()
        if file.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", file.read_text("utf-8"))
        if not (file.parent / target).exists()
    ]

    assert broken == []


def test_make_shows_its_targets_by_default() -> None:
    """A stranger types `make`, and knows."""
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {
        name for name in ("setup", "run", "check", "test", "test-long", "bench", "lock") if name not in shown
    } == set()
