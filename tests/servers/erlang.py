"""Which RabbitMQ to run, and how to speak with its Erlang node: in milliseconds, where `rabbitmqctl` takes seconds."""

import itertools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemon import program
from tests.servers.trixie import ENTER, TRIXIE, in_trixie

_calls = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where RabbitMQ lives: `prefix` goes before each command, `root` is what it takes for `/`."""

    root: Path
    prefix: tuple[str, ...]
    server: str
    ctl: str

    def inside(self, path: Path) -> Path:
        """A path of ours as the server sees it."""
        return Path("/") / path.relative_to(self.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErlangNode:
    """A running node, spoken to over its distribution port."""

    port: int
    cookie: str

    def evaluate(self, code: str) -> str:
        """Evaluate Erlang in the node and return what it printed; raise when it fails."""
        # A name never used before: those of `-r` repeat within a second, and the node refuses one that it still knows.
        caller = f"signet{os.getpid()}n{next(_calls)}"
        command = [program("erl_call", "erlang-base"), "-h", caller, "-c", self.cookie]
        command += ["-address", f"127.0.0.1:{self.port}", "-timeout", "60"]
        marked = f'{code}, io:format("~ndone").\n'
        answer = subprocess.run(
            [*command, "-fetch_stdout", "-no_result_term", "-e"],
            input=marked,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = answer.stdout.strip()
        if not printed.endswith("done"):
            message = f"Erlang refused {code!r}: {answer.stdout} {answer.stderr}"
            raise RuntimeError(message)
        return printed.removesuffix("done").strip()


def installation() -> Installation:
    """The RabbitMQ that TEST_RABBITMQ asks for: Debian's own, or `4`."""
    if os.environ.get("TEST_RABBITMQ") != "4":
        return Installation(
            root=Path("/"),
            prefix=(),
            server=program("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"),
            ctl=program("/usr/lib/rabbitmq/bin/rabbitmqctl", "rabbitmq-server"),
        )
    return Installation(
        root=TRIXIE,
        prefix=ENTER,
        server=in_trixie("/usr/lib/rabbitmq/bin/rabbitmq-server", "RabbitMQ 4"),
        ctl=in_trixie("/usr/lib/rabbitmq/bin/rabbitmqctl", "RabbitMQ 4"),
    )
