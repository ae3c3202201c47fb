"""The truth about every registration.

Law: every write names the version that it read; where another came first, nothing holds.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final

from domain.identity import Address, Cause, Identity, Kind, Progress, State
from domain.ports import StaleWrite, SubjectKey
from domain.registration import Requests
from infra.db.link import Link
from infra.db.rows import (
    FIXED,
    IDENTITY_COLUMNS,
    MOVING,
    arrays,
    columns,
    fixed_columns,
    identity_from,
    moving_columns,
    tokens_of,
)

REMEMBERED: Final = timedelta(hours=24)

_CURRENT: Final = f"""
    SELECT {IDENTITY_COLUMNS}
    FROM unnest(%(kinds)b::text[], %(accounts)b::text[], %(subjects)b::text[]) AS given (kind, account, subject)
    CROSS JOIN LATERAL (
        SELECT * FROM identities WHERE kind = given.kind AND account = given.account AND subject = given.subject
        ORDER BY generation DESC LIMIT 1 FOR UPDATE
    ) AS i
"""
_OTHERS: Final = f"""
    SELECT {IDENTITY_COLUMNS} FROM identities AS i
    WHERE i.kind = %(kind)s AND i.subject = ANY(%(subjects)b::text[]) AND i.state <> %(removed)s AND EXISTS (
        SELECT FROM unnest(%(subjects)b::text[], %(accounts)b::text[]) AS given (subject, account)
        WHERE given.subject = i.subject AND given.account <> i.account
    )
    ORDER BY i.id FOR UPDATE OF i
"""
_FIND: Final = f"""
    SELECT {IDENTITY_COLUMNS} FROM identities AS i WHERE i.id = ANY(%(ids)b::uuid[]) ORDER BY i.id FOR UPDATE OF i
"""
_ADDRESSES: Final = """
    SELECT count(*) FROM identities WHERE domain_id = %(id)s AND kind = %(kind)s AND state <> %(removed)s
"""
_SENDER: Final = f"""
    SELECT {IDENTITY_COLUMNS} FROM identities AS i
    WHERE i.domain_id = %(id)s AND i.kind = %(kind)s AND i.state = %(state)s ORDER BY i.id LIMIT 1
"""
_COLUMNS: Final = FIXED | MOVING
_ADD: Final = f"""
    INSERT INTO identities ({", ".join(_COLUMNS)}, version)
    SELECT given.*, 0 FROM unnest({arrays(_COLUMNS)}) AS given ON CONFLICT DO NOTHING
"""
_ADD_HISTORY: Final = """
    INSERT INTO history (identity_id, state)
    SELECT * FROM unnest(%(id)b::uuid[], %(state)b::text[])
"""
_BURY: Final = """
    INSERT INTO tombstones (token, identity_id)
    SELECT * FROM unnest(%(tokens)b::text[], %(ids)b::uuid[]) ON CONFLICT DO NOTHING
"""
_ISSUE: Final = "UPDATE identities SET challenge = %(challenge)s WHERE id = %(id)s"
_READ: Final = {"id": "uuid", "version": "bigint"}
# `o` is the row as it was: the guard on the version makes sure that nothing came between.
SAVE: Final = f"""
    WITH saved AS (
        UPDATE identities AS i
        SET version = given.version + 1, {", ".join(f"{name} = given.{name}" for name in MOVING)}
        FROM unnest({arrays(_READ | MOVING)}) AS given ({", ".join(_READ | MOVING)})
        JOIN identities AS o ON o.id = given.id
        WHERE i.id = given.id AND i.version = given.version
        RETURNING i.id, i.state, o.state AS before
    ), changed AS (
        INSERT INTO history (identity_id, state) SELECT id, state FROM saved WHERE state <> before
    )
    SELECT count(*) FROM saved
"""
_PROGRESS: Final = """
    SELECT id::text, attempt, inconclusive, absences FROM schedule WHERE id = ANY(%(ids)b::uuid[])
"""
_REQUESTS: Final = """
    SELECT identity_id::text, array_agg(at ORDER BY at), count(*) FILTER (WHERE restarted)
    FROM requests WHERE identity_id = ANY(%(ids)b::uuid[]) AND at > now() - %(remembered)s GROUP BY identity_id
"""
# Of several that are open, the first found the schedule as it was by itself.
_ADD_REQUEST: Final = """
    INSERT INTO requests (identity_id, cause_id, cause_source, restarted, unasked_at)
    VALUES (%(identity)s, %(cause)s, %(source)s, %(restarted)s, coalesce(
        (SELECT unasked_at FROM requests
         WHERE identity_id = %(identity)s AND answered_at IS NULL ORDER BY id LIMIT 1),
        (SELECT due_at FROM schedule WHERE id = %(identity)s)
    ))
