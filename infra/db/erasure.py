"""Erases what an account was: at once what it registered, and its events once they are published.

Law: tokens stay buried for ever, and DKIM keys are revoked in our zone before they are forgotten. The feed keeps its
places: an event that is erased leaves an empty row that nobody is shown. `account.removed` itself stays, as long as the
feed does.
"""

from typing import Final

from sqlalchemy import Engine

from infra.db.dkim_pairs import SqlDkimPairs
from infra.db.link import Link

BATCH: Final = 5_000
REMOVED: Final = "org.signet.account.removed.v1"

_LOCK: Final = "SELECT id::text FROM identities WHERE account = %(account)s ORDER BY id FOR UPDATE"
# What is about identities: a table and its column, mails before what is due of them.
_DUE: Final = """
    DELETE FROM schedule WHERE id = ANY(%(ids)b::uuid[])
        OR id IN (SELECT id FROM notices WHERE identity_id = ANY(%(ids)b::uuid[]))
"""
_OF_IDENTITIES: Final = (
    ("notices", "identity_id"),
    ("links", "address_id"),
    ("requests", "identity_id"),
    ("looks", "identity_id"),
    ("looks_past", "identity_id"),
    ("history", "identity_id"),
    ("secrets", "identity_id"),
    ("identities", "id"),
)
# What was tried and mailed lately still counts for hosts and recipients, but is nobody's any more; it goes in time, as
# the times of uploads do.
_COUNTED: Final = ("logins", "mail_slots", "upload_slots")
_ERASURE: Final = "INSERT INTO erasures (account) VALUES (%(account)s) ON CONFLICT DO NOTHING"
_EVENTS: Final = f"""
    WITH said AS MATERIALIZED (
        SELECT o.number FROM outbox AS o JOIN erasures AS e USING (account)
        WHERE o.type <> '{REMOVED}' AND o.published_at IS NOT NULL AND o.created_at <= e.at
        LIMIT %(batch)s FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE outbox AS o SET event_id = 'erased.' || o.number, identity_id = NULL, sequence = NULL, type = '',
        account = NULL, subject = NULL, body = ''
    FROM said WHERE o.number = said.number
"""
_DONE: Final = f"""
    DELETE FROM erasures AS e WHERE NOT EXISTS (
        SELECT FROM outbox AS o WHERE o.account = e.account AND o.type <> '{REMOVED}' AND o.created_at <= e.at
    )
"""


class SqlAccounts:
    """Accounts as a whole, in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def erase(self, account: str) -> None:
        """Erase what an account registered, with all that hangs on it; its events follow once they are published."""
        ids = [row[0] for row in self._link.rows(_LOCK, {"account": account})]
        self._link.run(_DUE, {"ids": ids})
        SqlDkimPairs(self._link).remove_all(account)
        for table, column in _OF_IDENTITIES:
            self._link.run(f"DELETE FROM {table} WHERE {column} = ANY(%(ids)b::uuid[])", {"ids": ids})
        for table in _COUNTED:
            self._link.run(
                f"UPDATE {table} SET account = '' WHERE account = %(account)s", {"account": account}
            )
        self._link.run(_ERASURE, {"account": account})


def erase_events(engine: Engine) -> int:
    """Erase the published events of removed accounts, in portions; answer how many."""
    total, portion = 0, BATCH
    while portion == BATCH:
        with engine.begin() as connection:
            portion = Link(connection).run(_EVENTS, {"batch": BATCH})
        total += portion
    with engine.begin() as connection:
        Link(connection).run(_DONE)
    return total
