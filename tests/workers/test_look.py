"""From a ticket to what is known: looked at in a real DNS, judged, and written to a real database."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from domain.identity import Identity, State
from domain.ports import Ticket, Work
from infra.db.unit_of_work import SqlUnitOfWork
from infra.dns.resolver import Resolver
from infra.settings import Settings
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
from workers import bootstrap
from workers.look import Looking, look

Units = Callable[[], SqlUnitOfWork]


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    """One name server for all tests of this file; each has its own zones."""
    with knot_server() as server:
        yield server


@pytest.fixture
def settings(knot: Knot, tmp_path: Path) -> Settings:
    """Look through that name server, and mail into a folder."""
    return lab_settings(knot, tmp_path)


@pytest.fixture
def lab(settings: Settings, unit: Units) -> Iterator[Lab]:
    """A lab at work."""
    with laboratory(settings, unit) as running:
        yield running


def test_a_domain_with_its_records_is_verified_and_told(unit: Units, knot: Knot, lab: Lab) -> None:
    """Both CNAMEs stand: verified, one event, one mail, and the next look within the hour."""
    [shop] = register(lab.settings, unit, "shop.example")
    publish(knot, shop)

    proven = await_state(unit, shop, State.VERIFIED)

    assert types(unit, shop) == ["domain.accepted", "domain.verified"]
    due_at = standing(unit, shop).due_at
    assert due_at is not None
    assert timedelta(minutes=53) < due_at - shop.created_at < timedelta(minutes=61)
    assert proven.version == shop.version + 1
    mails = wait_until(
        lambda: list((lab.settings.state / "mailbox").glob("*.eml")), what="the mail is written"
    )
    assert len(mails) == 1


def test_a_missing_record_is_diagnosed_and_looked_for_again(unit: Units, knot: Knot, lab: Lab) -> None:
    """Seen clearly and not there: the diagnosis is told once, and the next look is due within seconds."""
    knot.serve("bare.example")
    [bare] = register(lab.settings, unit, "bare.example")

    wait_until(lambda: standing(unit, bare).attempt == 2, what="the first look is written")

    seen = standing(unit, bare)
    assert seen.identity.state is State.PENDING
    assert [finding.diagnosis.code for finding in seen.identity.findings if finding.diagnosis] == [
        "dns.record_missing"
    ] * 2
    assert seen.due_at is not None
    assert seen.due_at - bare.created_at < timedelta(seconds=10)
    assert types(unit, bare) == ["domain.accepted", "domain.diagnosis_changed"]


def test_a_record_that_appears_is_noticed_by_the_next_look(unit: Units, knot: Knot, lab: Lab) -> None:
    """While the owner is at it, looks are five seconds apart."""
    knot.serve("late.example")
    [late] = register(lab.settings, unit, "late.example")
    wait_until(lambda: standing(unit, late).attempt == 2, what="the first look is written")

    publish(knot, late)

    await_state(unit, late, State.VERIFIED)
    assert types(unit, late) == ["domain.accepted", "domain.diagnosis_changed", "domain.verified"]


def test_a_look_that_was_asked_for_is_answered(unit: Units, knot: Knot, lab: Lab) -> None:
    """Each request taken gets its own `domain.checked`, with the cause that asked."""
    knot.serve("asked.example")
    [asked] = register(lab.settings, unit, "asked.example")
    wait_until(lambda: standing(unit, asked).attempt == 2, what="the first look is written")

    for _ in range(2):
        ask_for_a_look(lab.settings, unit, asked)

    wait_until(lambda: types(unit, asked).count("domain.checked") == 2, what="both requests are answered")
    assert types(unit, asked) == [
        "domain.accepted",
        "domain.diagnosis_changed",
        "domain.checked",
        "domain.checked",
    ]


def test_the_other_accounts_are_told_when_one_proves_a_domain(unit: Units, knot: Knot, lab: Lab) -> None:
    """Neither blocks the other, and the other's records stay its own."""
    knot.serve("both.example")
    [theirs] = register(lab.settings, unit, "both.example", account="globex")
    wait_until(lambda: standing(unit, theirs).attempt == 2, what="the first look is written")
    [ours] = register(lab.settings, unit, "both.example", account="acme")

    publish(knot, ours)

    await_state(unit, ours, State.VERIFIED)
    told = [name for name in types(unit, ours) if name != "domain.diagnosis_changed"]  # a look may come early
    assert told == ["domain.accepted", "domain.verified"]
    assert types(unit, theirs) == ["domain.accepted", "domain.diagnosis_changed", "domain.claimed_elsewhere"]
    assert standing(unit, theirs).identity.state is State.PENDING


