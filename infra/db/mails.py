"""Planned notices on their way out, each sent once.

Law: `sending` is committed, under the ticket's token, before a single octet of the mail leaves. Who
finds it so under another token knows that the first sender was lost: that mail is never sent again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from domain.notice import NoticeKind
from domain.outbound import DigestMember, Ending, Mail, NoticeState
from domain.ports import Ticket
from infra.db.link import Link, Row
from infra.db.rows import columns

PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=60),
)
GIVE_UP_AFTER: Final = timedelta(hours=24)

# In one order, so that two workers do not wait for each other in a ring.
_GIVEN: Final = """
    unnest(%(ids)b::uuid[], %(tokens)b::uuid[]) AS given (id, token)
    JOIN schedule AS s ON s.id = given.id AND s.lease_token = given.token JOIN notices AS n ON n.id = s.id
"""
_COLUMNS: Final = "n.id::text, n.key, n.kind, n.recipient, n.locale, n.identity_id::text, n.body"
_AWAITED: Final = f"""
    SELECT {_COLUMNS} FROM {_GIVEN} WHERE n.state = 'planned' ORDER BY n.id FOR UPDATE OF s, n
"""
_LOST: Final = f"""
    WITH lost AS (
        SELECT n.id FROM {_GIVEN} WHERE n.state = 'sending' AND n.sending_token <> given.token
        ORDER BY n.id FOR UPDATE OF s, n
    ), dropped AS (
        DELETE FROM schedule USING lost WHERE schedule.id = lost.id
    )
    UPDATE notices AS n SET state = 'maybe_sent', settled_at = now(), detail = 'the sender was lost on the way'
    FROM lost WHERE n.id = lost.id RETURNING {_COLUMNS}
"""
_BEGIN: Final = """
    UPDATE notices AS n SET state = 'sending', sending_at = now(), sending_token = s.lease_token
    FROM schedule AS s
    WHERE n.id = %(id)s AND n.state = 'planned' AND s.id = n.id AND s.lease_token = %(token)s
"""
# `o` is the row as it was.
_SETTLE: Final = """
    WITH settled AS (
        UPDATE notices AS n SET state = given.state, settled_at = now(), detail = given.detail
        FROM unnest(%(ids)b::uuid[], %(tokens)b::uuid[], %(states)b::text[], %(details)b::text[])
            AS given (id, token, state, detail)
        JOIN notices AS o ON o.id = given.id
        WHERE n.id = given.id AND n.sending_token = given.token AND n.state IN ('sending', 'maybe_sent')
        RETURNING n.id, o.state AS before
    ), dropped AS (
        DELETE FROM schedule USING settled WHERE schedule.id = settled.id
    )
    SELECT id::text, before FROM settled
"""
_DROP: Final = """
    WITH dropped AS (
        UPDATE notices SET state = 'dropped', settled_at = now() WHERE id = ANY(%(ids)b::uuid[]) RETURNING id
    )
    DELETE FROM schedule USING dropped WHERE schedule.id = dropped.id
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
_ADDRESSES: Final = f"""
    SELECT identity_id::text FROM notices
    WHERE id = ANY(%(ids)b::uuid[]) AND kind = '{NoticeKind.ADDRESS_CONFIRMATION.value}'
"""
_MEMBERS: Final = """
    SELECT id::text, kind, identity_id::text, planned_at, body FROM notices
    WHERE digest_id = %(id)s ORDER BY planned_at, id
"""
_FREEZE: Final = """
    UPDATE notices AS n SET body = %(body)s FROM schedule AS s
    WHERE n.id = %(id)s AND n.state = 'planned' AND n.body IS NULL AND s.id = n.id AND s.lease_token = %(token)s
"""


class SqlMails:
    """The sending of notices, in one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def addresses(self, tickets: Sequence[Ticket]) -> frozenset[str]:
        """The addresses that the mails of these tickets have links for. Locks nothing."""
        rows = self._link.rows(_ADDRESSES, {"ids": [ticket.id for ticket in tickets]})
        return frozenset(row[0] for row in rows)

    def lost(self, tickets: Sequence[Ticket]) -> Sequence[Mail]:
        """Those found in sending under another ticket, whose sender was lost on the way: now they are `maybe_sent`."""
        return [_mail(row) for row in self._link.rows(_LOST, _given(tickets))]

    def awaited(self, tickets: Sequence[Ticket]) -> Sequence[Mail]:
        """Those still planned under their tickets, locked, in the order in which they were planned."""
        return [_mail(row) for row in self._link.rows(_AWAITED, _given(tickets))]

    def drop(self, ids: Collection[str]) -> None:
        """End mails that were awaited, and are not wanted any more."""
        if ids:
            self._link.run(_DROP, {"ids": list(ids)})

    def begin(self, ticket: Ticket) -> bool:
        """Take one mail into sending, for good; answer whether it was still planned under this ticket."""
        return self._link.run(_BEGIN, {"id": ticket.id, "token": ticket.token}) == 1

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

    def settle(self, endings: Sequence[Ending]) -> Mapping[str, NoticeState]:
        """End the sending of many; answer how those that were theirs to end stood before, by their ids."""
        if not endings:
            return {}
        rows = [(one.ticket.id, one.ticket.token, one.state.value, one.detail) for one in endings]
        names = ("ids", "tokens", "states", "details")
        settled = self._link.rows(_SETTLE, dict(zip(names, columns(rows), strict=True)))
        return {row[0]: NoticeState(row[1]) for row in settled}

    def postpone(self, ticket: Ticket, detail: str) -> NoticeState | None:
        """Plan the notice again after a temporary failure; after 24 hours it is refused."""
        tried = self._link.first(_TRIED, {"id": ticket.id, "token": ticket.token})
        if tried is None:
            return None
        attempt, planned_at = tried
        pause = PAUSES[min(attempt, len(PAUSES)) - 1]
        if self._link.now + pause - planned_at > GIVE_UP_AFTER:
            self.settle([Ending(ticket=ticket, state=NoticeState.REFUSED, detail=detail)])
            return NoticeState.REFUSED
        self._link.run(_POSTPONE, {"id": ticket.id, "after": pause, "detail": detail})
        return NoticeState.PLANNED


def _given(tickets: Sequence[Ticket]) -> dict[str, list[str]]:
    return {"ids": [ticket.id for ticket in tickets], "tokens": [ticket.token for ticket in tickets]}


def _mail(row: Row) -> Mail:
    return Mail(
        id=row[0],
        key=row[1],
        kind=row[2],
        recipient=row[3],
        locale=row[4],
        identity_id=row[5],
        body=None if row[6] is None else bytes(row[6]),
    )
