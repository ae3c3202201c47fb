"""Serves the requests about accounts as a whole."""

from domain.identity import Cause
from domain.ports import EventKey
from events.announce import announce_account_removed
from events.catalogue.accounts import AccountRemovalRequested
from workers.desk import Desk


def serve(event: AccountRemovalRequested, key: EventKey, desk: Desk) -> None:
    """Erase everything of an account, with what this batch did to it before; and say so."""
    desk.write()
    desk.work.accounts.erase(event.account)
    desk.begin_again()
    telling = desk.telling(Cause(id=key.id, source=key.source))
    desk.tell([announce_account_removed(event.account, key, telling)])
