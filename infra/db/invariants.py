"""What must hold of everything stored, for `signet doctor --invariants`.

Each is a question to which the right answer is: nothing. Asked in one snapshot, so that work under
way is seen either before or after it, never half.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from domain.identity import Kind, State
from domain.registration import RESUMABLE
from infra.db.link import Link
from infra.db.outbox import TELLS_OF, TYPE_TELLS_OF
from infra.db.watch import WATCHED

MOST_SHOWN: Final = 20

_TELLS_OF: Final = ", ".join(f"('{word}', '{state.value}')" for word, state in TELLS_OF.items())
_TYPE_TELLS_OF: Final = ", ".join(f"('{type_}', '{state.value}')" for type_, state in TYPE_TELLS_OF.items())
_CERTIFIED: Final = f"(i.kind = '{Kind.CERTIFICATE.value}' AND i.state = '{State.VERIFIED.value}')"
# Taken without an event of its own.
_SILENT: Final = f"i.kind IN ('{Kind.SMTP.value}', '{Kind.CERTIFICATE.value}')"
_OVER: Final = ", ".join(f"'{state.value}'" for state in (*sorted(RESUMABLE), State.REMOVED))
# Of an account that was removed, events stay until they are published.
_NOT_ERASED: Final = (
    "NOT EXISTS (SELECT FROM erasures AS e WHERE e.account = o.account AND o.created_at <= e.at)"
)
_EVENT_IS_OLD: Final = "(SELECT value FROM counters WHERE name = 'feed_floor') > 0"

_LIVES: Final = f"i.kind = '{Kind.SMTP.value}' AND i.state <> '{State.REMOVED.value}'"
# The numbers of the credentials that a login is tried with, and of those in use.
_LOGINS: Final = (
    "LATERAL (SELECT (i.facts #>> ARRAY[name, '0'])::int AS number"
    " FROM unnest(ARRAY['tried', 'in_use']) AS name) AS login"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that does not hold, and of what. `rule` is a sentence."""

    rule: str
    subject: str


# What failed may still be tried again, and a refused upload leaves the certificate before it in use.
_MAY_BE_AGAIN: Final = "told.word <> 'failed' AND o.type <> 'org.signet.certificate.refused.v1'"

