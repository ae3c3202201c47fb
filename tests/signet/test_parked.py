"""`signet doctor` names what is parked, so that nobody has to look for it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from infra.db.engine import connect
from infra.db.link import Link
from infra.db.unit_of_work import units
from tests.conformance.building import a_notice, register
from tests.signet.conftest import Command

PARK = "UPDATE schedule SET failures = 5, due_at = '2026-11-30 10:16:00Z'::timestamptz + failures * interval '1 s'"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The database that the command looks at."""
    engine = connect(database_url, role="test")
    yield engine
    engine.dispose()


def run(engine: Engine, statement: str) -> None:
    """Change what is stored."""
    with engine.begin() as connection:
        Link(connection).run(statement)


def parts(signet: Command) -> tuple[dict[str, str], list[str]]:
    """What the doctor says of the database, and of what is parked."""
    checks = signet("doctor", "--json").json["checks"]
    assert {check["state"] for check in checks if check["part"] == "parked"} <= {"broken"}
    return checks[0], [check["seen"] for check in checks if check["part"] == "parked"]


def test_each_kind_of_what_is_parked_is_named(signet: Command, engine: Engine) -> None:
    """What it is, whose, since when, and by which id the log names it; an erased account's keys by their target."""
    unit = units(engine)
    with_keys, erased = register(unit), register(unit, subject="gone.example.org", account="late")
    notice = a_notice(with_keys, "one")
    with unit() as work:
        work.notices.plan([notice])
        work.dkim.begin([with_keys, erased])
        work.commit()
    with unit() as work:
        work.accounts.erase("late")
        work.commit()
    run(engine, "UPDATE schedule SET failures = CASE work WHEN 'mail' THEN 1 WHEN 'keys' THEN 2 ELSE 0 END")
    run(
        engine,
        "UPDATE schedule SET failures = 3 FROM dkim_pairs AS p WHERE p.id = schedule.id AND p.account = ''",
    )
    run(engine, PARK)
    with unit() as work:
        pair = work.dkim.of_domain(with_keys.id)
    assert pair is not None

    database, named = parts(signet)

    assert database["seen"] == "it answers; 4 things are parked after five failures of ours"
    assert "signet doctor --free" in database["advice"]
    due = "due since 2026-11-30 10:16:0"
    assert named[:3] == [
        f"domain example.org of acme, {due}0Z; {with_keys.id} in the log",
        f"mail domain_verified to owner@example.net of acme, {due}1Z; {notice.id} in the log",
        f"DKIM keys of example.org of acme, {due}2Z; {pair.id} in the log",
    ]
    assert named[3].startswith(f"DKIM keys of {erased.challenge.records[0].value}, {due}3Z; ")


def test_of_many_the_ten_that_wait_longest_are_named(signet: Command, engine: Engine) -> None:
    """And how many there are."""
    unit = units(engine)
    domains = [register(unit, subject=f"shop{number}.example.org") for number in range(12)]
    for number, domain in enumerate(domains):
        run(engine, f"UPDATE schedule SET failures = {number} WHERE id = '{domain.id}'")
    run(engine, PARK)

    database, named = parts(signet)

    assert database["seen"].endswith(
        "12 things are parked after five failures of ours: here the 10 that wait longest"
    )
    assert [line.split()[1] for line in named] == [domain.subject for domain in domains[:10]]


def test_the_only_thing_that_is_parked_is_one_thing(signet: Command, engine: Engine) -> None:
    """As a person would say it; and no look at it is announced, for none comes."""
    register(units(engine))
    run(engine, PARK)

    database, named = parts(signet)
    listed, shown = signet("list", "domain").out, signet("show", "example.org").out

    assert listed.splitlines()[-1].split()[:5] == ["example.org", "acme", "pending", "(parked)", "-"]
    assert ["next", "look", "-"] in [line.split() for line in shown.splitlines()]
    assert database["seen"] == "it answers; 1 thing is parked after five failures of ours"
    assert len(named) == 1
