"""Runs every harness for its number of inputs: `python -m fuzz`, or `python -m fuzz 10` for ten times as many."""

import subprocess
import sys
from typing import Final

RUNS: Final = {"containers": 200_000, "replies": 100_000, "names": 200_000}


def main() -> int:
    """Run them one after the other; 1 where one found something."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    failed = 0
    for name, runs in RUNS.items():
        command = [sys.executable, "-m", f"fuzz.{name}", f"-runs={runs * times}", "-print_final_stats=1"]
        failed |= subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
