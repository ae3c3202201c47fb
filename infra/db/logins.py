"""Logins that were tried: by which account, at which host, and what became of each. Of a user name only a digest.

Law: whoever reads what was tried holds two advisory locks to the end of the transaction, the account's and then the
host's, so that each asker sees what the one before counted.
"""

import hashlib
from datetime import datetime
from typing import Final

from domain.logins import (
    HOUR,
    MOST_AT_HOST,
    MOST_FAILED,
    MOST_OF_ACCOUNT,
    MOST_USERS,
    REMEMBERED,
    LoginEnd,
    LoginKey,
    Tried,
)
from infra.db.link import Link

# Any two numbers that no other advisory lock of Signet has: the letters "smac" and "smho".
ACCOUNT: Final = 0x736D6163
HOST: Final = 0x736D686F

_LOCK: Final = "SELECT pg_advisory_xact_lock(%(space)s, %(number)s)"
_WITHIN: Final = "at > now() - %(hour)s"
_OF_ACCOUNT: Final = f"""
    SELECT at FROM logins WHERE account = %(account)s AND {_WITHIN} ORDER BY at DESC LIMIT %(most)s
"""
_FAILED: Final = f"""
    SELECT at FROM logins
    WHERE host = %(host)s AND user_digest = %(user)s AND {_WITHIN} AND coalesce(ended, 'failed') = 'failed'
    ORDER BY at DESC LIMIT %(most)s
"""
_USERS: Final = f"""
    SELECT max(at) FROM logins
    WHERE host = %(host)s AND account = %(account)s AND user_digest <> %(user)s AND {_WITHIN}
    GROUP BY user_digest ORDER BY 1 DESC LIMIT %(most)s
"""
_AT_HOST: Final = f"SELECT at FROM logins WHERE host = %(host)s AND {_WITHIN} ORDER BY at DESC LIMIT %(most)s"
_IS_PROVEN: Final = """
    SELECT EXISTS (
        SELECT FROM logins WHERE host = %(host)s AND ended = 'passed' AND at > now() - %(remembered)s
    )
"""
_BEGIN: Final = """
    INSERT INTO logins (account, host, user_digest) VALUES (%(account)s, %(host)s, %(user)s)
    RETURNING number::text
"""
_END: Final = "UPDATE logins SET ended = %(end)s WHERE number = %(number)s AND ended IS NULL"


class SqlLogins:
    """The logins, in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def tried(self, key: LoginKey) -> Tried:
        """What was tried within the hour; others who ask for this account or host wait for this transaction."""
        self._lock(ACCOUNT, key.account)
        self._lock(HOST, key.host)
        values = {"account": key.account, "host": key.host, "user": key.user, "hour": HOUR}

        def newest(statement: str, most: int) -> tuple[datetime, ...]:
            return tuple(row[0] for row in self._link.rows(statement, values | {"most": most}))

        return Tried(
            of_account=newest(_OF_ACCOUNT, MOST_OF_ACCOUNT),
            failed=newest(_FAILED, MOST_FAILED),
            users=newest(_USERS, MOST_USERS),
            at_host=newest(_AT_HOST, MOST_AT_HOST),
            is_proven=bool(self._link.one(_IS_PROVEN, values | {"remembered": REMEMBERED})[0]),
        )

    def begin(self, key: LoginKey) -> str:
        """Count one more, before it is made."""
        return str(self._link.one(_BEGIN, {"account": key.account, "host": key.host, "user": key.user})[0])

    def end(self, login_id: str, end: LoginEnd) -> None:
        """Write down what became of it; once."""
        self._link.run(_END, {"number": int(login_id), "end": end.value})

    def _lock(self, space: int, name: str) -> None:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], signed=True)
        self._link.rows(_LOCK, {"space": space, "number": number})
