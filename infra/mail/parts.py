"""What mails are made and sent with, from the settings of this installation."""

from urllib.parse import urlsplit

from domain.carriage import Carrier
from infra.mail.mailbox import Mailbox
from infra.mail.relay import Relay
from infra.mail.sender import Sender
from infra.settings import Settings


def sender(settings: Settings) -> Sender:
    """Who our mails are from."""
    if settings.mail_from is not None:
        return Sender.parse(settings.mail_from)
    return Sender.at(urlsplit(settings.address).hostname or "")


def mailbox(settings: Settings) -> Mailbox:
    """The folder of mails, where no relay is set."""
    return Mailbox(settings.folder / "mailbox")


def carrier(settings: Settings) -> Carrier:
    """What takes our mails away."""
    return mailbox(settings) if settings.relay_url is None else Relay.parse(settings.relay_url)
