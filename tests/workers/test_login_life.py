"""A login at the owner's own server, from configured to verified or failed: real vault, database and dialogue."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.identity import Route, State
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.conformance.building import VAULT
from tests.infra.smtp.ground import PASSWORD, plain, secured
from tests.servers.certificates import ServerFiles
from tests.servers.smtp import MailServer
from tests.servers.villain import Talk, Villain, villain
from tests.workers.addresses import ask, deliver, stored, tokens, turn
from tests.workers.lab import violations
from tests.workers.login_ground import DOMAIN, Ground, ground
from workers.confirming import press
from workers.intake import Accepted, RefusedEvent
from workers.sending import Sending

pytestmark = pytest.mark.usefixtures("trusted")
Units = Callable[[], SqlUnitOfWork]

OTHER = "another-CANARY"


@pytest.fixture
def vaulted(database_url: str) -> Iterator[Units]:
    """Units of work with a vault."""
    engine = connect(database_url, role="test", pool=10)
    yield units(engine, VAULT)
    engine.dispose()


@pytest.fixture
def taken() -> set[str]:
    """The passwords that the server takes; a test may change them."""
    return {PASSWORD}


@pytest.fixture
def mail_server(mail_files: ServerFiles, taken: set[str]) -> Iterator[Villain]:
    """The owner's server."""

    def then(talk: Talk) -> None:
        while True:
            line = talk.hear()
            if line.startswith("AUTH"):
                right = line in {f"AUTH PLAIN {plain(password=password)}" for password in taken}
                talk.say("235 2.7.0 welcome" if right else "535 5.7.8 no")
            else:
                talk.say("553 5.7.1 not yours" if "boss@" in line else "250 fine")

    with villain(secured(mail_files, then)) as running:
        yield running


@pytest.fixture
def here(vaulted: Units, settings: Settings, mail_server: Villain) -> Ground:
    """An installation that may reach it."""
    return ground(vaulted, settings, {mail_server.port})


@pytest.fixture(autouse=True)
def nothing_is_broken(database_url: str) -> Iterator[None]:
    """After each test all that is stored still fits together."""
    yield
    assert violations(database_url) == []


def told(here: Ground, name: str) -> list[dict[str, Any]]:
    """The data of the events of one name."""
    rows = here.rows(
        "SELECT body FROM outbox WHERE type = %(type)s ORDER BY number", {"type": f"org.signet.{name}.v1"}
    )
    return [json.loads(bytes(row[0]))["data"] for row in rows]


def mails(here: Ground) -> list[str]:
    """The kinds of the mails that were planned, in their order."""
    return [row[0] for row in here.rows("SELECT kind FROM notices ORDER BY planned_at, id")]


def test_a_login_that_passes_proves_its_domain(here: Ground, mail_server: Villain) -> None:
    """Configured, tried, verified: and the domain with it, by its own server."""
    here.register()
    assert here.configure(mail_server.port) == Accepted()

    assert here.try_due() == 1

    assert here.login().state is State.VERIFIED
    assert here.login().in_use == here.login().tried
    assert here.domain().state is State.VERIFIED
    assert here.names() == ["domain.accepted", "smtp.verified", "domain.verified"]
    assert told(here, "domain.verified")[0]["by"] == "smtp"
    [verified] = told(here, "smtp.verified")
    assert (verified["domain"], verified["stage"]) == (DOMAIN, "auth")
    assert "code" not in verified
    assert sorted(mails(here)) == ["domain_verified", "smtp_verified"]
    assert here.try_due() == 0


def test_a_wrong_password_is_final_and_says_what_to_change(here: Ground, mail_server: Villain) -> None:
    """One event and one mail; the domain waits on."""
    here.register()
    here.configure(mail_server.port, password="wrong")

    here.try_due()

    assert here.login().state is State.FAILED
    assert here.domain().state is State.PENDING
    assert here.names() == ["domain.accepted", "smtp.failed"]
    [failed] = told(here, "smtp.failed")
    assert (failed["stage"], failed["code"]) == ("auth", "smtp.credentials")
    assert "user name" in failed["message"]
    assert "retry_at" not in failed
    assert mails(here) == ["smtp_failed"]


def test_a_server_that_is_away_is_tried_again_by_its_schedule_until_the_window_closes(
    here: Ground, mail_server: Villain
) -> None:
    """At once, after 30 s, 1, 2, 4 and 8 minutes, last at 15; told once, then expired."""
    here.register()
    with villain(lambda talk: talk.reset()) as away:
        there = ground(here.unit, here.settings, {away.port})
        there.configure(away.port)
        waits = []
        while there.login().state is State.PENDING:
            assert there.try_due() == 1
            [due] = there.rows(
                "SELECT extract(epoch FROM due_at - now()) FROM schedule WHERE work = 'smtp' "
                "UNION ALL SELECT 0 LIMIT 1"
            )
            seconds = float(due[0])
            waits.append(round(seconds))
            there.minutes_pass(max(seconds, 1) / 60)

    assert waits[:5] == pytest.approx([30, 60, 120, 240, 450], abs=5)  # what the test itself takes counts
    assert there.login().state is State.EXPIRED
    assert there.names() == ["domain.accepted", "smtp.failed", "smtp.expired"]
    assert told(here, "smtp.failed")[0]["code"] == "smtp.connect"
    assert "retry_at" in told(here, "smtp.failed")[0]
    assert mails(here) == ["smtp_expired"]


