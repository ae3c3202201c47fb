"""What the classes of the catalogue promise, event by event."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from events.catalogue import INBOUND, OUTBOUND
from events.catalogue.accounts import AccountRemovalRequested
from events.catalogue.domains import DomainExpired, DomainRefused, DomainVerified
from events.examples import EXAMPLES
from events.schemas import ALL, meaning

NAMES = {
    "in": [
        "domain.registered",
        "domain.verification_requested",
        "domain.removal_requested",
        "domain.route_changed",
        "smtp.configured",
        "smtp.verification_requested",
        "smtp.removal_requested",
        "address.added",
        "address.confirmation_requested",
        "address.removal_requested",
        "certificate.uploaded",
        "certificate.removal_requested",
        "account.removal_requested",
    ],
    "out": [
        "domain.accepted",
        "domain.refused",
        "domain.checked",
        "domain.diagnosis_changed",
        "domain.verified",
        "domain.expired",
        "domain.at_risk",
        "domain.recovered",
        "domain.revoked",
        "domain.removed",
        "domain.removal_refused",
        "domain.claimed_elsewhere",
        "smtp.verified",
        "smtp.failed",
        "smtp.expired",
        "smtp.removed",
        "address.accepted",
        "address.refused",
        "address.confirmation_sent",
        "address.confirmed",
        "address.confirmation_expired",
        "address.removed",
        "certificate.accepted",
        "certificate.refused",
        "certificate.expiring",
        "certificate.expired",
        "certificate.removed",
        "account.removed",
        "event.refused",
    ],
}


def test_the_catalogue_holds_exactly_these_types() -> None:
    """Other programs are written against them."""
    assert list(INBOUND) == [f"org.signet.{name}.v1" for name in NAMES["in"]]
    assert list(OUTBOUND) == [f"org.signet.{name}.v1" for name in NAMES["out"]]


@pytest.mark.parametrize("type_", ALL)
def test_every_event_has_a_meaning_and_an_example_that_it_reads_and_writes(type_: str) -> None:
    """The example is what really travels: read and written again it is the same."""
    example = json.dumps(EXAMPLES[type_])

    event = ALL[type_].model_validate_json(example)

    assert len(meaning(type_)) > len("A sentence.")
    assert json.loads(event.model_dump_json()) == EXAMPLES[type_]


def named(data: Mapping[str, Any]) -> str | None:
    """What an event is about: a domain, an address, or an account as a whole."""
    if set(data) == {"account", "at"}:
        return str(data["account"])
    return data.get("domain") or data.get("address")


@pytest.mark.parametrize("type_", OUTBOUND)
def test_every_outbound_event_says_what_it_is_about(type_: str) -> None:
    """The subject is the domain or the address; event.refused has none."""
    event = OUTBOUND[type_].model_validate_json(json.dumps(EXAMPLES[type_]))

    assert event.subject == named(EXAMPLES[type_])


@pytest.mark.parametrize("type_", ALL)
def test_an_event_cannot_be_changed_once_made(type_: str) -> None:
    """What was said stays said."""
    event = ALL[type_].model_validate_json(json.dumps(EXAMPLES[type_]))

    with pytest.raises(ValidationError):
        setattr(event, "account", "other")  # noqa: B010 - mypy knows that it is read-only


def test_a_time_is_written_in_utc_and_milliseconds() -> None:
    """Readers never calculate, and meet one spelling."""
    zoned = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))

    event = DomainVerified(
        account="a", domain_id="d", domain="a.cz", domain_unicode="a.cz", by="smtp", at=zoned
    )

    assert '"at":"2026-01-31T10:00:00.123Z"' in event.model_dump_json()


def test_optional_fields_are_left_out() -> None:
    """A `?` in the contract is a field that is not there, not a null."""
    expired = DomainExpired(
        account="a", domain_id="d", domain="a.cz", domain_unicode="a.cz", at=datetime(2026, 1, 31, tzinfo=UTC)
    )
    refused = DomainRefused(account="a", domain="a.cz", domain_unicode="a.cz", code="c", message="m")

    assert set(expired.model_dump()) == {"account", "domain_id", "domain", "domain_unicode", "at"}
    assert set(refused.model_dump()) == {"account", "domain", "domain_unicode", "code", "message"}


def test_an_account_is_named_exactly() -> None:
    """Accounts are compared as they are."""
    removal = AccountRemovalRequested(account="acme")

    assert removal.is_about("acme")
    assert not removal.is_about("Acme")
