"""What is read at run time comes along when Signet is installed, as into the image, and not only in a checkout."""

import subprocess
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("domain", "events", "infra", "workers", "web", "signet")
# Read by our own tools alone.
FOR_US: Final = ("events/published/*.json", "infra/db/migrations/script.py.mako")


def packed() -> list[str]:
    """The patterns of files that come along, from the root of the checkout."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return [
        f"{package.replace('.', '/')}/{pattern}"
        for package, patterns in project["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
    ]


def test_every_file_that_is_read_comes_along() -> None:
    """Templates, lists, catalogues: the installer takes Python alone unless told."""
    tracked = subprocess.run(
        ["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    files = [PurePosixPath(file) for file in tracked if not file.endswith(".py")]
    patterns = [*packed(), *FOR_US]

    assert files
    assert [str(file) for file in files if not any(file.match(pattern) for pattern in patterns)] == []
