"""Ctrl-C before `signet run` has started: no fault, and the next start finds nothing half-made."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from signet.everything import until_signalled
from tests.journeys.alone import alone
from tests.journeys.command import SIGNET
from tests.servers.waiting import wait_until

ZONE = {"SIGNET_DKIM_ZONE": "dkim.signet.example", "SIGNET_RESOLVERS": "127.0.0.1:9"}


@pytest.mark.timeout(180)
def test_ctrl_c_while_the_database_is_made_is_no_fault_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    """A terminal sends it to every program started from it; PostgreSQL's are spared, and finish what they make."""
    state = tmp_path / "state"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNET_")}
    environment = {**kept, **ZONE, "SIGNET_STATE": str(state), "SIGNET_HTTP": "127.0.0.1:0"}
    process = subprocess.Popen(
        [SIGNET, "run"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    unfinished = state / "postgres" / "data.unfinished" / "global"
    wait_until(unfinished.exists, what="the database is being made", within=60)

    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out, err) == (130, "", "Stopped before it had started.\n")
    assert not (state / "postgres" / "data.unfinished").exists()
    with alone(state, **ZONE) as second:
        assert second.stop() == 0


def test_ctrl_c_while_the_program_is_loaded_is_quiet(tmp_path: Path) -> None:
    """What is loaded first asks for it: no traceback, and the status of a program that was stopped."""
    (tmp_path / "typer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")

    stopped = subprocess.run(
        ["env", "--default-signal=INT", SIGNET, "run"],  # who runs the tests may have it ignored
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (130, "", "")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_while_the_event_is_locked_is_not_waited_for(number: signal.Signals) -> None:
    """A handler runs wherever the main thread is, and that is inside the event four times a second."""
    with until_signalled() as stop:
        with stop._cond:
            signal.raise_signal(number)
        told = stop.wait(10)

    assert told
