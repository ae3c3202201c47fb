"""Writes the mail whose link confirms an address."""

from domain.notice import ConfirmationContent, NoticeKind
from infra.mail.brand import Brand
from infra.mail.compose import frozen
from infra.mail.rendering import rendered
from infra.mail.sender import Sender
from infra.texts import texts


def compose_confirmation(content: ConfirmationContent, sender: Sender, brand: Brand) -> bytes:
    """Put the mail into the recipient's language; the same content gives the same bytes."""
    said = texts(content.locale)
    facts = {
        "address": content.recipient,
        "account": content.account,
        "display_name": content.display_name,
        "link": content.link,
        "at": said.moment(content.at),
        "expires_at": said.moment(content.expires_at),
        "brand": brand,
    }
    return frozen(content, sender, rendered(NoticeKind.ADDRESS_CONFIRMATION, said, facts), said)
