"""Requests about addresses: what is taken, what is refused, what is postponed."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from domain.identity import Address, State
from domain.registration import RESUMABLE
from infra.db.unit_of_work import SqlUnitOfWork
from infra.settings import Settings
from tests.servers.smtp import MailServer
from tests.workers.addresses import (
    arrival,
    ask,
    deliver,
    hours_pass,
    names,
    prove,
    stored,
    tokens,
    told,
    turn,
)
from tests.workers.lab import violations
from workers import bootstrap
from workers.confirming import Confirming, press
from workers.intake import Accepted, RefusedEvent, take
from workers.sending import Sending

Units = Callable[[], SqlUnitOfWork]

ADDRESS = "Info@example.org"


@pytest.fixture(autouse=True)
def nothing_is_broken(database_url: str) -> Iterator[None]:
    """After each test all that is stored still fits together."""
    yield
    assert violations(database_url) == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("not an address", "address.invalid"),
        ("info@elsewhere.example", "domain.unknown"),
        ("info@waiting.example", "domain.not_verified"),
        ("info@revoked.example", "domain.not_verified"),
        ("info@theirs.example", "domain.unknown"),
    ],
)
def test_what_cannot_be_added_is_refused_with_its_code(
    unit: Units, settings: Settings, address: str, code: str
) -> None:
    """It makes no identity."""
    prove(unit, "waiting.example", state=State.EXPIRED)
    prove(unit, "revoked.example", state=State.REVOKED)
    prove(unit, "theirs.example", account="other")

    assert ask(settings, unit, "added", address) == Accepted()

    [refused] = told(unit, "address.refused")
    assert (refused["code"], refused["address"]) == (code, address)
    assert "address_id" not in refused
    assert names(unit) == ["refused"]


@pytest.mark.parametrize("name", ["confirmation_requested", "removal_requested"])
@pytest.mark.parametrize("address", ["info@example.org", "not an address", "info@elsewhere.example"])
def test_a_request_for_an_address_that_is_not_there_is_refused(
    unit: Units, settings: Settings, name: str, address: str
) -> None:
    """As an event that asks for what does not exist."""
    prove(unit)

    answer = ask(settings, unit, name, address)

    assert isinstance(answer, RefusedEvent)
    assert [(error.field, error.code) for error in answer.errors] == [("address", "address.unknown")]


def test_added_again_in_other_case_is_the_same_address(
    unit: Units, settings: Settings, sending: Sending
) -> None:
    """No second mail, while the first is good."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)

    ask(settings, unit, "added", "INFO@EXAMPLE.ORG", display_name="Acme")

    assert deliver(unit, sending) == 0
    assert stored(unit).display_name == "Acme"
    assert [one["address"] for one in told(unit, "address.accepted")] == [ADDRESS, ADDRESS]


def test_a_mail_above_what_an_account_may_send_is_postponed(unit: Units, settings: Settings) -> None:
    """The thirty-first in an hour leaves later, and its event says when."""
    prove(unit)
    for number in range(31):
        ask(settings, unit, "added", f"box{number}@example.org")

    postponed = [one for one in told(unit, "address.accepted") if "next_mail_at" in one]

    assert [one["address"] for one in postponed] == ["box30@example.org"]


def test_an_address_that_is_removed_gets_no_mail_and_its_link_is_over(
    unit: Units, settings: Settings, sending: Sending, confirming: Confirming, server: MailServer
) -> None:
    """Neither the one that left nor the one that waits."""
    prove(unit)
    ask(settings, unit, "added", ADDRESS)
    deliver(unit, sending)
    ask(settings, unit, "confirmation_requested", ADDRESS)

    assert ask(settings, unit, "removal_requested", ADDRESS) == Accepted()

    hours_pass(unit, 1)
    assert deliver(unit, sending) == 0
    assert press(tokens(server)[0], confirming) is None
    assert names(unit)[-1] == "removed"
    ask(settings, unit, "added", ADDRESS)
    assert stored(unit).generation == 2


@pytest.mark.parametrize("state", [State.PENDING, State.VERIFIED, *sorted(RESUMABLE)])
def test_a_domain_with_addresses_is_not_removed(unit: Units, settings: Settings, state: State) -> None:
    """Whatever their state; when they are gone, it is."""
    domain = prove(unit)
    ask(settings, unit, "added", ADDRESS)
    turn(unit, stored(unit), state)
    with_domain = bootstrap.tools(settings, unit)
    request = arrival("removal_requested", ADDRESS)
    remove_domain = replace(
        request,
        envelope=replace(
            request.envelope,
            id="d1",
            type="org.signet.domain.removal_requested.v1",
            data={"account": "acme", "domain": domain.subject},
        ),
    )

    assert take([remove_domain], with_domain) == (Accepted(),)

    [kept] = told(unit, "domain.removal_refused")
    assert (kept["code"], kept["addresses"]) == ("domain.has_addresses", 1)
    again = replace(remove_domain, envelope=replace(remove_domain.envelope, id="d2"))
    assert take([request, again], with_domain) == (Accepted(), Accepted())
    assert len(told(unit, "domain.removed")) == 1
    assert isinstance(stored(unit), Address)
