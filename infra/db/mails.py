"""Planned notices on their way out, each sent once.

Law: `sending` is committed, under the ticket's token, before a single octet of the mail leaves. Who
finds it so under another token knows that the first sender was lost: that mail is never sent again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from domain.notice import NoticeKind
from domain.outbound import DigestMember, Mail, NoticeState
from domain.ports import Ticket
from infra.db.link import Link

PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=60),
)
GIVE_UP_AFTER: Final = timedelta(hours=24)

_AWAITED: Final = """
    SELECT n.id::text, n.key, n.kind, n.recipient, n.locale, n.identity_id::text, n.body, n.state, n.sending_token::text
    FROM schedule AS s JOIN notices AS n ON n.id = s.id
    WHERE s.id = %(id)s AND s.lease_token = %(token)s FOR UPDATE
"""
_SENDING: Final = """
    UPDATE notices SET state = 'sending', sending_at = now(), sending_token = %(token)s WHERE id = %(id)s
"""
_SETTLE: Final = """
    WITH settled AS (
        UPDATE notices SET state = %(state)s, settled_at = now(), detail = %(detail)s
        WHERE id = %(id)s AND sending_token = %(token)s AND state IN ('sending', 'maybe_sent') RETURNING id
    ), dropped AS (
        DELETE FROM schedule USING settled WHERE schedule.id = settled.id
    )
    SELECT id FROM settled
"""
_TRIED: Final = """
    SELECT s.attempt, n.planned_at FROM schedule AS s JOIN notices AS n ON n.id = s.id
    WHERE s.id = %(id)s AND s.lease_token = %(token)s AND n.sending_token = %(token)s AND n.state = 'sending'
    FOR UPDATE
"""
_POSTPONE: Final = """
    WITH planned AS (
        UPDATE notices SET state = 'planned', sending_token = NULL, detail = %(detail)s
        WHERE id = %(id)s RETURNING id
    )
    UPDATE schedule SET attempt = attempt + 1, failures = 0, due_at = now() + %(after)s, lease_token = NULL
    FROM planned WHERE schedule.id = planned.id
"""
_CONFIRMS: Final = f"""
    SELECT identity_id::text FROM notices
    WHERE id = %(id)s AND kind = '{NoticeKind.ADDRESS_CONFIRMATION.value}'
"""
_MEMBERS: Final = """
    SELECT id::text, kind, identity_id::text, planned_at, body FROM notices
    WHERE digest_id = %(id)s ORDER BY planned_at, id
"""
_FREEZE: Final = """
    UPDATE notices AS n SET body = %(body)s FROM schedule AS s
    WHERE n.id = %(id)s AND n.state = 'planned' AND n.body IS NULL AND s.id = n.id AND s.lease_token = %(token)s
"""
_LOST: Final = "the sender was lost on the way"


class SqlMails:
    """The sending of notices, in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def begin(self, ticket: Ticket) -> Mail | None:
        """Take a notice into sending; None where it is not (or no more) to be sent under this ticket."""
        row = self._link.first(_AWAITED, {"id": ticket.id, "token": ticket.token})
        if row is None:
            return None
        *facts, body, state, token = row
        if state == NoticeState.SENDING:
            self._lost(ticket, token)
            return None
        if state != NoticeState.PLANNED:
            return None
        if body is not None:
            self._link.run(_SENDING, {"id": ticket.id, "token": ticket.token})
        names = ("id", "key", "kind", "recipient", "locale", "identity_id")
        return Mail(**dict(zip(names, facts, strict=True)), body=None if body is None else bytes(body))

    def confirms(self, ticket: Ticket) -> str | None:
        """The address that this mail has a link for; None for other mails. Locks nothing."""
        row = self._link.first(_CONFIRMS, {"id": ticket.id})
        return None if row is None else row[0]

    def start(self, ticket: Ticket) -> None:
        """Take a notice into sending that was begun without octets: they are kept nowhere."""
        self._link.run(_SENDING, {"id": ticket.id, "token": ticket.token})

    def digest_members(self, digest_id: str) -> Sequence[DigestMember]:
        """The notices that a digest stands for, oldest first."""
        return [
            DigestMember(
                id=row[0],
                kind=row[1],
                identity_id=row[2],
                planned_at=row[3],
                body=None if row[4] is None else bytes(row[4]),
            )
            for row in self._link.rows(_MEMBERS, {"id": digest_id})
        ]

    def freeze(self, ticket: Ticket, body: bytes) -> bool:
        """Freeze the octets of a digest; answer whether the ticket was still the one awaited."""
        return self._link.run(_FREEZE, {"id": ticket.id, "token": ticket.token, "body": body}) == 1

    def settle(self, ticket: Ticket, state: NoticeState, detail: str = "") -> bool:
        """End the sending as sent, maybe_sent or refused; answer whether it was this ticket's to end."""
        return self._settle(ticket.id, ticket.token, state, detail)

    def postpone(self, ticket: Ticket, detail: str) -> NoticeState | None:
        """Plan the notice again after a temporary failure; after 24 hours it is refused."""
        tried = self._link.first(_TRIED, {"id": ticket.id, "token": ticket.token})
        if tried is None:
            return None
        attempt, planned_at = tried
        pause = PAUSES[min(attempt, len(PAUSES)) - 1]
        if self._link.now + pause - planned_at > GIVE_UP_AFTER:
            self._settle(ticket.id, ticket.token, NoticeState.REFUSED, detail)
            return NoticeState.REFUSED
        self._link.run(_POSTPONE, {"id": ticket.id, "after": pause, "detail": detail})
        return NoticeState.PLANNED

    def _lost(self, ticket: Ticket, sending_token: str) -> None:
        """Found in sending: a repeated ticket waits for the lease to end, a new one knows that it has ended."""
        if sending_token != ticket.token:
            self._settle(ticket.id, sending_token, NoticeState.MAYBE_SENT, _LOST)

    def _settle(self, notice_id: str, token: str, state: NoticeState, detail: str) -> bool:
        values = {"id": notice_id, "token": token, "state": state.value, "detail": detail}
        return self._link.first(_SETTLE, values) is not None
