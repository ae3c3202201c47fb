"""Starts the child process that opens one container, and tells how it ended.

Law: it has no environment, no descriptor but its pipes, and an end: two seconds of computing, five of the clock.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from domain.certificates import Opening
from infra.x509.child import READY

WALL_SECONDS: Final = 5.0
BUSY_SECONDS: Final = (
    1.0  # of computing: more within the time of the clock is the file's doing, less the machine's
)
ROOT: Final = str(Path(__file__).parents[2])
START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from infra.x509.child import main; main(*sys.argv[2:])"
)
# Ended from outside, by a person or for want of memory: not by what the file made it do.
_FROM_OUTSIDE: Final = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


class ChildFailed(Exception):  # noqa: N818 - it names what happened; nothing of the file is in it
    """The child process could not do its work for a reason of ours. The same upload may be tried again."""


def run(arguments: Sequence[str], request: bytes) -> bytes | Opening:
    """What the child answers; or why it could not, where that is the file's doing. Raises ChildFailed."""
    command = [sys.executable, "-I", "-W", "ignore", "-c", START, ROOT, *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    ) as child:
        try:
            said, _ = child.communicate(request, timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            busy = _computed(child.pid) >= BUSY_SECONDS
            _end(child)
            if busy:
                return Opening.TOO_EXPENSIVE
            raise ChildFailed("it had no time to compute within five seconds") from None
        except BaseException:
            _end(child)
            raise
    return _outcome(child.returncode, said)


def _outcome(code: int, said: bytes) -> bytes | Opening:
    if not said.startswith(READY):
        raise ChildFailed(f"it ended with {code} before it began")
    if code == 0:
        return said.removeprefix(READY)
    if code == -signal.SIGXCPU:
        return Opening.TOO_EXPENSIVE
    if -code in _FROM_OUTSIDE:
        raise ChildFailed(f"it was ended by signal {-code}")
    return Opening.NOT_PKCS12


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End it, with whatever it may have started."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _computed(pid: int) -> float:
    """The seconds that a process has computed so far."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
