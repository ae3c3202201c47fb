"""`signet settings`, `backup` and `restore`: what an operator needs besides the work itself."""

from pathlib import Path
from typing import Annotated

import typer

from signet.installation import own_settings, quiet, settings
from signet.screen import present, print_json, say, side, table
from workers import bootstrap


def show_settings(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
) -> None:
    """Show every setting with its value, its default and its meaning; passwords are masked."""
    rows = bootstrap.setting_rows(settings())
    if as_json:
        print_json([dict(zip(("name", "value", "default", "meaning"), row, strict=True)) for row in rows])
        return
    present(table(("Setting", "Value", "Default", "Meaning"), rows, name_first=True))


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
) -> None:
    """Write database and keys into one archive; work may go on meanwhile."""
    chosen = settings()
    quiet(chosen)
    with side().status("Writing the archive …"):
        bootstrap.back_up(chosen, file)
    say(f"Written: {file}")


def restore(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An archive that `signet backup` wrote, or a database that `pg_dump --format=custom` wrote.",
            exists=True,
        ),
    ],
) -> None:
    """Read an archive into an empty state folder or database; stop Signet before."""
    chosen = own_settings()
    quiet(chosen)
    with side().status("Reading the archive …"):
        bootstrap.restore_from(chosen, file)
    say(f"Restored from {file}. `signet run` starts with it.")
