"""Another implementation of HPKE, in another language: `@hpke/core` on node."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
INSTALLED: Final = HERE.parents[1] / "var" / "sealing"


@pytest.fixture(scope="session")
def javascript() -> Path:
    """A folder with it and our two scripts, installed once for each state of its lock file."""
    lock = (HERE / "package-lock.json").read_bytes()
    kept = INSTALLED / "installed.lock"
    if not kept.exists() or kept.read_bytes() != lock:
        INSTALLED.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / file, INSTALLED)
        npm = shutil.which("npm")
        assert npm, "npm is missing; `make services` installs it"
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=INSTALLED, check=True)
        kept.write_bytes(lock)
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, INSTALLED)
    return INSTALLED
