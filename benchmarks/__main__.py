"""Everything that is measured, one after the other: `python -m benchmarks [NAME…]`. About three quarters of an hour."""

import subprocess
import sys
from typing import Final

NAMES: Final = (
    *("looks", "latency", "seen", "dead", "intake", "relay", "claim", "disk", "dns_engine"),
    *("smtp_login", "confirmations", "certificates", "dkim_keys"),
)


def main(wanted: list[str]) -> int:
    """Run each in a process of its own, so that none inherits another's memory; 1 where one failed."""
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        print(f"There is no benchmark {unknown[0]}. There are {', '.join(NAMES)}.", file=sys.stderr)
        return 64
    failed = 0
    for name in wanted or NAMES:
        print(f"\n## {name}\n", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
