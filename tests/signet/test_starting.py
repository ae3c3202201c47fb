"""How a command starts: quickly, and quietly stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.waiting import PATIENCE
from tests.signet.conftest import Command

INTERRUPTED = """
import sys
from signet import cli

class Impatience:
    def find_spec(self, name, path=None, target=None):
        if name == "signet.commands":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Impatience())
sys.argv = ["signet", "--version"]
cli.main()
"""
CRASHING = """
import os, resource, sys
from signet import cli

most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
sys.argv = ["signet", "--version"]
try:
    cli.main()
finally:
    print(resource.getrlimit(resource.RLIMIT_CORE))
    sys.stdout.flush()
    os.chdir(os.environ["HERE"])
    os.abort()
"""


def python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * PATIENCE,
        env=os.environ | environment,
    )


def test_who_serves_nothing_waits_for_no_web_framework_and_no_migrations() -> None:
    """They cost a second, at every `signet list`."""
    ran = python(
        "import sys, signet.commands; print({'fastapi', 'uvicorn', 'alembic'} & set(sys.modules) or 'none')"
    )

    assert (ran.returncode, ran.stdout) == (0, "none\n")


def test_ctrl_c_while_it_loads_ends_it_without_a_word() -> None:
    """As at any other moment: 128 + SIGINT."""
    ran = python(INTERRUPTED)

    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


def test_a_crash_writes_no_memory_with_secrets(tmp_path: Path) -> None:
    """Neither of a command nor of what it starts, also where the machine would keep it."""
    ran = python(CRASHING, HERE=str(tmp_path))

    assert (ran.returncode, ran.stdout.splitlines()[-1], ran.stderr) == (-signal.SIGABRT, "(0, 0)", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list",), "Missing argument 'KIND'. Choose from: domain, address, smtp, certificate"),
        (
            ("records", "example.org", "--format", "xml"),
            "Invalid value for '--format': 'xml' is not one of 'table', 'csv', 'zone', 'terraform', 'json'.",
        ),
        (("nonsense",), "No such command 'nonsense'."),
    ],
)
def test_wrong_usage_is_one_line_and_the_next_step(
    signet: Command, arguments: tuple[str, ...], sentence: str
) -> None:
    """In our words, not in those of a library."""
    said, next_step = signet(*arguments).err.splitlines()

    assert said == sentence
    assert next_step.startswith("Try: signet")
