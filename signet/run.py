"""`signet run`: everything in one process, on one machine; `--sandbox` with servers and samples of its own."""

from typing import Annotated

import typer

from signet.ending import wrong
from signet.everything import begun, until_signalled
from signet.installation import own_settings, speak_up, with_zone
from signet.sandbox.stage import play
from signet.screen import remark
from signet.welcome import first_key, welcome


def run(
    *,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="With a DNS server, a mail server and sample domains of its own."),
    ] = False,
    leave: Annotated[
        bool,
        typer.Option(
            "--exit", help="Leave when every sample has had its event: 0 as it should be, 1 not so."
        ),
    ] = False,
) -> None:
    """Run everything in this process, until Ctrl-C or SIGTERM."""
    if leave and not sandbox:
        raise wrong("--exit goes with --sandbox: signet run --sandbox --exit.")
    if sandbox:
        play(leave=leave)
        return
    settings = with_zone(own_settings())
    speak_up(settings, "run")
    with until_signalled() as stop, begun(settings, stop) as running:
        welcome(settings, running.address, first_key(running.services), mailbox=settings.relay_url is None)
        running.wait()
        remark("Stopping: what is in hand is finished first.")