_RULES: Final = {
    "every identity that waits or is watched has a look due": f"""
        SELECT i.id::text FROM identities AS i LEFT JOIN schedule AS s ON s.id = i.id
        WHERE (i.state = '{State.PENDING.value}' OR {WATCHED} OR {_CERTIFIED}) AND s.id IS NULL
    """,
    "what is due belongs to something": """
        SELECT s.id::text FROM schedule AS s
        WHERE NOT EXISTS (SELECT FROM identities AS i WHERE i.id = s.id)
          AND NOT EXISTS (SELECT FROM notices AS n WHERE n.id = s.id)
          AND NOT EXISTS (SELECT FROM dkim_pairs AS p WHERE p.id = s.id)
    """,
    "nothing is due of an identity that is over": f"""
        SELECT i.id::text FROM identities AS i JOIN schedule AS s ON s.id = i.id
        WHERE i.state IN ({_OVER})
    """,
    "the last state in the history is the state": """
        SELECT i.id::text FROM identities AS i LEFT JOIN LATERAL (
            SELECT state FROM history AS h WHERE h.identity_id = i.id ORDER BY number DESC LIMIT 1
        ) AS last ON TRUE
        WHERE last.state IS DISTINCT FROM i.state
    """,
    "every change of state has its event": f"""
        SELECT h.identity_id || ' ' || h.state FROM history AS h LEFT JOIN outbox AS o USING (event_id)
        JOIN identities AS i ON i.id = h.identity_id
        WHERE NOT ({_SILENT} AND h.state = '{State.PENDING.value}') AND (
            h.event_id IS NULL OR (o.event_id IS NULL AND NOT {_EVENT_IS_OLD})
            OR ((split_part(o.type, '.', 4), h.state) NOT IN (VALUES {_TELLS_OF})
                AND (o.type, h.state) NOT IN (VALUES {_TYPE_TELLS_OF}))
        )
    """,
    "no event without the identity that it tells of": f"""
        SELECT o.event_id FROM outbox AS o
        WHERE o.identity_id IS NOT NULL AND NOT EXISTS (SELECT FROM identities AS i WHERE i.id = o.identity_id)
            AND {_NOT_ERASED}
    """,
    "no event of a state that was never reached": f"""
        SELECT o.event_id FROM outbox AS o
        JOIN (VALUES {_TELLS_OF}) AS told (word, state) ON split_part(o.type, '.', 4) = told.word
        WHERE o.identity_id IS NOT NULL AND {_MAY_BE_AGAIN} AND {_NOT_ERASED} AND NOT EXISTS (
            SELECT FROM history AS h WHERE h.identity_id = o.identity_id AND h.state = told.state
        )
    """,
    "the events of an identity are numbered without gaps": f"""
        SELECT i.id::text FROM identities AS i JOIN outbox AS o ON o.identity_id = i.id
        GROUP BY i.id, i.sequence
        HAVING max(o.sequence) <> i.sequence OR count(*) <> max(o.sequence) - min(o.sequence) + 1
            OR (min(o.sequence) <> 1 AND NOT {_EVENT_IS_OLD})
    """,
    "the feed has no gaps": """
        SELECT 'position ' || max(position) FROM outbox
        HAVING count(position) <> max(position) - (SELECT value FROM counters WHERE name = 'feed_floor')
            OR max(position) <> (SELECT value FROM counters WHERE name = 'position')
    """,
    "a planned mail is due": """
        SELECT n.key FROM notices AS n LEFT JOIN schedule AS s ON s.id = n.id
        WHERE n.state IN ('planned', 'sending') AND s.id IS NULL
    """,
    "no settled mail is due": """
        SELECT n.key FROM notices AS n JOIN schedule AS s ON s.id = n.id
        WHERE n.state NOT IN ('planned', 'sending')
    """,
    "every token issued is tombstoned for its identity": """
        SELECT i.id::text FROM identities AS i, LATERAL json_array_elements(i.challenge) AS record
        WHERE NOT EXISTS (
            SELECT FROM tombstones AS t
            WHERE t.token = split_part(split_part(record ->> 1, '.', 1), '-', 2) AND t.identity_id = i.id
        )
    """,
    "a certificate in use has its key": f"""
        SELECT i.id::text FROM identities AS i WHERE {_CERTIFIED}
            AND NOT EXISTS (SELECT FROM secrets AS s WHERE s.identity_id = i.id AND s.field = 'key')
    """,
    "no key is kept of a certificate that is over": f"""
        SELECT i.id::text FROM identities AS i JOIN secrets AS s ON s.identity_id = i.id AND s.field = 'key'
        WHERE i.kind = '{Kind.CERTIFICATE.value}' AND NOT {_CERTIFIED}
    """,
    "an uploaded file is kept as long as it waits": f"""
        SELECT i.id::text FROM identities AS i LEFT JOIN secrets AS s ON s.identity_id = i.id AND s.field = 'pkcs12'
        WHERE i.kind = '{Kind.CERTIFICATE.value}' AND (i.facts ->> 'waits')::bool <> (s.identity_id IS NOT NULL)
    """,
    "every pair of DKIM keys is seen to": """
        SELECT p.domain_id::text FROM dkim_pairs AS p LEFT JOIN schedule AS s ON s.id = p.id WHERE s.id IS NULL
    """,
    "a domain signs with one DKIM key at most, whose private half is in the vault": """
        SELECT p.domain_id::text FROM dkim_pairs AS p, LATERAL json_array_elements(p.keys) AS key
        WHERE key ->> 'state' = 'active' GROUP BY p.id HAVING count(*) > 1 OR NOT EXISTS (
            SELECT FROM secrets AS s WHERE s.identity_id = p.domain_id AND s.field = 'dkim'
                AND s.generation = max((key ->> 'number')::int)
        )
    """,
    "no DKIM key of a domain that is removed can sign": f"""
        SELECT p.domain_id::text FROM dkim_pairs AS p LEFT JOIN identities AS i ON i.id = p.domain_id
        WHERE coalesce(i.state, '{State.REMOVED.value}') = '{State.REMOVED.value}' AND (NOT p.removed
            OR EXISTS (SELECT FROM secrets AS s WHERE s.identity_id = p.domain_id AND s.field = 'dkim'))
    """,
    "one account has one living registration of a subject": f"""
        SELECT min(id::text) FROM identities WHERE state <> '{State.REMOVED.value}'
        GROUP BY kind, account, subject HAVING count(*) > 1
    """,
    "no secret without a living identity that uses it": f"""
        SELECT s.identity_id || ' ' || s.generation FROM secrets AS s WHERE NOT EXISTS (
            SELECT FROM identities AS i, {_LOGINS} WHERE i.id = s.identity_id AND i.account = s.account
                AND i.kind = s.kind AND i.state <> '{State.REMOVED.value}'
                AND (i.kind <> '{Kind.SMTP.value}' OR s.field = 'password' AND s.generation = login.number)
        )
    """,
    "no identity whose password the vault lacks": f"""
        SELECT i.id || ' ' || login.number FROM identities AS i, {_LOGINS}
        WHERE {_LIVES} AND login.number IS NOT NULL AND NOT EXISTS (
            SELECT FROM secrets AS s WHERE s.identity_id = i.id AND s.account = i.account
                AND s.kind = i.kind AND s.field = 'password' AND s.generation = login.number
        )
    """,
}


def check(engine: Engine) -> Sequence[Violation]:
    """Every violation, at most twenty of each rule."""
    found: list[Violation] = []
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        link = Link(connection)
        link.run("SET LOCAL statement_timeout = '10min'")
        for rule, question in _RULES.items():
            rows = link.rows(f"{question} LIMIT {MOST_SHOWN}")
            found += [Violation(rule=rule, subject=str(row[0])) for row in rows]
    return found


def unpublished(engine: Engine) -> int:
    """How many events wait to be published: what is settled must come to none."""
    with engine.connect() as connection:
        return int(Link(connection).one("SELECT count(*) FROM outbox WHERE published_at IS NULL")[0])
