"""What must hold of everything stored is checked, and each way of breaking it is found."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain.lifecycle import Step
from domain.secrets import Secret
from infra.db.gauges import Backlog, census, gauges
from infra.db.invariants import _RULES, check, unpublished
from infra.db.link import Link
from infra.db.unit_of_work import units
from tests.conformance.building import (
    VAULT,
    Units,
    a_notice,
    awaited,
    claim,
    passed,
    register,
    waiting,
    write,
)
from tests.domain.building import MISSING
from tests.domain.test_own_server import a_login
from workers.login_desk import place_of

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
    "a certificate in use has its key": "UPDATE identities SET kind = 'certificate', facts = '{\"waits\": false}'"
    " WHERE id = %(verified)s",
    "no key is kept of a certificate that is over": "WITH over AS (UPDATE identities SET kind = 'certificate',"
    " facts = '{\"waits\": false}' WHERE id = %(pending)s) INSERT INTO secrets (identity_id, account, kind, field,"
    " generation, key_id, wrapped, nonce, ciphertext)"
    " VALUES (%(pending)s, 'acme', 'certificate', 'key', 1, 'k', '', '', '')",
    "an uploaded file is kept as long as it waits": "UPDATE identities SET kind = 'certificate',"
    " facts = '{\"waits\": true}' WHERE id = %(pending)s",
    "every pair of DKIM keys is seen to": "INSERT INTO dkim_pairs (id, domain_id, account, targets, keys)"
    " VALUES (gen_random_uuid(), %(verified)s, 'acme', '{a,b}', '[]')",
    "a domain signs with one DKIM key at most, whose private half is in the vault": "INSERT INTO dkim_pairs"
    " (id, domain_id, account, targets, keys) VALUES (gen_random_uuid(), %(verified)s, 'acme', '{a,b}',"
    """ '[{"number": 1, "state": "active"}]')""",
    "no DKIM key of a domain that is removed can sign": "INSERT INTO dkim_pairs"
    " (id, domain_id, account, targets, keys) VALUES (gen_random_uuid(), gen_random_uuid(), 'acme', '{a,b}', '[]')",
    "one account has one living registration of a subject": "UPDATE identities SET subject = 'a.example',"
    " generation = generation + CASE WHEN id = %(pending)s THEN 1 ELSE 0 END",
    "no secret without a living identity that uses it": "UPDATE identities SET state = 'removed' WHERE kind = 'smtp'",
    "no identity whose password the vault lacks": "DELETE FROM secrets WHERE generation = 1",
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


def entrusted(engine: Engine) -> None:
    """And a login in use, with newer credentials beside it: the vault keeps both passwords."""
    login = replace(a_login(), id=str(uuid.uuid4()), domain_id=str(uuid.uuid4()))
    login = replace(login, in_use=login.tried, tried=replace(login.tried, number=2))
    with units(engine, VAULT)() as work:
        work.identities.add([login])
        for number in (1, 2):
            work.secrets.put(place_of(login, number), Secret(b"canary"))
        work.schedule.put([Step(identity=login, due_at=work.now)])
        work.commit()


def test_nothing_is_wrong_with_a_small_life(engine: Engine, unit: Units) -> None:
    """Nor with an empty database."""
    assert check(engine) == []

    lived(unit)
    entrusted(engine)

    assert check(engine) == []
    assert unpublished(engine) == 3


@pytest.mark.parametrize("rule", list(_RULES))
def test_each_way_of_breaking_it_is_found(engine: Engine, unit: Units, rule: str) -> None:
    """A check that finds nothing must be one that can find something."""
    ids = lived(unit)
    entrusted(engine)
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
    assert seen.keys == frozenset()
    assert counted.identities == {("domain", "verified"): 1, ("domain", "pending"): 2}
    assert counted.notices == {"planned": 2}
    assert counted.parked == 0
