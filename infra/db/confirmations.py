"""When mails with links may leave, and who pressed them.

Law: of all who press a link at once, one is the first. Slots are given out under locks, in one order.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from domain.allowance import MOST_TO_RECIPIENT, PER_ACCOUNT, for_account, for_recipient
from domain.mailing import NewLink, PlannedMail, Pressed
from domain.notice import NoticeKind
from domain.outbound import NoticeState
from domain.ports import Work
from infra.db.link import Link
from infra.db.rows import columns
from infra.db.slots import hold

RECIPIENTS: Final = 0x5167_0001
ACCOUNTS: Final = 0x5167_0002

_LATEST: Final = """
    SELECT at FROM (
        SELECT at FROM mail_slots WHERE {column} = %(name)s ORDER BY at DESC LIMIT %(limit)s
    ) AS latest ORDER BY at
"""
_OF_RECIPIENT: Final = _LATEST.format(column="recipient")
_OF_ACCOUNT: Final = _LATEST.format(column="account")
_NEAR: Final = """
    SELECT at FROM mail_slots
    WHERE account = %(account)s AND at > %(at)s - %(within)s AND at < %(at)s + %(within)s ORDER BY at
"""
_TAKE: Final = "INSERT INTO mail_slots (recipient, account, at) VALUES (%(recipient)s, %(account)s, %(at)s)"
_PLAN: Final = f"""
    WITH given AS (
        SELECT * FROM unnest(%(ids)b::uuid[], %(keys)b::text[], %(identities)b::uuid[], %(recipients)b::text[],
            %(locales)b::text[], %(at)b::timestamptz[]) AS given (id, key, identity_id, recipient, locale, at)
    ), planned AS (
        INSERT INTO notices (id, key, kind, identity_id, recipient, locale, state)
        SELECT id, key, '{NoticeKind.ADDRESS_CONFIRMATION.value}', identity_id, recipient, locale,
            '{NoticeState.PLANNED.value}'
        FROM given ORDER BY key ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO schedule (id, work, attempt, due_at)
    SELECT id, '{Work.MAIL.value}', 1, at FROM planned JOIN given USING (id)
"""
_END: Final = "DELETE FROM links WHERE address_id = ANY(%(ids)s::uuid[])"
_BEGIN: Final = """
    WITH ended AS (
        DELETE FROM links WHERE address_id = ANY(%(ids)b::uuid[]) AND used_at IS NULL
    )
    INSERT INTO links (address_id, digest, expires_at)
    SELECT * FROM unnest(%(ids)b::uuid[], %(digests)b::bytea[], %(ends)b::timestamptz[])
"""
_LOOK_UP: Final = """
    SELECT address_id::text, used_at IS NOT NULL FROM links
    WHERE digest = %(digest)s AND (used_at IS NOT NULL OR expires_at > now())
"""
_PRESS: Final = """
    UPDATE links SET used_at = now()
    WHERE digest = %(digest)s AND used_at IS NULL AND expires_at > now() RETURNING address_id::text
"""
_CALL_OFF: Final = f"""
    WITH dropped AS (
        UPDATE notices SET state = '{NoticeState.DROPPED.value}', settled_at = now()
        WHERE identity_id = ANY(%(ids)s::uuid[]) AND kind = '{NoticeKind.ADDRESS_CONFIRMATION.value}'
            AND state = '{NoticeState.PLANNED.value}'
        RETURNING id
    )
    DELETE FROM schedule USING dropped WHERE schedule.id = dropped.id
"""


class SqlConfirmations:
    """The mails with links of one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def hold(self, recipients: Collection[str], accounts: Collection[str]) -> None:
        """Let nobody else take a slot of these until the end of this unit of work."""
        hold(RECIPIENTS, recipients, self._link)
        hold(ACCOUNTS, accounts, self._link)

    def slot(self, recipient: str, account: str) -> datetime:
        """Take the next time at which a mail may leave; `hold` both before."""
        most, within = PER_ACCOUNT
        taken = self._times(_OF_RECIPIENT, {"name": recipient, "limit": MOST_TO_RECIPIENT})
        wanted = for_recipient(taken, self._link.now)
        near = self._times(_NEAR, {"account": account, "at": wanted, "within": within})
        latest = self._times(_OF_ACCOUNT, {"name": account, "limit": most})
        at = for_account(near, latest, wanted)
        self._link.run(_TAKE, {"recipient": recipient, "account": account, "at": at})
        return at

    def plan(self, mails: Sequence[PlannedMail]) -> None:
        """Plan mails, each once for ever (by key), due at their time. No daily limit counts them."""
        if mails:
            names = ("ids", "keys", "identities", "recipients", "locales", "at")
            self._link.run(_PLAN, dict(zip(names, columns([_row(mail) for mail in mails]), strict=True)))

    def link(self, links: Sequence[NewLink]) -> None:
        """Links begin, one of an address; what it had before and nobody pressed is over."""
        if links:
            rows = [(one.address_id, one.digest, one.expires_at) for one in links]
            self._link.run(_BEGIN, dict(zip(("ids", "digests", "ends"), columns(rows), strict=True)))

    def look_up(self, digest: bytes) -> Pressed | None:
        """Whose link it is; None where it is expired, replaced or unknown. Nothing changes."""
        row = self._link.first(_LOOK_UP, {"digest": digest})
        return None if row is None else Pressed(row[0], before=row[1])

    def press(self, digest: bytes) -> Pressed | None:
        """Use a link up: of all who press it at once, one is the first (`before` is False)."""
        row = self._link.first(_PRESS, {"digest": digest})
        return self.look_up(digest) if row is None else Pressed(row[0], before=False)

    def call_off(self, address_ids: Collection[str]) -> None:
        """Drop the mails for addresses that have not left."""
        self._link.run(_CALL_OFF, {"ids": list(address_ids)})

    def forget(self, address_ids: Collection[str]) -> None:
        """End the links of addresses, and call off their mails."""
        if address_ids:
            self._link.run(_END, {"ids": list(address_ids)})
            self.call_off(address_ids)

    def _times(self, statement: str, values: dict[str, object]) -> list[datetime]:
        return [row[0] for row in self._link.rows(statement, values)]


def _row(mail: PlannedMail) -> tuple[object, ...]:
    return (mail.id, mail.key, mail.identity_id, mail.recipient, mail.locale, mail.at)
