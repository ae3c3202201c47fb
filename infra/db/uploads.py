"""When uploads of certificates may be opened: a row for each that was taken, at the time that it was given.

Law: times are given out under locks, in one order.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from domain.allowance import MOST_UPLOADS, for_upload
from infra.db.link import Link
from infra.db.slots import hold

ACCOUNTS: Final = 0x5167_0003

_EARLIER: Final = f"""
    SELECT at FROM upload_slots WHERE account = %(account)s
    ORDER BY at DESC OFFSET {MOST_UPLOADS - 1} LIMIT 1
"""
_TAKE: Final = "INSERT INTO upload_slots (account, at) VALUES (%(account)s, %(at)s)"


class SqlUploads:
    """The times of one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def hold(self, accounts: Collection[str]) -> None:
        """Let nobody else take a time of these until the end of this unit of work."""
        hold(ACCOUNTS, accounts, self._link)

    def slot(self, account: str) -> datetime:
        """Take the next time at which an upload of an account may be opened; `hold` the account before."""
        row = self._link.first(_EARLIER, {"account": account})
        at = for_upload(None if row is None else row[0], self._link.now)
        self._link.run(_TAKE, {"account": account, "at": at})
        return at
