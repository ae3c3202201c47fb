"""`signet keys`: those that seal and lock secrets, those of the HTTP interface (`api`), those of mail (`dkim`)."""

from typing import Annotated, Final

import typer

from domain.fields import is_account
from signet import dkim_keys
from signet.ending import Ended, Status, wrong
from signet.installation import quiet, session, settings
from signet.screen import moment, present, print_json, remark, say, side, table
from workers import bootstrap, sealing
from workers.services import Key

RIGHTS: Final = ("publish", "read", "ops")
USUAL: Final = ("publish", "read")
EVERY_ACCOUNT: Final = "*"

app = typer.Typer(no_args_is_help=True, help="The keys of this installation.")
api = typer.Typer(no_args_is_help=True, help="API keys, for the HTTP interface.")
app.add_typer(api, name="api")
app.add_typer(dkim_keys.app, name="dkim")


@app.command()
def public(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
) -> None:
    """Show the key with which others seal secret fields: the document of GET /v1/sealing-key."""
    with session() as services, services.reading() as reading:
        key = reading.seals.present()
        reading.commit()
    document = sealing.told(key)
    if as_json:
        print_json(document)
        return
    shown = document | {"not_after": moment(key.not_after)}
    present(table(("Sealing key", ""), shown.items()))


@app.command()
def generate() -> None:
    """Print a new key-encryption key, alone and kept nowhere: it goes into SIGNET_KEYS, as the last one there."""
    say(bootstrap.generate().text)


@app.command()
def rotate() -> None:
    """Make a new sealing key, and bring every record under the newest key-encryption key. May be repeated."""
    chosen = settings()
    quiet(chosen)
    with side().status("Making a new sealing key …") as status:

        def tell(done: int, total: int) -> None:
            status.update(f"{done} of {total} records are under the newest key …")

        with bootstrap.opened_database(chosen, role="command", pool=2) as engine:
            changed = bootstrap.change_keys(chosen, engine, tell)
    say("There is a new sealing key; the one before opens for 30 days more.")
    say(f"Records brought under the newest key-encryption key: {changed.done}")
    if changed.unopenable:
        sentence = "They were damaged in the database, and stay as they are; all others are done."
        raise Ended(Status.NOT_SO, f"Records that do not open: {changed.unopenable}. {sentence}")


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
