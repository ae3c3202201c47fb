"""What must hold of everything stored is checked, and each way of breaking it is found."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from infra.db.gauges import Backlog, census, gauges
from infra.db.invariants import _RULES, check, unpublished
from infra.db.link import Link
from tests.conformance.building import Units, a_notice, awaited, claim, passed, register, waiting, write
from tests.domain.building import MISSING

BROKEN = {
    "every identity that waits or is watched has a look due": "DELETE FROM schedule WHERE id = %(verified)s",
    "what is due belongs to something": "INSERT INTO schedule (id, work, attempt, due_at)"
    " VALUES (gen_random_uuid(), 'dns', 1, now())",
    "nothing is due of an identity that is over": "UPDATE identities SET state = 'revoked' WHERE id = %(pending)s",
    "the last state in the history is the state": "UPDATE identities SET state = 'expired' WHERE id = %(verified)s",
    "every change of state has its event": "UPDATE history SET event_id = NULL WHERE state = 'verified'",
    "no event without the identity that it tells of": "UPDATE outbox SET identity_id = gen_random_uuid()"
    " WHERE sequence = 2",
    "no event of a state that was never reached": "DELETE FROM history WHERE state = 'verified'",
    "the events of an identity are numbered without gaps": "DELETE FROM outbox WHERE sequence = 1",
    "the feed has no gaps": "UPDATE outbox SET position = position + 1 WHERE position = 3",
    "a planned mail is due": "DELETE FROM schedule WHERE work = 'mail'",
    "no settled mail is due": "UPDATE notices SET state = 'sent'",
    "every token issued is tombstoned for its identity": "DELETE FROM tombstones WHERE identity_id = %(pending)s",
    "every pair of DKIM keys is seen to": "INSERT INTO dkim_pairs (id, domain_id, account, targets, keys)"
    " VALUES (gen_random_uuid(), %(verified)s, 'acme', '{a,b}', '[]')",
    "a domain signs with one DKIM key at most, whose private half is in the vault": "INSERT INTO dkim_pairs"
    " (id, domain_id, account, targets, keys) VALUES (gen_random_uuid(), %(verified)s, 'acme', '{a,b}',"
    """ '[{"number": 1, "state": "active"}]')""",
    "no DKIM key of a domain that is removed can sign": "INSERT INTO dkim_pairs"
    " (id, domain_id, account, targets, keys) VALUES (gen_random_uuid(), gen_random_uuid(), 'acme', '{a,b}', '[]')",
    "one account has one living registration of a subject": "UPDATE identities SET subject = 'a.example',"
    " generation = generation + CASE WHEN id = %(pending)s THEN 1 ELSE 0 END",
}


def lived(unit: Units) -> dict[str, str]:
    """A small life: one domain waits, one is verified and its owner is told."""
    verified = register(unit, subject="a.example")
    [read] = awaited(unit, claim(unit))
    write(unit, [passed(read)])
    pending = register(unit, subject="b.example")
    [read] = awaited(unit, claim(unit))
    write(unit, [waiting(read, MISSING)])
    with unit() as work:
        work.outbox.number_new(10)
        work.commit()
    return {"verified": verified.id, "pending": pending.id}


def test_nothing_is_wrong_with_a_small_life(engine: Engine, unit: Units) -> None:
    """Nor with an empty database."""
    assert check(engine) == []

    lived(unit)

    assert check(engine) == []
    assert unpublished(engine) == 3


@pytest.mark.parametrize("rule", list(_RULES))
def test_each_way_of_breaking_it_is_found(engine: Engine, unit: Units, rule: str) -> None:
    """A check that finds nothing must be one that can find something."""
    ids = lived(unit)
    with engine.begin() as connection:
        Link(connection).run(BROKEN[rule], ids)

    found = check(engine)

    assert rule in {violation.rule for violation in found}
    assert all(violation.subject for violation in found)


def test_what_waits_is_counted_with_its_age(engine: Engine, unit: Units) -> None:
    """The one promise to watch is how late we are."""
    lived(unit)
    late = register(unit, subject="c.example")
    with unit() as work:
        work.notices.plan([a_notice(late, "k")])
        work.commit()
    with engine.begin() as connection:
        Link(connection).run(
            "UPDATE schedule SET due_at = now() - interval '1 hour' WHERE id = %(id)s", {"id": late.id}
        )

    with engine.connect() as connection:
        seen = gauges(Link(connection))
        counted = census(Link(connection))

    assert seen.due["dns.fresh"].waiting == 1
    assert timedelta(minutes=59) < seen.due["dns.fresh"].oldest < timedelta(minutes=61)
    assert seen.due["dns"] == Backlog(0, timedelta())
    assert seen.due["mail"].waiting == 2
    assert seen.outbox.waiting == 4
    assert seen.outbox.oldest > timedelta()
    assert counted.identities == {("domain", "verified"): 1, ("domain", "pending"): 2}
    assert counted.notices == {"planned": 2}
    assert counted.parked == 0
