"""The command `signet`: its groups put together, and the one place where a command ends.

Law: every way to fail is one sentence and an exit status of `ending.py`; wrong usage is 64, never typer's 2.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Final

import typer
from typer._click.exceptions import ClickException

from signet import dead_letters, keys, mailbox, maintenance, roles, standing
from signet import run as running
from signet.check import check
from signet.doctor import doctor
from signet.ending import Ended, Status
from signet.events import events
from signet.publish import publish
from signet.screen import remark, say
from workers.bootstrap import SPOKEN

DISTRIBUTION: Final = "signet-mail"

app = typer.Typer(
    name="signet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Proves that somebody who wants to send mail as info@example.com may do so.",
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands it over like this
    if wanted:
        say(f"signet {version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version_wanted: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options before any command."""


app.command("run")(running.run)
for role in (roles.intake, roles.worker, roles.dispatcher, roles.web, roles.migrate):
    app.command(role.__name__)(role)
app.command("publish")(publish)
app.command("events")(events)
app.command("list")(standing.list_identities)
app.command("show")(standing.show)
app.command("records")(standing.records)
app.command("wait")(standing.wait)
app.command("check")(check)
app.add_typer(mailbox.app, name="mailbox")
app.add_typer(keys.app, name="keys")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("settings")(maintenance.show_settings)
app.command("doctor")(doctor)
app.command("backup")(maintenance.backup)
app.command("restore")(maintenance.restore)


def main() -> None:
    """Run the command of this process, and leave with its status."""
    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command; answer its exit status."""
    try:
        return app(list(arguments), prog_name="signet", standalone_mode=False) or Status.DONE
    except Ended as ended:
        return _end(ended.status, ended.sentence)
    except ClickException as error:
        return _end(Status.WRONG, _usage(error))
    except (KeyboardInterrupt, typer.Abort):
        return Status.INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return Status.DONE
    except Exception as error:  # noqa: BLE001 - the outermost place of the process
        return _end(Status.FAULT, str(error) if isinstance(error, SPOKEN) else _our_fault(error))


def _end(status: Status, sentence: str) -> int:
    if sentence:
        remark(sentence)
    return status


def _usage(error: ClickException) -> str:
    said = error.format_message().strip()
    context = getattr(error, "ctx", None)
    if not said or context is None:
        return said
    return f"{said}\nTry: {context.command_path} --help"


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
