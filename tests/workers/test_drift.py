"""What is proven is watched: through a real DNS, hour by hour, until it is revoked; and *Verify* in every state."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.identity import Identity, State
from infra.db.unit_of_work import SqlUnitOfWork
from infra.mail.mailbox import Mailbox
from tests.servers.knot import Knot, knot_server
from tests.servers.waiting import wait_until
from tests.workers.lab import (
    Lab,
    ask_for_a_look,
    await_state,
    lab_settings,
    laboratory,
    publish,
    register,
    standing,
    types,
    violations,
)

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """One name server for all tests of this file; each has its own zones."""
    with knot_server() as server:
        yield server


@pytest.fixture
def lab(knot: Knot, tmp_path: Path, unit: Units) -> Iterator[Lab]:
    """A lab at work, that looks through that name server and mails into a folder."""
    with laboratory(lab_settings(knot, tmp_path), unit) as running:
        yield running


def verified(lab: Lab, knot: Knot, subject: str) -> Identity:
    """A domain that is proven."""
    [domain] = register(lab.settings, lab.unit, subject)
    publish(knot, domain)
    return await_state(lab.unit, domain, State.VERIFIED)


def run(unit: Units, statement: str, domain: Identity) -> None:
    with unit() as work:
        work.looks._link.run(statement, {"id": domain.id})
        work.commit()


def pass_an_hour(unit: Units, domain: Identity) -> None:
    """Let the next look be due, and wait until it is written."""
    made = standing(unit, domain).attempt or 0
    run(unit, "UPDATE schedule SET due_at = now() WHERE id = %(id)s", domain)
    wait_until(
        lambda: (standing(unit, domain).attempt or made + 1) > made, what=f"{domain.subject} is looked at"
    )


def pass_three_days(unit: Units, domain: Identity) -> None:
    """The absences were 72 hours ago."""
    statement = """UPDATE schedule SET absences = ARRAY(
        SELECT at - interval '72 hours' FROM unnest(absences) AS row (at)) WHERE id = %(id)s"""
    run(unit, statement, domain)
    pass_an_hour(unit, domain)


def put_at_risk(lab: Lab, knot: Knot, domain: Identity) -> None:
    """Take the records away, and look three times."""
    knot.serve(domain.subject)
    for _ in range(3):
        pass_an_hour(lab.unit, domain)


def last(unit: Units, domain: Identity, name: str) -> Mapping[str, Any]:
    """The data of the last event of that name."""
    with unit() as work:
        rows = work.looks._link.rows(
            "SELECT body FROM outbox WHERE identity_id = %(id)s AND type = %(type)s ORDER BY sequence",
            {"id": domain.id, "type": f"org.signet.{name}.v1"},
        )
    data: Mapping[str, Any] = json.loads(bytes(rows[-1][0]))["data"]
    return data


def subjects(lab: Lab) -> list[str]:
    """The subject lines of the mails written, the oldest first."""
    return [letter.subject for letter in reversed(Mailbox(lab.settings.state / "mailbox").latest())]


def test_the_whole_story_of_a_domain_whose_records_go_and_come(
    database_url: str, unit: Units, knot: Knot, lab: Lab
) -> None:
    """At risk, recovered, at risk again, revoked; then one press begins anew with the same records."""
    domain = verified(lab, knot, "shop.example")

    put_at_risk(lab, knot, domain)
    at_risk = standing(unit, domain)
    publish(knot, domain)
    pass_an_hour(unit, domain)
    recovered = standing(unit, domain)
    put_at_risk(lab, knot, domain)
    pass_three_days(unit, domain)
    revoked = standing(unit, domain)
    ask_for_a_look(lab.settings, unit, domain)
    wait_until(lambda: types(unit, domain)[-1] == "domain.checked", what="the request is answered")
    resumed = standing(unit, domain)

    assert at_risk.identity.state is State.AT_RISK
    assert recovered.identity.state is State.VERIFIED
    assert (revoked.identity.state, revoked.due_at) == (State.REVOKED, None)
    assert resumed.identity.state is State.PENDING
    assert resumed.identity.challenge == domain.challenge
    assert resumed.identity.deadline > domain.deadline
    assert types(unit, domain) == [
        *("domain.accepted", "domain.verified"),
        *("domain.at_risk", "domain.recovered", "domain.at_risk", "domain.revoked"),
        *("domain.accepted", "domain.diagnosis_changed", "domain.checked"),
    ]
    assert last(unit, domain, "domain.at_risk")["code"] == "dns.record_missing"
    assert last(unit, domain, "domain.accepted")["records"] == [
        {"type": one.type, "name": one.name, "value": one.value, "purpose": one.purpose}
        for one in domain.challenge.records
    ]
    wait_until(lambda: len(subjects(lab)) == 5, what="five mails are written")
    assert sorted(subjects(lab)) == [
        "shop.example: doména je ověřená",
        "shop.example: doména už není ověřená, takhle můžete pokračovat",
        "shop.example: všechno je zase na svém místě",
        *["shop.example: zkontrolujte prosím její záznamy v DNS"] * 2,
    ]
    assert violations(database_url) == []


def test_asking_about_a_verified_domain_whose_records_are_gone_never_harms(
    unit: Units, knot: Knot, lab: Lab
) -> None:
    """Each request is answered with what was seen; none counts, and none puts off the look of the hour."""
    domain = verified(lab, knot, "asked.example")
    due_at = standing(unit, domain).due_at
    knot.serve(domain.subject)

    for number in range(1, 5):
        ask_for_a_look(lab.settings, unit, domain)
        wait_until(
            lambda: types(unit, domain).count("domain.checked") == number,  # noqa: B023
            what="the request is answered",
        )

    checked = last(unit, domain, "domain.checked")
    assert (checked["outcome"], checked["state"]) == ("not_yet", "verified")
    assert {record["status"] for record in checked["records"]} == {"missing"}
    assert standing(unit, domain).due_at == due_at
    assert types(unit, domain) == ["domain.accepted", "domain.verified", *["domain.checked"] * 4]


def test_a_press_on_a_domain_at_risk_looks_at_once_and_recovers(unit: Units, knot: Knot, lab: Lab) -> None:
    """The owner has put the records back, and need not wait for the hour."""
    domain = verified(lab, knot, "back.example")
    put_at_risk(lab, knot, domain)
    publish(knot, domain)

    ask_for_a_look(lab.settings, unit, domain)

    await_state(unit, domain, State.VERIFIED)
    assert types(unit, domain)[2:] == ["domain.at_risk", "domain.recovered", "domain.checked"]
    checked = last(unit, domain, "domain.checked")
    assert (checked["outcome"], checked["state"]) == ("passed", "verified")


def test_name_servers_that_do_not_answer_for_it_put_nothing_at_risk(
    unit: Units, knot: Knot, lab: Lab
) -> None:
    """What we could not see never counts against the owner."""
    domain = verified(lab, knot, "dark.example")
    knot.drop(domain.subject)

    for _ in range(5):
        pass_an_hour(unit, domain)

    assert standing(unit, domain).identity.state is State.VERIFIED
    assert types(unit, domain) == ["domain.accepted", "domain.verified"]


@pytest.mark.parametrize("state", [State.EXPIRED, State.REVOKED, State.FAILED])
def test_a_press_on_what_is_over_opens_a_window_of_48_hours_and_looks(
    unit: Units, knot: Knot, lab: Lab, state: State
) -> None:
    """The same id and records, a new deadline; accepted first, then the look's answer."""
    domain = verified(lab, knot, f"{state}.example".replace("_", "-"))
    run(unit, "DELETE FROM schedule WHERE id = %(id)s", domain)
    run(unit, f"UPDATE identities SET state = '{state}' WHERE id = %(id)s", domain)

    asked = ask_for_a_look(lab.settings, unit, domain)
    wait_until(lambda: types(unit, domain)[-1] == "domain.checked", what="the request is answered")

    resumed = standing(unit, domain).identity
    assert (resumed.state, resumed.challenge) == (State.VERIFIED, domain.challenge)
    assert resumed.opened_by is not None
    assert resumed.opened_by.id == asked
    assert resumed.deadline - resumed.window_at == timedelta(hours=48)
    assert types(unit, domain)[2:] == ["domain.accepted", "domain.verified", "domain.checked"]
