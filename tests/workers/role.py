"""One role as a process of its own, for tests that kill it: `python -m tests.workers.role ROLE [QUEUE ...]`.

The settings come from the environment, as those of `signet ROLE` do. SIGTERM is the end of a shift.
"""

import os
import sys

from infra.settings import Settings
from signet.everything import until_signalled
from workers import roles
from workers.routes import ROUTES

LEASE = "LAB_LEASE"

ROLES = {
    "intake": roles.intake,
    "dispatcher": roles.dispatcher,
    "embedded": roles.embedded,
}


def main(role: str, *queues: str) -> None:
    """Play the role until told to stop; a worker serves these queues, or all where none is named."""
    environ = {name: value for name, value in os.environ.items() if name.startswith("SIGNET_")}
    settings = Settings.load(environ)
    with until_signalled() as stop:
        if role == "worker":
            offered = tuple(route for route in ROUTES if not queues or route.queue in queues)
            roles.worker(settings, stop, offered=offered)
        else:
            ROLES[role](settings, stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
