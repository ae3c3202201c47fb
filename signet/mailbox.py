"""`signet mailbox`: the mails that were written where no relay is set; the sandbox's mails too."""

from typing import Annotated, Final

import typer

from signet.ending import Ended, Status
from signet.installation import settings
from signet.screen import present, print_json, say, table
from workers.bootstrap import mail
from workers.services import Letter

MOST: Final = 1000
SHORT: Final = 8

app = typer.Typer(no_args_is_help=True, help="The mails written where no relay is set.")


@app.command("list")
def list_mails(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
) -> None:
    """List the mails, the newest first."""
    found = mail.mailbox(settings()).latest(MOST)
    if as_json:
        print_json({"items": [_item(letter) for letter in found]})
        return
    rows = [(letter.id[:SHORT], letter.date, letter.to, letter.subject) for letter in found]
    present(table(("Id", "Date", "To", "Subject"), rows))


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show one mail."""
    found = [one for one in mail.mailbox(settings()).latest(MOST) if one.id.startswith(letter_id)]
    if len(found) != 1:
        raise Ended(
            Status.NOT_SO, f"{len(found)} mails begin with {letter_id}. `signet mailbox list` shows all."
        )
    if as_json:
        print_json({**_item(found[0]), "text": found[0].text, "html": found[0].html})
        return
    for name, value in {"From": found[0].sender, "To": found[0].to, "Subject": found[0].subject}.items():
        say(f"{name}: {value}")
    say(f"\n{found[0].text}")


def _item(letter: Letter) -> dict[str, object]:
    return {
        "id": letter.id,
        "date": None if letter.date is None else letter.date.isoformat(),
        "from": letter.sender,
        "to": letter.to,
        "subject": letter.subject,
    }
