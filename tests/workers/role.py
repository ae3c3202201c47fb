"""One role as a process of its own, for tests that kill it: `python -m tests.workers.role ROLE`.

The settings come from the environment, as those of `signet ROLE` do. SIGTERM is the end of a shift.
"""

import os
import signal
import sys
from threading import Event

from infra.settings import Settings
from workers import roles

LEASE = "LAB_LEASE"

ROLES = {
    "intake": roles.intake,
    "worker": roles.worker,
    "dispatcher": roles.dispatcher,
    "embedded": roles.embedded,
}


def main(role: str) -> None:
    """Play the role until told to stop."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    environ = {name: value for name, value in os.environ.items() if name.startswith("SIGNET_")}
    ROLES[role](Settings.load(environ), stop)


if __name__ == "__main__":
    main(sys.argv[1])
