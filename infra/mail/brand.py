"""As whom we appear to people, in mails and on pages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A name, a colour as CSS writes it (`#1f6f5c`), and the mail address at which people find help."""

    name: str
    colour: str
    support: str | None
