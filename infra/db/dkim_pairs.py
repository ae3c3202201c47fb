"""The two selectors of each domain, in one transaction.

Law: a pair is locked before its row in the schedule, by everybody. Whoever changes a pair without holding its ticket
takes the ticket's token away, so that a visit that is under way writes nothing over it.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Engine

from domain.dkim_keys import DkimPair
from domain.dkim_ports import AwaitedPair, Visited
from domain.dkim_rotation import ask, remove
from domain.identity import Domain, Kind, Route, State
from domain.ports import Ticket, Work
from infra.db.dkim_rows import COLUMNS, WIDTH, pair_from, pair_values
from infra.db.link import Link

BATCH: Final = 5_000
PROVEN: Final = (State.VERIFIED.value, State.AT_RISK.value)

_BEGIN: Final = f"""
    WITH begun AS (
        INSERT INTO dkim_pairs (id, domain_id, account, targets, keys)
        SELECT gen_random_uuid(), domain_id, account, ARRAY[one, other], '[]'
        FROM unnest(%(domains)b::uuid[], %(accounts)b::text[], %(ones)b::text[], %(others)b::text[])
            AS given (domain_id, account, one, other)
        ORDER BY domain_id ON CONFLICT (domain_id) DO NOTHING RETURNING id
    )
    INSERT INTO schedule (id, work, attempt, due_at) SELECT id, '{Work.KEYS.value}', 1, now() FROM begun
"""
# Ten a second: keys are made in the order of due times, and new domains are not to wait for all of these.
_ADOPT: Final = f"""
    WITH without AS (
        SELECT i.id, i.account, ARRAY[i.challenge -> 0 ->> 2, i.challenge -> 1 ->> 2] AS targets
        FROM identities AS i
        WHERE i.kind = '{Kind.DOMAIN.value}' AND i.route = '{Route.CLOUD.value}'
            AND i.state = ANY(%(proven)s::text[]) AND json_array_length(i.challenge) = 2
            AND NOT EXISTS (SELECT FROM dkim_pairs AS p WHERE p.domain_id = i.id)
        LIMIT %(batch)s FOR SHARE OF i SKIP LOCKED
    ), begun AS (
        INSERT INTO dkim_pairs (id, domain_id, account, targets, keys)
        SELECT gen_random_uuid(), id, account, targets, '[]' FROM without
        ON CONFLICT (domain_id) DO NOTHING RETURNING id
    )
    INSERT INTO schedule (id, work, attempt, due_at)
    SELECT id, '{Work.KEYS.value}', 1, now() + interval '100 ms' * (row_number() OVER () + %(before)s) FROM begun
"""
_AWAITED: Final = f"""
    SELECT {COLUMNS}, s.attempt, s.lease_token::text, coalesce(i.state = ANY(%(proven)s::text[]), FALSE)
    FROM unnest(%(ids)b::uuid[], %(tokens)b::uuid[]) AS given (id, token)
    JOIN schedule AS s ON s.id = given.id AND s.lease_token = given.token
    JOIN dkim_pairs AS p ON p.id = given.id
    LEFT JOIN identities AS i ON i.id = p.domain_id
"""
_LOCK_AWAITED: Final = """
    SELECT p.id FROM dkim_pairs AS p
    WHERE p.id = %(id)s AND EXISTS (SELECT FROM schedule AS s WHERE s.id = p.id AND s.lease_token = %(token)s)
    FOR UPDATE OF p
"""
_LOCK: Final = f"SELECT {COLUMNS} FROM dkim_pairs AS p WHERE p.domain_id = %(domain)s FOR UPDATE"
_LOCK_ACCOUNT: Final = f"""
    SELECT {COLUMNS} FROM dkim_pairs AS p WHERE p.account = %(account)s ORDER BY p.id FOR UPDATE
"""
_FIND: Final = f"SELECT {COLUMNS} FROM dkim_pairs AS p WHERE p.domain_id = %(domain)s"
_SAVE: Final = """
    UPDATE dkim_pairs SET account = %(account)s, keys = %(keys)s, made = %(made)s, asked_at = %(asked_at)s,
        removed = %(removed)s, fault = %(fault)s
    WHERE id = %(id)s
"""
_NEXT: Final = """
    UPDATE schedule SET attempt = attempt + 1, failures = 0, due_at = %(due)s, lease_token = NULL
    WHERE id = %(id)s AND lease_token = %(token)s
