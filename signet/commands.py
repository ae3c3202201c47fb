"""The commands of `signet`, put together from the file of each group."""

from importlib.metadata import version
from typing import Annotated, Final

import typer

from signet import dead_letters, keys, mailbox, maintenance, roles, standing
from signet import run as running
from signet.check import check
from signet.doctor import doctor
from signet.events import events
from signet.publish import publish
from signet.screen import say

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