def test_new_credentials_are_tried_beside_the_old_which_stay_in_use(
    here: Ground, mail_server: Villain, taken: set[str]
) -> None:
    """Until the new ones pass; then the old password is forgotten."""
    here.register()
    here.configure(mail_server.port)
    here.try_due()
    old = here.login().in_use

    here.configure(mail_server.port, password=OTHER)
    here.try_due()
    assert (here.login().state, here.login().in_use) == (State.FAILED, old)
    assert here.domain().state is State.VERIFIED
    taken.add(OTHER)
    here.configure(mail_server.port, password=OTHER)
    here.try_due()

    assert here.login().state is State.VERIFIED
    assert here.login().in_use == here.login().tried
    assert here.login().tried.number == 3
    assert here.rows("SELECT generation FROM secrets") == [(3,)]


def test_a_request_is_answered_whatever_the_state(
    here: Ground, mail_server: Villain, taken: set[str]
) -> None:
    """Verified stays verified; failed begins a new window."""
    here.register()
    here.configure(mail_server.port)
    here.try_due()

    assert here.publish("smtp.verification_requested") == Accepted()
    here.try_due()
    assert here.names()[-1] == "smtp.verified"
    taken.clear()
    here.publish("smtp.verification_requested")
    here.try_due()
    assert here.names()[-1] == "smtp.failed"
    assert here.login().state is State.VERIFIED
    here.configure(mail_server.port)
    here.try_due()
    taken.add(PASSWORD)
    here.publish("smtp.verification_requested")
    here.try_due()
    assert (here.names()[-1], here.login().state) == ("smtp.verified", State.VERIFIED)


def test_an_eleventh_login_in_an_hour_waits_its_turn(here: Ground, mail_server: Villain) -> None:
    """It is told with `retry_at`, and made then."""
    here.register()
    for _ in range(10):
        here.configure(mail_server.port)
        here.try_due()

    here.configure(mail_server.port)
    here.try_due()

    failed = told(here, "smtp.failed")[-1]
    assert failed["code"] == "smtp.rate_limited"
    assert here.login().state is State.PENDING
    here.minutes_pass(61)
    here.try_due()
    assert here.login().state is State.VERIFIED


def test_a_removed_login_is_forgotten(here: Ground, mail_server: Villain) -> None:
    """Its password first of all."""
    here.register()
    here.configure(mail_server.port)

    assert here.publish("smtp.removal_requested") == Accepted()

    assert here.login().state is State.REMOVED
    assert here.rows("SELECT count(*) FROM secrets") == [(0,)]
    assert here.names() == ["domain.accepted", "smtp.removed"]
    assert here.try_due() == 0
    here.configure(mail_server.port)
    here.try_due()
    assert (here.login().generation, here.login().state) == (2, State.VERIFIED)


def test_a_removed_domain_takes_its_login_along(here: Ground, mail_server: Villain) -> None:
    """Nothing of it stays."""
    here.register()
    here.configure(mail_server.port)
    here.try_due()

    here.publish("domain.removal_requested")

    assert (here.login().state, here.domain().state) == (State.REMOVED, State.REMOVED)
    assert here.rows("SELECT count(*) FROM secrets") == [(0,)]


@pytest.mark.parametrize("name", ["smtp.verification_requested", "smtp.removal_requested"])
def test_a_request_for_a_login_that_is_not_there_is_refused(here: Ground, name: str) -> None:
    """As an event that asks for what does not exist."""
    here.register()

    answer = here.publish(name)

    assert isinstance(answer, RefusedEvent)
    assert [(error.field, error.code) for error in answer.errors] == [("domain", "smtp.unknown")]


def test_a_login_of_a_domain_that_is_not_there_is_refused(here: Ground, mail_server: Villain) -> None:
    """And its password is not kept."""
    answer = here.configure(mail_server.port)

    assert isinstance(answer, RefusedEvent)
    assert [error.code for error in answer.errors] == ["domain.unknown"]
    assert here.rows("SELECT count(*) FROM secrets") == [(0,)]