"""
_NOW: Final = "UPDATE schedule SET failures = 0, due_at = now(), lease_token = NULL WHERE id = %(id)s"
_NO_MORE: Final = "DELETE FROM schedule WHERE id = %(id)s"
_DROP: Final = "DELETE FROM dkim_pairs WHERE id = %(id)s"


class SqlDkimPairs:
    """The pairs of selectors, in one transaction. Of what is awaited, a late or repeated ticket writes nothing."""

    def __init__(self, link: Link) -> None:
        """Work inside the transaction of `link`."""
        self._link = link

    def begin(self, domains: Sequence[Domain]) -> None:
        """Let there be a pair for each of these domains, due now, where there is none."""
        targets = [[record.value for record in domain.challenge.records] for domain in domains]
        self._link.run(
            _BEGIN,
            {
                "domains": [domain.id for domain in domains],
                "accounts": [domain.account for domain in domains],
                "ones": [names[0] for names in targets],
                "others": [names[1] for names in targets],
            },
        )

    def awaited(self, tickets: Sequence[Ticket]) -> Sequence[AwaitedPair]:
        """Those of the tickets whose token is still the one awaited."""
        asked = {"ids": [ticket.id for ticket in tickets], "tokens": [ticket.token for ticket in tickets]}
        found = []
        for row in self._link.rows(_AWAITED, asked | {"proven": list(PROVEN)}):
            attempt, token, proven = row[WIDTH:]
            ticket = Ticket(id=row[0], attempt=attempt, token=token)
            found.append(AwaitedPair(ticket=ticket, pair=pair_from(row), proven=proven))
        return found

    def keep(self, before: AwaitedPair, pair: DkimPair) -> bool:
        """Write a pair in the middle of its visit; answer whether it is still awaited."""
        if not self._holds(before):
            return False
        if pair != before.pair:
            self._link.run(_SAVE, pair_values(pair))
        return True

    def write(self, visited: Visited) -> bool:
        """Write a pair and its next visit; answer whether it was still awaited."""
        before = visited.before
        if not self.keep(before, visited.pair):
            return False
        self._link.run(_NEXT, {"id": before.pair.id, "token": before.ticket.token, "due": visited.due_at})
        return True

    def end(self, before: AwaitedPair) -> bool:
        """Let go of a pair, and of its visits; answer whether it was still awaited."""
        if not self._holds(before):
            return False
        self._link.run(_NO_MORE, {"id": before.pair.id})
        self._link.run(_DROP, {"id": before.pair.id})
        return True

    def hurry(self, pair_id: str) -> None:
        """Let a pair be visited now, whoever visits it meanwhile: our zone may not be as that one left it."""
        self._link.run(_NOW, {"id": pair_id})

    def of_domain(self, domain_id: str) -> DkimPair | None:
        """The pair of a domain, where there is one; not locked."""
        row = self._link.first(_FIND, {"domain": domain_id})
        return None if row is None else pair_from(row)

    def ask(self, domain_id: str) -> DkimPair | None:
        """Ask for a new key of a domain; the pair as it is then, None where it has none."""
        row = self._link.first(_LOCK, {"domain": domain_id})
        if row is None:
            return None
        known = pair_from(row)
        asked = ask(known, self._link.now)
        if asked != known:
            self._change(asked)
        return asked

    def remove(self, domain_id: str) -> None:
        """The domain is removed: its keys are revoked, which is seen to at once."""
        row = self._link.first(_LOCK, {"domain": domain_id})
        if row is not None:
            self._change(remove(pair_from(row), self._link.now))

    def remove_all(self, account: str) -> None:
        """The account is removed: what is left of its domains' keys is nobody's."""
        for row in self._link.rows(_LOCK_ACCOUNT, {"account": account}):
            self._change(remove(pair_from(row), self._link.now))
            self._link.run("UPDATE dkim_pairs SET account = '' WHERE id = %(id)s", {"id": row[0]})

    def _change(self, pair: DkimPair) -> None:
        """Write a pair that is locked, and let it be visited now."""
        self._link.run(_SAVE, pair_values(pair))
        self._link.run(_NOW, {"id": pair.id})

    def _holds(self, before: AwaitedPair) -> bool:
        values = {"id": before.pair.id, "token": before.ticket.token}
        return self._link.first(_LOCK_AWAITED, values) is not None


def adopt(engine: Engine) -> int:
    """Begin the pairs of domains that were proven before there were any; answer how many."""
    total, portion = 0, BATCH
    while portion == BATCH:
        with engine.begin() as connection:
            values = {"proven": list(PROVEN), "batch": BATCH, "before": total}
            portion = Link(connection).run(_ADOPT, values)
        total += portion
    return total
