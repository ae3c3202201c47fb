"""Who our mails are from, by the settings."""

from urllib.parse import urlsplit

from infra.mail.sender import Sender
from infra.settings import Settings


def own_sender(settings: Settings) -> Sender:
    """The one that the operator named, else one at our public host."""
    if settings.mail_from is not None:
        return Sender.parse(settings.mail_from)
    return Sender.at(urlsplit(settings.address).hostname or "")
