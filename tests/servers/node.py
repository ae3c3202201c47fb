"""Programs of node with packages from npm, installed once for each state of their lock file."""

import shutil
import subprocess
from pathlib import Path

INSTALLED = Path(__file__).parents[2] / "var"


def installed(source: Path) -> Path:
    """A folder with the packages that `source` locks, and its scripts."""
    place = INSTALLED / source.name
    lock, kept = (source / "package-lock.json").read_bytes(), place / "installed.lock"
    if not kept.exists() or kept.read_bytes() != lock:
        place.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(source / file, place)
        subprocess.run(
            [_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=place, check=True
        )
        kept.write_bytes(lock)
    for script in source.glob("*.mjs"):
        shutil.copy(script, place)
    return place


def run(script: Path, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run one to its end."""
    command = [_program("node"), str(script), *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60)


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing; `make services` installs it"
    return found