def test_a_window_that_closes_without_records_expires(unit: Units, knot: Knot, settings: Settings) -> None:
    """The last look is at the deadline; then the owner is told how to resume."""
    knot.serve("never.example")
    brief = settings.model_copy(update={"window": timedelta(seconds=2)})
    [never] = register(brief, unit, "never.example")

    with laboratory(brief, unit):
        await_state(unit, never, State.EXPIRED)

    assert types(unit, never) == ["domain.accepted", "domain.diagnosis_changed", "domain.expired"]
    assert standing(unit, never).due_at is None


def test_a_name_server_that_is_silent_is_never_the_owners_fault(unit: Units, settings: Settings) -> None:
    """Nothing was seen, so nothing is said of the domain; it is looked at again."""
    silent = settings.model_copy(update={"resolvers": (Resolver("127.0.0.1", 9),)})
    [dark] = register(silent, unit, "dark.example")

    with laboratory(silent, unit):
        wait_until(lambda: standing(unit, dark).attempt == 2, what="the blind look is written", within=15)

    seen = standing(unit, dark)
    assert seen.identity.state is State.PENDING
    assert seen.identity.findings == ()
    assert types(unit, dark) == ["domain.accepted"]


def test_a_ticket_that_is_not_awaited_is_one_log_line(unit: Units, settings: Settings) -> None:
    """A repeated, late or foreign ticket changes nothing."""
    [shop] = register(settings, unit, "late-ticket.example")
    before = standing(unit, shop)
    written: list[object] = []
    engine = bootstrap.dns_engine(settings.resolvers, None)
    engine.start()
    looking = Looking(unit_of_work=unit, engine=engine, write_down=written.append)

    with structlog.testing.capture_logs() as lines:
        look([Ticket(id=shop.id, attempt=1, token="01890000-0000-7000-8000-00000000dead")], looking)

    engine.close()
    assert [(line["event"], line["count"]) for line in lines] == [("tickets.not_awaited", 1)]
    assert written == []
    assert standing(unit, shop) == before


def test_one_identity_whose_row_makes_the_handler_raise_leaves_the_others_alone(
    unit: Units, database_url: str, knot: Knot, settings: Settings
) -> None:
    """199 good ones land; the bad one is counted against itself alone."""
    subjects = [f"good{number}.example" for number in range(199)]
    good = register(settings, unit, *subjects)
    [bad] = register(settings, unit, "bad.example")
    knot.serve_all({one.subject: "" for one in (*good, bad)})
    with unit() as work:
        work.outbox._link.run(
            f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.identity_id = '{bad.id}' THEN RAISE EXCEPTION 'the fault fired'; END IF;
                RETURN NEW; END $$"""
        )
        work.outbox._link.run(
            "CREATE TRIGGER refuse BEFORE INSERT ON looks FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        work.commit()

    with structlog.testing.capture_logs() as lines, laboratory(settings, unit):
        wait_until(
            lambda: all(standing(unit, one).attempt == 2 for one in good[::20]),
            what="the good ones land",
            within=20,
        )
        wait_until(lambda: failures(unit, bad) >= 1, what="the failure is counted")

    assert {line["identity"] for line in lines if line["event"] == "look.failed"} == {bad.id}
    assert "the fault fired" not in repr(lines)
    with unit() as work:
        looks = work.outbox._link.one("SELECT count(*) FROM looks")[0]
    assert looks == 199
    assert standing(unit, bad).attempt == 1
    assert violations(database_url) == []


def failures(unit: Units, identity: Identity) -> int:
    with unit() as work:
        return int(
            work.outbox._link.one("SELECT failures FROM schedule WHERE id = %(id)s", {"id": identity.id})[0]
        )


def test_what_failed_five_times_is_parked(unit: Units, database_url: str, settings: Settings) -> None:
    """It is not tried for ever; `doctor` shows it and frees it."""
    [bad] = register(settings, unit, "parked.example")
    with unit() as work:
        for _ in range(5):
            work.outbox._link.run("UPDATE schedule SET due_at = now() WHERE id = %(id)s", {"id": bad.id})
            [ticket] = work.schedule.claim(Work.DNS_FRESH, limit=1, lease=timedelta(seconds=5))
            work.schedule.failed(ticket, again_after=timedelta(0))
        work.commit()

    with laboratory(settings, unit), unit() as work:
        assert work.schedule.claim(Work.DNS_FRESH, limit=1, lease=timedelta(seconds=5)) == []

    assert standing(unit, bad).parked
