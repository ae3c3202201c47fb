"""`signet keys api create|list|revoke`: who may speak to the HTTP interface, for whom, and to do what."""

from typing import Annotated, Final

import typer

from domain.fields import is_account
from signet.ending import Ended, Status, wrong
from signet.installation import session
from signet.screen import present, print_json, remark, say, table
from workers.services import Key

RIGHTS: Final = ("publish", "read", "ops")
USUAL: Final = ("publish", "read")
EVERY_ACCOUNT: Final = "*"

app = typer.Typer(no_args_is_help=True, help="The keys of this installation.")
api = typer.Typer(no_args_is_help=True, help="API keys, for the HTTP interface.")
app.add_typer(api, name="api")


@api.command()
def create(
    publisher: Annotated[str, typer.Option("--publisher", metavar="P", help="As whom it publishes.")],
    account: Annotated[
        list[str],
        typer.Option("--account", metavar="A", help="For whom; may be repeated. * is every account."),
    ],
    right: Annotated[
        list[str] | None,
        typer.Option(
            "--right", metavar="R", help="publish, read or ops; may be repeated. Without: publish and read."
        ),
    ] = None,
) -> None:
    """Make an API key and print it, this once and alone."""
    if not is_account(publisher):
        raise wrong("--publisher is 1 to 128 characters of A-Z a-z 0-9 . _ : @ / -")
    for name in account:
        if name != EVERY_ACCOUNT and not is_account(name):
            raise wrong(f"{name} cannot be an account: 1 to 128 characters of A-Z a-z 0-9 . _ : @ / -, or *")
    for name in right or ():
        if name not in RIGHTS:
            raise wrong(f"There is no right {name}. The rights are {', '.join(RIGHTS)}.")
    with session() as services, services.reading() as reading:
        _, text = reading.api_keys.create(publisher, account, right or USUAL)
        reading.commit()
    say(text)


@api.command("list")
def list_keys(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
) -> None:
    """List all keys ever made; what a key itself is, nobody knows but who has it."""
    with session() as services, services.reading() as reading:
        found = reading.api_keys.all()
    if as_json:
        print_json({"items": [_item(key) for key in found]})
        return
    rows = [
        (
            key.id,
            key.publisher,
            " ".join(sorted(key.accounts)),
            " ".join(sorted(key.rights)),
            key.created_at,
            key.revoked_at,
        )
        for key in found
    ]
    present(table(("Id", "Publisher", "Accounts", "Rights", "Made", "Revoked"), rows))


@api.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `signet keys api list` shows.")],
) -> None:
    """End a key, from the next request on."""
    with session() as services, services.reading() as reading:
        ended = reading.api_keys.revoke(key_id)
        reading.commit()
    if not ended:
        raise Ended(Status.NOT_SO, f"There is no key {key_id} to end. `signet keys api list` shows all.")
    remark(f"The key {key_id} is revoked.")


def _item(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "publisher": key.publisher,
        "accounts": sorted(key.accounts),
        "rights": sorted(key.rights),
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
    }
