"""The command `signet`: the one place where a command begins and ends.

Law: every way to fail is one sentence and an exit status of `ending.py`; wrong usage is 64, never typer's 2.
"""

import os
import resource
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from signet.ending import Ended, Status

if TYPE_CHECKING:
    from typer._click.exceptions import ClickException


def main() -> None:
    """Run the command of this process, and leave with its status. A crash writes down nothing of its memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command; answer its exit status. Ctrl-C is quiet from the first moment on: all else is loaded in here."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return Status.DONE
    except Exception as error:  # noqa: BLE001 - the outermost place of the process
        return _end(_status(error), _spoken(error) or _our_fault(error))


def _run(arguments: Sequence[str]) -> int:
    import typer  # noqa: PLC0415 - here, as the next two, so that Ctrl-C while they are loaded is quiet too
    from typer._click.exceptions import ClickException  # noqa: PLC0415

    from signet.commands import app  # noqa: PLC0415

    try:
        return app(list(arguments), prog_name="signet", standalone_mode=False) or Status.DONE
    except Ended as ended:
        return _end(ended.status, ended.sentence)
    except ClickException as error:
        return _end(Status.WRONG, _usage(error))
    except typer.Abort:
        return Status.INTERRUPTED


def _end(status: Status, sentence: str) -> int:
    if sentence:
        from signet.screen import remark  # noqa: PLC0415 - loaded with the commands

        remark(sentence)
    return status


def _usage(error: "ClickException") -> str:
    said = " ".join(error.format_message().split()).replace("Value error, ", "")  # pydantic's word, not ours
    context = getattr(error, "ctx", None)
    if not said or context is None:
        return said
    return f"{said}\nTry: {context.command_path} --help"


def _spoken(error: Exception) -> str | None:
    """What an error that speaks to the operator says."""
    from workers.bootstrap import SPOKEN  # noqa: PLC0415 - as above

    return str(error) if isinstance(error, SPOKEN) else None


def _status(error: Exception) -> Status:
    """Whether the operator can put it right by a setting."""
    from workers.bootstrap import WRONG  # noqa: PLC0415 - as above

    return Status.WRONG if isinstance(error, WRONG) else Status.FAULT


def _our_fault(error: Exception) -> str:
    if os.environ.get("SIGNET_LOG_LEVEL") == "debug":
        traceback.print_exception(error)
    return (
        f"A fault of Signet's own: {type(error).__name__}. "
        "Set SIGNET_LOG_LEVEL=debug to see where, and please report it."
    )


def _forget_output() -> None:
    """The reader has left; what Python would still flush at the end goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
