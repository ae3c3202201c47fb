"""Mails on their way out: signed, by SMTPUTF8 where an address needs it, and one mail's trouble is no other's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.identity import State
from infra.db.unit_of_work import SqlUnitOfWork
from infra.health import Health
from infra.mail.checkup import relay, waiting
from infra.settings import Settings
from tests.infra.mail.dkim_ground import DOMAIN, SELECTOR, ed25519_pem, signer, verifies
from tests.servers.smtp import MailServer
from tests.workers.addresses import ask, deliver, hours_pass, names, prove, stored, tokens
from tests.workers.lab import violations
from workers.bootstrap import mail
from workers.confirming import Confirming, press
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

BEYOND, PLAIN = "Žofie@example.org", "info@example.org"


@pytest.fixture(autouse=True)
def nothing_is_broken(database_url: str) -> Iterator[None]:
    """After each test all that is stored still fits together."""
    yield
    assert violations(database_url) == []


def test_an_address_beyond_ascii_is_confirmed(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """Its mail goes by SMTPUTF8."""
    prove(unit)
    ask(settings, unit, "added", BEYOND)

    deliver(unit, sending)

    [received], [token] = server.received, tokens(server)
    assert (received.recipients, "SMTPUTF8" in received.options) == ((BEYOND,), True)
    assert press(token, confirming) is not None
    assert stored(unit, BEYOND).state is State.VERIFIED


def test_a_relay_without_smtputf8_is_our_fault_and_the_mail_waits(
    unit: Units, settings: Settings, sending: Sending, server: MailServer, database_url: str
) -> None:
    """The log and the doctor say so; other mails leave; when the relay offers it, this one leaves too."""
    prove(unit)
    server.smtputf8 = False
    for address in (BEYOND, PLAIN):
        ask(settings, unit, "added", address)

    with capture_logs() as lines:
        deliver(unit, sending)

    assert [one.recipients for one in server.received] == [(PLAIN,)]
    assert stored(unit, BEYOND).state is State.PENDING
    [waits] = [line for line in lines if line["event"] == "mail.waits"]
    assert (waits["log_level"], waits["code"]) == ("warning", "no_smtputf8")
    [check] = waiting(settings.model_copy(update={"database_url": database_url}))
    assert (check.health, "1 × no_smtputf8" in check.seen) == (Health.BROKEN, True)
    assert "SMTPUTF8" in check.advice
    assert "does not offer SMTPUTF8" in relay(settings.relay_url).seen

    server.smtputf8 = True
    hours_pass(unit, 0.1)
    deliver(unit, sending)

    assert [one.recipients for one in server.received] == [(PLAIN,), (BEYOND,)]
    assert names(unit).count("confirmation_sent") == 2
    [check] = waiting(settings.model_copy(update={"database_url": database_url}))
    assert check.health is Health.WORKS


def test_what_could_not_leave_for_a_day_expires_and_blames_nobody(
    unit: Units, settings: Settings, sending: Sending, server: MailServer
) -> None:
    """Not `address.undeliverable`: no server has refused it. Whoever asks again gets another mail."""
    prove(unit)
    server.smtputf8 = False
    ask(settings, unit, "added", BEYOND)
    deliver(unit, sending)
    with unit() as work:
        work.outbox._link.run("UPDATE notices SET planned_at = planned_at - interval '25 hours'")
        work.commit()
    hours_pass(unit, 0.1)

    deliver(unit, sending)

    assert stored(unit, BEYOND).state is State.EXPIRED
    assert names(unit) == ["accepted", "confirmation_expired"]
    server.smtputf8 = True
    hours_pass(unit, 1)
    ask(settings, unit, "confirmation_requested", BEYOND)
    deliver(unit, sending)
    assert names(unit)[2:] == ["accepted", "confirmation_sent"]


def test_our_mails_are_signed_where_a_key_is_set(
    unit: Units, settings: Settings, server: MailServer, tmp_path: Path
) -> None:
    """The mail with the link, as a worker sends it."""
    file = tmp_path / "key.pem"
    file.write_bytes(ed25519_pem())
    named = {"dkim_domain": DOMAIN, "dkim_selector": SELECTOR, "dkim_key": file}
    prove(unit)
    ask(settings, unit, "added", PLAIN)

    deliver(unit, mail.sending(settings.model_copy(update=named), unit))

    [received] = server.received
    assert verifies(received.content, signer(tmp_path, "ed25519").key.record)


def test_a_mail_that_cannot_be_sent_holds_no_other_back(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """A fault of ours: it is logged by its class, and counted until it is parked."""
    prove(unit)
    ask(settings, unit, "added", "a@example.org")
    deliver(unit, sending)
    press(tokens(server)[0], confirming)
    with unit() as work:
        spoil = "UPDATE notices SET body = %(body)s WHERE kind = 'address_confirmed'"
        work.outbox._link.run(spoil, {"body": b"a line feed alone\n"})
        work.commit()
    ask(settings, unit, "added", PLAIN)

    with capture_logs() as lines:
        assert deliver(unit, sending) == 2

    assert [one.recipients for one in server.received] == [("a@example.org",), (PLAIN,)]
    assert [line["error"] for line in lines if line["event"] == "mail.failed"] == ["ValueError"]
