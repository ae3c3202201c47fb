"""Writes the mail whose link confirms an address."""

from functools import lru_cache
from typing import Final

from domain.notice import ConfirmationContent, NoticeKind
from infra.mail.brand import Brand
from infra.mail.compose import frozen
from infra.mail.form_letter import FormLetter, form_letter
from infra.mail.sender import Sender
from infra.texts import texts

BLANKS: Final = ("address", "account", "link")


def compose_confirmation(content: ConfirmationContent, sender: Sender, brand: Brand) -> bytes:
    """Put the mail into the recipient's language; the same content gives the same bytes."""
    said = texts(content.locale)
    form = _form(said.language.value, brand, said.moment(content.at), said.moment(content.expires_at))
    values = {"address": content.recipient, "account": content.account, "link": content.link}
    return frozen(content, sender, form.filled(values), said)


@lru_cache(maxsize=16)
def _form(language: str, brand: Brand, at: str, expires_at: str) -> FormLetter:
    """What all mails of a minute have in common."""
    facts = {"at": at, "expires_at": expires_at, "brand": brand}
    return form_letter(NoticeKind.ADDRESS_CONFIRMATION, texts(language), facts, BLANKS)
