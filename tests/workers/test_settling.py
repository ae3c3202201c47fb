"""What becomes of mails, and when it is told: while others are still on their way, once, and each for itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from structlog.testing import capture_logs

from domain.carriage import Carrier, CarrierSession, Handover
from domain.identity import State
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from tests.servers.smtp import MailServer, Moment
from tests.servers.waiting import wait_until
from tests.workers.addresses import ask, deliver, hours_pass, names, prove, stored, tokens
from tests.workers.lab import violations
from workers.confirming import Confirming, press
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

FIRST, SECOND = "a@example.org", "b@example.org"


@pytest.fixture(autouse=True)
def nothing_is_broken(database_url: str) -> Iterator[None]:
    """After each test all that is stored still fits together."""
    yield
    assert violations(database_url) == []


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A carrier that lets something happen before it takes a mail for `recipient`."""

    carrier: Carrier
    recipient: str
    meanwhile: Callable[[], object]

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """As its carrier does it."""
        with self.session() as session:
            return session.deliver(message, sender, recipient, name)

    @contextmanager
    def session(self) -> Iterator[CarrierSession]:
        """As its carrier has it."""
        with self.carrier.session() as session:
            yield InterruptedSession(session, self)


@dataclass(frozen=True, slots=True)
class InterruptedSession:
    """The session of one."""

    session: CarrierSession
    interrupted: Interrupted

    def deliver(self, message: bytes, sender: str, recipient: str, name: str) -> Handover:
        """Something happens first."""
        if recipient == self.interrupted.recipient:
            self.interrupted.meanwhile()
        return self.session.deliver(message, sender, recipient, name)


def interrupted(sending: Sending, recipient: str, meanwhile: Callable[[], object]) -> Sending:
    """The same, and something happens while the mail for `recipient` is on its way."""
    return replace(sending, carrier=Interrupted(sending.carrier, recipient, meanwhile))


def states(unit: Units) -> list[str]:
    """Where the mails stand, in the order in which they were planned."""
    with unit() as work:
        return [row[0] for row in work.outbox._link.rows("SELECT state FROM notices ORDER BY id")]


def spoil(unit: Units, address: str) -> None:
    """Let nobody be able to read an address."""
    with unit() as work:
        work.outbox._link.run(
            "UPDATE identities SET facts = '{}' WHERE subject = %(address)s", {"address": address}
        )
        work.commit()


def add(unit: Units, settings: Settings, *addresses: str) -> None:
    """Addresses at a proven domain, whose mails are due."""
    prove(unit)
    for address in addresses:
        ask(settings, unit, "added", address)


def test_what_has_left_is_told_while_the_next_mail_takes_its_time(
    unit: Units, settings: Settings, sending: Sending
) -> None:
    """A relay may think for a minute about a recipient."""
    add(unit, settings, FIRST, SECOND)
    seen: list[list[str]] = []

    def wait() -> None:
        wait_until(lambda: "confirmation_sent" in names(unit), what="the first is told")
        seen.append(states(unit))

    deliver(unit, interrupted(sending, SECOND, wait))

    assert seen == [["sent", "sending"]]
    assert states(unit) == ["sent", "sent"]
    assert names(unit).count("confirmation_sent") == 2


def test_a_mail_whose_sender_was_lost_is_told_of_once(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """It may well have arrived. A sender that was only slow says so later, and tells nothing again."""
    add(unit, settings, FIRST)
    seen: list[object] = []

    def be_taken_for_lost() -> None:
        hours_pass(unit, 1)
        deliver(unit, sending)
        seen.extend([*states(unit), names(unit)])

    deliver(unit, interrupted(sending, FIRST, be_taken_for_lost))

    assert seen == ["maybe_sent", ["accepted", "confirmation_sent"]]
    assert states(unit) == ["sent"]
    assert names(unit) == ["accepted", "confirmation_sent"]
    [token] = tokens(server)
    assert press(token, confirming) is not None


def test_of_two_mails_for_one_address_the_last_one_leaves(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """The first was put off, and its link would be over before anybody read it."""
    add(unit, settings, FIRST)
    server.answer(Moment.RCPT, "451 4.7.1 come back later")
    deliver(unit, sending)
    ask(settings, unit, "confirmation_requested", FIRST)
    server.behave()
    hours_pass(unit, 1)

    assert deliver(unit, sending) == 2

    [token] = tokens(server)
    assert states(unit) == ["dropped", "sent"]
    assert press(token, confirming) is not None


def test_what_is_called_off_while_its_turn_comes_is_not_sent(
    unit: Units, settings: Settings, sending: Sending, server: MailServer
) -> None:
    """Its link was made already."""
    add(unit, settings, FIRST, SECOND)

    deliver(unit, interrupted(sending, FIRST, lambda: ask(settings, unit, "removal_requested", SECOND)))

    assert [one.recipients for one in server.received] == [(FIRST,)]
    assert states(unit) == ["sent", "dropped"]


@pytest.mark.parametrize("late", [False, True])
def test_an_address_that_cannot_be_read_holds_no_other_back(
    unit: Units, settings: Settings, sending: Sending, server: MailServer, *, late: bool
) -> None:
    """A fault of ours, before its mail leaves or after: it is counted against this one alone."""
    add(unit, settings, FIRST, SECOND)
    if not late:
        spoil(unit, SECOND)

    with capture_logs() as lines:
        deliver(unit, interrupted(sending, SECOND, lambda: spoil(unit, SECOND)))

    assert [one.recipients for one in server.received] == [(FIRST,), (SECOND,)][: 1 + late]
    assert states(unit) == ["sent", "sending" if late else "planned"]
    assert names(unit).count("confirmation_sent") == 1
    assert stored(unit, FIRST).state is State.PENDING
    assert [line["error"] for line in lines if line["event"] == "mail.failed"] == ["KeyError"]
    with unit() as work:
        assert list(work.outbox._link.rows("SELECT failures FROM schedule WHERE work = 'mail'")) == [(1,)]
