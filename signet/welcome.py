"""What a person reads when Signet has started: where things are, and how to say the first event."""

from typing import Final

from signet.screen import say
from workers.bootstrap import Settings
from workers.services import Services

PUBLISHER: Final = "first"
RIGHTS: Final = ("publish", "read", "ops")


def first_key(services: Services) -> str | None:
    """Make the first API key, where there was never one."""
    with services.reading() as reading:
        if reading.api_keys.all():
            return None
        _, text = reading.api_keys.create(PUBLISHER, ["*"], RIGHTS)
        reading.commit()
    return text


def welcome(settings: Settings, address: str, key: str | None, *, mailbox: bool) -> None:
    """Where things are. A key that was made just now is shown this once."""
    say("Signet is running. Ctrl-C stops it.\n", "bold")
    say(f"  HTTP      {address}/docs")
    if mailbox:
        say(f"  Mailbox   {address}/mailbox")
    say(f"  State     {settings.folder}")
    if key is not None:
        say(f"  API key   {key}   (made just now, shown this once)")
    say("\nTry it in a second terminal:\n")
    say(f"  export SIGNET_STATE={settings.folder}")
    say(
        "  signet publish domain.registered "
        '\'{"account": "acme", "plan": "BUSINESS", "domain": "example.org"}\''
    )
    say("  signet show example.org\n")
