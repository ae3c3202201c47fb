"""Relays and workers that are killed while a mail is handed over: sent once, or nobody knows; never twice."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.identity import State
from domain.notice import ConfirmationContent
from infra.db.engine import connect
from infra.db.unit_of_work import SqlUnitOfWork, units
from infra.settings import Settings
from tests.faults.mail_ground import (
    MIDDLE,
    Death,
    Fall,
    RelayProcess,
    claimed,
    start_doomed_worker,
    start_relay,
)
from tests.servers.ports import free_port
from tests.workers.addresses import URL, ask, hours_pass, names, prove, stored
from tests.workers.lab import violations
from workers.bootstrap import mail
from workers.confirming import press
from workers.mails import send
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

ADDRESS = "info@example.org"
# Where three mails stand after each.
LEFT = {
    Fall.PREPARING: ["planned", "planned", "planned"],
    Fall.PREPARED: ["planned", "planned", "planned"],
    Fall.BEGUN: ["planned", "planned", "sending"],
    Fall.TAKEN: ["planned", "sending", "sending"],
    Fall.SETTLING: ["sending", "sending", "sending"],
}
LARGE = 6 * 1024 * 1024  # more than two sockets hold: who sends it waits for who reads it


@pytest.fixture
def unit(database_url: str) -> Iterator[Units]:
    """Units of work on a fresh database; all that is stored fits together in the end."""
    engine = connect(database_url, role="test")
    yield units(engine)
    engine.dispose()
    assert violations(database_url) == []


@pytest.fixture
def port() -> int:
    """Where the relay is, and comes back."""
    return free_port()


@pytest.fixture
def relay(port: int, tmp_path: Path) -> RelayProcess:
    """One that lives."""
    return start_relay(port, tmp_path / "spool")


@pytest.fixture
def settings(port: int, database_url: str, tmp_path: Path) -> Settings:
    """Mail goes through that relay."""
    return Settings.load(
        {},
        state=tmp_path,
        database_url=database_url,
        relay_url=f"smtp+plain://127.0.0.1:{port}",
        public_url=URL,
        lab=True,
    )


@pytest.fixture
def sending(settings: Settings, unit: Units) -> Sending:
    """An address is added, and its mail is due."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    return mail.sending(settings, unit)


def states_of_the_mails(unit: Units) -> list[str]:
    """Where the mails with links stand."""
    with unit() as work:
        rows = work.outbox._link.rows("SELECT state FROM notices WHERE kind = 'address_confirmation'")
    return sorted(row[0] for row in rows)


def state_of_the_mail(unit: Units) -> str:
    """Where the only mail stands."""
    [state] = states_of_the_mails(unit)
    return state


def enlarged(sending: Sending) -> Sending:
    """The same mails, each with a long epilogue (RFC 2046, section 5.1.1)."""
    compose = sending.confirming.compose

    def long(content: ConfirmationContent) -> bytes:
        return compose(content) + (b"x" * 78 + b"\r\n") * (LARGE // 80)

    return replace(sending, confirming=replace(sending.confirming, compose=long))


def test_a_relay_killed_in_the_middle_of_data_gets_the_mail_again(
    unit: Units, sending: Sending, port: int, tmp_path: Path
) -> None:
    """Before the final dot nothing can have been taken over; the link in the second mail is the one that counts."""
    doomed = start_relay(port, tmp_path / "spool", Death.IN_DATA)

    send(claimed(unit), enlarged(sending))

    doomed.await_death()
    assert (doomed.mails(), state_of_the_mail(unit)) == ([], "planned")
    relay = start_relay(port, tmp_path / "spool")
    hours_pass(unit, 0.1)
    send(claimed(unit), enlarged(sending))
    [body], [token] = relay.mails(), relay.tokens()
    assert len(body) > LARGE > MIDDLE
    assert state_of_the_mail(unit) == "sent"
    assert press(token, sending.confirming) is not None
    assert names(unit) == ["accepted", "confirmation_sent", "confirmed"]


def test_a_relay_killed_before_its_250_is_not_sent_the_mail_again(
    unit: Units, sending: Sending, port: int, tmp_path: Path
) -> None:
    """It had the mail: whoever sends again sends twice."""
    doomed = start_relay(port, tmp_path / "spool", Death.BEFORE_250)

    send(claimed(unit), sending)

    doomed.await_death()
    assert state_of_the_mail(unit) == "maybe_sent"
    relay = start_relay(port, tmp_path / "spool")
    hours_pass(unit, 2)
    assert claimed(unit) == []
    [token] = relay.tokens()
    assert press(token, sending.confirming) is not None
    assert stored(unit).state is State.VERIFIED


@pytest.mark.parametrize("fall", LEFT)
def test_a_worker_killed_at_any_moment_sends_nothing_twice(
    unit: Units, settings: Settings, sending: Sending, relay: RelayProcess, fall: Fall
) -> None:
    """What was not begun is sent by another; of what was begun nobody knows. Each is told once, its link is good."""
    for address in ("b@example.org", "c@example.org"):
        ask(settings, unit, "added", address)
    doomed = start_doomed_worker(settings, fall)
    doomed.join(30)
    assert doomed.exitcode == -signal.SIGKILL
    arrived = {Fall.TAKEN: 2, Fall.SETTLING: 3}.get(fall, 0)
    # A slow worker settles what it has while it sends the rest: then the fault comes earlier, or finds less to do.
    assert len(relay.mails()) == arrived or (fall is Fall.SETTLING and relay.mails())
    found = states_of_the_mails(unit)
    assert found == LEFT[fall] or fall in {Fall.TAKEN, Fall.SETTLING}
    hours_pass(unit, 2)

    send(claimed(unit), sending)

    assert states_of_the_mails(unit).count("maybe_sent") == found.count("sending")
    assert set(states_of_the_mails(unit)) <= {"sent", "maybe_sent"}
    hours_pass(unit, 2)
    assert claimed(unit) == []
    recipients = relay.recipients()
    assert len(set(recipients)) == len(recipients) == 3 - (fall is Fall.BEGUN)
    assert all(press(token, sending.confirming) for token in relay.tokens())
    assert names(unit).count("confirmation_sent") == 3