"""


class SqlIdentities:
    """The identities of one transaction."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def current(self, keys: Collection[SubjectKey]) -> Mapping[SubjectKey, Identity]:
        """The newest generation of each, locked until the end of this unit of work. Removed ones included."""
        if not keys:
            return {}
        ordered = sorted((key.kind.value, key.account, key.subject) for key in set(keys))
        names = ("kinds", "accounts", "subjects")
        found = self._link.rows(_CURRENT, dict(zip(names, columns(ordered), strict=True)))
        return {key_of(identity): identity for identity in map(identity_from, found)}

    def find(self, ids: Collection[str]) -> Mapping[str, Identity]:
        """Those of the ids that exist, locked until the end of this unit of work."""
        rows = self._link.rows(_FIND, {"ids": list(ids)}) if ids else []
        return {identity.id: identity for identity in map(identity_from, rows)}

    def addresses_of(self, domain_id: str) -> int:
        """How many addresses a domain has, whatever their state; removed ones are none."""
        return int(
            self._link.one(
                _ADDRESSES, {"id": domain_id, "kind": Kind.ADDRESS.value, "removed": State.REMOVED.value}
            )[0]
        )

    def sender_of(self, domain_id: str) -> Address | None:
        """A confirmed address of a domain: the one that was first added."""
        row = self._link.first(
            _SENDER, {"id": domain_id, "kind": Kind.ADDRESS.value, "state": State.VERIFIED.value}
        )
        found = None if row is None else identity_from(row)
        return found if isinstance(found, Address) else None

    def others(self, kind: Kind, registered: Sequence[tuple[str, str]]) -> Sequence[Identity]:
        """The living registrations of the same subjects by other accounts than those of each pair, locked."""
        if not registered:
            return []
        subjects, accounts = columns(registered)
        asked = {"kind": kind.value, "subjects": subjects, "accounts": accounts}
        return [
            identity_from(row) for row in self._link.rows(_OTHERS, asked | {"removed": State.REMOVED.value})
        ]

    def add(self, identities: Sequence[Identity]) -> None:
        """Store new identities and tombstone their tokens: a token that was ever issued raises StaleWrite."""
        if not identities:
            return
        tokens = [(token, new.id) for new in identities for token in tokens_of(new.challenge)]
        if tokens:
            buried = self._link.run(_BURY, dict(zip(("tokens", "ids"), columns(tokens), strict=True)))
            _all_held(buried, len(tokens), "a token was issued before")
        rows = [fixed_columns(new) + moving_columns(new) for new in identities]
        values = dict(zip(_COLUMNS, columns(rows), strict=True))
        _all_held(self._link.run(_ADD, values), len(rows), "another writer registered it first")
        self._link.run(_ADD_HISTORY, {"id": values["id"], "state": values["state"]})

    def issue(self, identity: Identity) -> None:
        """Store the new challenge of an identity, and tombstone its tokens: one issued before raises StaleWrite."""
        tokens = [(token, identity.id) for token in tokens_of(identity.challenge)]
        buried = self._link.run(_BURY, dict(zip(("tokens", "ids"), columns(tokens), strict=True)))
        _all_held(buried, len(tokens), "a token was issued before")
        self._link.run(_ISSUE, {"id": identity.id, "challenge": fixed_columns(identity)[5]})

    def save(self, identities: Sequence[Identity], read: Mapping[str, int]) -> None:
        """Write each over the version in `read`, which rises by one; raise StaleWrite where another came first."""
        if identities:
            saved = self._link.one(SAVE, saving(identities, read))[0]
            _all_held(saved, len(identities), "another writer came first")

    def progress(self, ids: Collection[str]) -> Mapping[str, Progress]:
        """Where the looks of each stand; those without a due look are absent."""
        rows = self._link.rows(_PROGRESS, {"ids": list(ids)}) if ids else []
        return {
            row[0]: Progress(attempt=row[1], inconclusive=row[2], absences=tuple(row[3] or ()))
            for row in rows
        }

    def requests(self, ids: Collection[str]) -> Mapping[str, Requests]:
        """The looks asked for in the last 24 hours."""
        if not ids:
            return {}
        found = self._link.rows(_REQUESTS, {"ids": list(ids), "remembered": REMEMBERED})
        asked = {row[0]: Requests(taken_at=tuple(row[1]), restarts=row[2]) for row in found}
        return {identity_id: asked.get(identity_id, Requests()) for identity_id in ids}

    def add_request(self, identity_id: str, cause: Cause, *, restarted: bool) -> None:
        """Remember a look that was asked for, and when one would have come unasked: before the schedule changes."""
        asked = {"identity": identity_id, "cause": cause.id, "source": cause.source}
        self._link.run(_ADD_REQUEST, asked | {"restarted": restarted})


def key_of(identity: Identity) -> SubjectKey:
    """Which registration an identity is."""
    return SubjectKey(kind=Kind(identity.kind), account=identity.account, subject=identity.subject)


def saving(identities: Sequence[Identity], read: Mapping[str, int]) -> dict[str, list[object]]:
    """The parameters of SAVE. In the order of ids, so that writers do not wait for each other in a ring."""
    ordered = sorted(identities, key=lambda identity: identity.id)
    rows = [(identity.id, read[identity.id], *moving_columns(identity)) for identity in ordered]
    return dict(zip(_READ | MOVING, columns(rows), strict=True))


def _all_held(written: int, wanted: int, why: str) -> None:
    if written != wanted:
        raise StaleWrite(why)