def test_on_another_route_the_old_one_sends_until_the_new_one_is_proven(
    here: Ground, mail_server: Villain
) -> None:
    """From the owner's server to records and back: nothing is proven twice by itself."""
    here.register()
    here.configure(mail_server.port)
    here.try_due()

    assert here.publish("domain.route_changed", route="cloud") == Accepted()

    domain = here.domain()
    assert (domain.state, domain.route, domain.still_by) == (State.PENDING, Route.CLOUD, Route.SMTP)
    assert len(told(here, "domain.accepted")[-1]["records"]) == 2
    records = domain.challenge
    assert here.publish("domain.route_changed", route="smtp") == Accepted()
    domain = here.domain()
    assert (domain.state, domain.route, domain.still_by) == (State.VERIFIED, Route.SMTP, None)
    assert here.names()[-2:] == ["domain.accepted", "domain.verified"]
    assert told(here, "domain.accepted")[-1]["records"] == []
    here.publish("domain.route_changed", route="cloud")
    assert here.domain().challenge == records


def test_the_route_that_it_has_already_resets_nothing(here: Ground, mail_server: Villain) -> None:
    """It is told again as it is."""
    here.register()
    here.configure(mail_server.port)
    here.try_due()
    before = here.domain()

    assert here.publish("domain.route_changed", route="smtp") == Accepted()

    after = here.domain()
    assert (after.state, after.deadline, after.id) == (before.state, before.deadline, before.id)
    assert here.names()[-1] == "domain.accepted"
    assert isinstance(here.publish("domain.route_changed", "nobody.example.org", route="smtp"), RefusedEvent)


def test_a_domain_that_waited_for_its_server_in_vain_is_verified_when_the_login_passes(
    here: Ground, mail_server: Villain
) -> None:
    """However late."""
    here.register()
    turn(here.unit, here.domain(), State.EXPIRED)

    here.configure(mail_server.port)
    here.try_due()

    assert here.domain().state is State.VERIFIED
    assert here.names()[-3:] == ["smtp.verified", "domain.accepted", "domain.verified"]


@pytest.mark.parametrize("local_part", ["info", "boss"])
def test_the_login_is_tried_again_with_the_first_confirmed_address(
    here: Ground, mail_server: Villain, sending: Sending, server: MailServer, local_part: str
) -> None:
    """A sender that the server refuses is over; the login is not."""
    state = State.FAILED if local_part == "boss" else State.VERIFIED
    here.register()
    here.configure(mail_server.port)
    here.try_due()
    ask(here.settings, here.unit, "added", f"{local_part}@{DOMAIN}")
    deliver(here.unit, sending)
    assert press(tokens(server)[0], sending.confirming) is not None

    assert here.try_due() == 1

    assert f"MAIL FROM:<{local_part}@{DOMAIN}>".encode() in mail_server.talks[-1].heard
    assert stored(here.unit, f"{local_part}@{DOMAIN}").state is state
    assert (here.login().state, here.domain().state) == (State.VERIFIED, State.VERIFIED)
    refused = told(here, "address.refused")
    assert [one["code"] for one in refused] == (["smtp.sender_refused"] if state is State.FAILED else [])
    assert here.try_due() == 0


def test_the_login_stands_without_an_address_that_needs_smtputf8(
    here: Ground, mail_server: Villain, sending: Sending, server: MailServer
) -> None:
    """The check does not speak it, so that no sender is tried; nothing is parked."""
    here.register()
    here.configure(mail_server.port)
    here.try_due()
    ask(here.settings, here.unit, "added", f"žofie@{DOMAIN}")
    deliver(here.unit, sending)
    press(tokens(server)[0], sending.confirming)

    assert here.try_due() == 1

    assert b"MAIL FROM" not in mail_server.talks[-1].heard
    assert stored(here.unit, f"žofie@{DOMAIN}").state is State.VERIFIED
    assert (here.login().state, here.try_due()) == (State.VERIFIED, 0)


def test_a_port_that_is_not_allowed_is_told_without_a_connection(here: Ground, mail_server: Villain) -> None:
    """It is final, and names those that are."""
    here.register()
    here.configure(22)

    here.try_due()

    [failed] = told(here, "smtp.failed")
    assert failed["code"] == "smtp.blocked_port"
    assert str(mail_server.port) in failed["message"]
    assert mail_server.talks == []


def test_verify_on_a_domain_with_its_own_server_tries_the_login(here: Ground, mail_server: Villain) -> None:
    """And is answered for the domain as well."""
    here.register()
    here.configure(mail_server.port, password="wrong")
    here.try_due()

    assert here.publish("domain.verification_requested") == Accepted()

    assert here.try_due() == 1
    assert here.names().count("smtp.failed") == 2


def test_a_password_stands_nowhere_in_clear(here: Ground, mail_server: Villain) -> None:
    """Neither before nor after the login."""
    here.register()
    here.configure(mail_server.port)
    tables = [row[0] for row in here.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    before = [str(here.rows(f"SELECT t::text FROM {table} AS t")) for table in tables]
    here.try_due()
    after = [str(here.rows(f"SELECT t::text FROM {table} AS t")) for table in tables]

    for text in (*before, *after):
        assert PASSWORD not in text
        assert PASSWORD.encode().hex() not in text
