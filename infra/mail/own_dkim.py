"""The signature of our own mails, from the settings."""

from infra.mail.dkim import Dkim
from infra.mail.dkim_key import DkimKey
from infra.settings import Settings


def own_dkim(settings: Settings) -> Dkim | None:
    """What our mails are signed with; None where no key is set. Raises WrongDkimKey where its file has gone bad."""
    if settings.dkim_domain is None or settings.dkim_selector is None or settings.dkim_key is None:
        return None
    key = DkimKey.read(settings.dkim_key.expanduser())
    return Dkim(domain=settings.dkim_domain, selector=settings.dkim_selector, key=key)
