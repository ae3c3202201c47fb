"""Processes that run our code, forked from one server that has imported all of it once."""

import multiprocessing
from typing import Final

FORKED: Final = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    [
        "signet.commands",
        "web.app",
        "web.server",
        "web.watch",
        "alembic.command",
        "tests.faults.keys_ground",
        "tests.faults.mail_ground",
        "tests.faults.processes",
        "tests.faults.work_ground",
    ]
)
