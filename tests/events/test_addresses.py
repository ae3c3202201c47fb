"""What is read and told of sender addresses."""

import json
from dataclasses import replace
from typing import Any

import pytest

from domain.challenge import NOTHING
from domain.confirmation import (
    LINK,
    Adding,
    AddressCode,
    RefusedAddress,
    add,
    confirm,
    link_sent,
    mail_again,
    remove,
    send_link,
    undeliverable,
)
from domain.identity import Address, Cause, Identity, Kind, State, WhenExpired
from domain.lifecycle import News, Step
from domain.mail_address import parse_address
from domain.ports import EventKey
from domain.registration import NewLife
from domain.schedule import Moment
from events.announce import Telling, announce, announce_address_refused, announce_kept
from events.catalogue import FieldError
from events.catalogue.addresses import AddressAdded, AddressConfirmationRequested, AddressRemovalRequested
from events.envelope import Envelope
from events.reading import parse
from tests.domain.building import START, an_identity

CAUSE = Cause(id="e7", source="urn:shop")
TELLING = Telling(source="urn:signet", at=START, cause=CAUSE)
NOW = Moment(START)
KEY = EventKey(publisher="shop", source="urn:shop", id="e7")
DATA: dict[str, Any] = {
    "account": "acme",
    "address": "Info@example.org",
    "display_name": "Acme",
    "contact": {"email": "owner@example.com", "locale": "cs"},
    "when_certificate_expired": "unsigned",
}


def an_envelope(name: str = "added", subject: str | None = None, **changes: object) -> Envelope:
    """An event about an address, as it was read."""
    data = {**DATA, **changes}
    return Envelope(
        id="1", source="urn:shop", type=f"org.signet.address.{name}.v1", subject=subject, time=None, data=data
    )


def added() -> Step:
    """An address that was added at START."""
    given = parse_address("Info@example.org")
    assert given is not None
    wanted = Adding(
        account="acme", address=given, display_name=None, contact=None, when_expired=WhenExpired.FAIL
    )
    life = NewLife(id="a1", generation=1, challenge=NOTHING, opened_by=CAUSE)
    return add(wanted, an_identity(), life, START, NOW)


def sent() -> Address:
    """The same, its mail on the way."""
    step = send_link(an_address(added()), NOW)
    return an_address(step)


def an_address(step: Step) -> Address:
    """The address of a step."""
    assert isinstance(step.identity, Address)
    return step.identity


def told(step: Step) -> list[tuple[str, dict[str, Any]]]:
    """Names and data of the events of a step."""
    _, stamped = announce(step, TELLING)
    assert all(one.subject == "Info@example.org" for one in stamped)
    events = [json.loads(one.body) for one in stamped]
    return [(event["type"].removeprefix("org.signet.address."), event["data"]) for event in events]


ABOUT = {"account": "acme", "address_id": "a1", "address": "Info@example.org"}


def test_an_address_is_read() -> None:
    """With all that may be said of it."""
    event = parse(an_envelope())

    assert isinstance(event, AddressAdded)
    assert (event.address, event.display_name) == ("Info@example.org", "Acme")
    assert event.when_certificate_expired is WhenExpired.UNSIGNED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("confirmation_requested", AddressConfirmationRequested),
        ("removal_requested", AddressRemovalRequested),
    ],
)
def test_a_request_is_read(name: str, kind: type) -> None:
    """What it does not know of is ignored."""
    assert isinstance(parse(an_envelope(name)), kind)


@pytest.mark.parametrize("address", ["no address", "@", "x" * 65_000, "a\u202e@example.org"])
def test_what_may_be_an_address_is_not_judged_here(address: str) -> None:
    """The identity's own refusal says it."""
    assert isinstance(parse(an_envelope(address=address)), AddressAdded)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"address": ""}, "address", "field.invalid"),
        ({"address": 7}, "address", "field.type"),
        ({"address": None}, "address", "field.type"),
        ({"display_name": ""}, "display_name", "field.invalid"),
        ({"display_name": " "}, "display_name", "field.invalid"),
        ({"display_name": "two\nlines"}, "display_name", "field.invalid"),
        ({"display_name": "a\u2028b"}, "display_name", "field.invalid"),
        ({"display_name": "a\u202eb"}, "display_name", "field.invalid"),
        ({"display_name": "x" * 101}, "display_name", "field.invalid"),
        ({"when_certificate_expired": "never"}, "when_certificate_expired", "field.invalid"),
        ({"when_certificate_expired": 1}, "when_certificate_expired", "field.type"),
        ({"contact": {"email": "x", "locale": "cs"}}, "contact.email", "field.invalid"),
    ],
)
def test_each_fault_of_a_field_has_its_code(changes: dict[str, object], field: str, code: str) -> None:
    """And its sentence."""
    faults = parse(an_envelope(**changes))

    assert isinstance(faults, tuple)
    assert [(fault.field, fault.code) for fault in faults] == [(field, code)]


@pytest.mark.parametrize(
    ("subject", "right"),
    [
        ("Info@example.org", True),
        ("INFO@Example.ORG", True),
        ("info@example.com", False),
        ("example.org", False),
    ],
)
def test_a_subject_names_the_same_address(subject: str, *, right: bool) -> None:
    """In whatever spelling."""
    event = parse(an_envelope(subject=subject))

    assert isinstance(event, AddressAdded) is right


def test_a_subject_that_repeats_what_is_no_address_is_no_fault_of_form() -> None:
    """The refusal of the matter says it."""
    assert isinstance(parse(an_envelope(subject="x", address="x")), AddressAdded)
    assert not isinstance(parse(an_envelope(subject="a@example.org", address="x")), AddressAdded)
    assert FieldError in {type(fault) for fault in parse(an_envelope(subject="y", address="x")) if fault}  # type: ignore[union-attr]


def test_that_it_was_accepted_says_until_when_its_link_is_good() -> None:
    """Nothing of a next mail, where it leaves now."""
    assert told(added()) == [("accepted.v1", {**ABOUT, "expires_at": "2026-11-24T12:00:00.000Z"})]


def test_a_postponed_mail_says_when_it_leaves() -> None:
    """Too many were asked for before it."""
    step = mail_again(sent(), START + LINK / 24, NOW)

    assert told(step) == [
        (
            "accepted.v1",
            {**ABOUT, "expires_at": "2026-11-24T13:00:00.000Z", "next_mail_at": "2026-11-23T13:00:00.000Z"},
        )
    ]


def test_a_confirmed_one_that_is_asked_for_again_waits_for_nothing() -> None:
    """It is told as it is."""
    confirmed = replace(sent(), state=State.VERIFIED)

    assert told(mail_again(confirmed, None, NOW)) == [("accepted.v1", ABOUT)]


@pytest.mark.parametrize(
    ("step", "name", "more"),
    [
        (link_sent(sent()), "confirmation_sent", {"expires_at": "2026-11-24T12:00:00.000Z"}),
        (confirm(sent(), NOW), "confirmed", {"at": "2026-11-23T12:00:00.000Z"}),
        (remove(sent()), "removed", {"at": "2026-11-23T12:00:00.000Z"}),
        (
            Step(identity=replace(sent(), state=State.EXPIRED), news=(News.EXPIRED,)),
            "confirmation_expired",
            {"at": "2026-11-23T12:00:00.000Z"},
        ),
        (
            undeliverable(sent(), "550", NOW),
            "refused",
            {
                "code": "address.undeliverable",
                "message": "The mail server of Info@example.org does not take mail for it. "
                "Check the spelling and whether the mailbox exists, then add the address again.",
            },
        ),
    ],
)
def test_every_turn_of_its_life_has_one_event(step: Step, name: str, more: dict[str, str]) -> None:
    """In the words of the contract."""
    assert told(step) == [(f"{name}.v1", {**ABOUT, **more})]


def test_what_led_to_an_event_is_the_event_that_opened_the_window() -> None:
    """Where no other one did."""
    _, (event,) = announce(link_sent(sent()), Telling(source="urn:signet", at=START))

    assert json.loads(event.body)["causeid"] == "e7"


def test_an_address_that_was_not_taken_has_no_id() -> None:
    """The same event comes with the same id, however often it is told."""
    why = RefusedAddress(code=AddressCode.DOMAIN_UNKNOWN, address="a@b.example", domain="b.example")

    first, again = (announce_address_refused("acme", why, KEY, TELLING) for _ in range(2))

    assert first == again
    assert json.loads(first.body)["data"] == {
        "account": "acme",
        "address": "a@b.example",
        "code": "domain.unknown",
        "message": "This account has no domain b.example. Register the domain first, then add its addresses.",
    }


def test_a_domain_that_is_kept_says_how_many_addresses_it_has() -> None:
    """And moves its sequence on."""
    domain = an_identity()

    kept, (event,) = announce_kept(domain, 3, TELLING)

    assert kept == replace(domain, sequence=1)
    data = json.loads(event.body)["data"]
    assert (data["code"], data["addresses"]) == ("domain.has_addresses", 3)


def test_a_kind_that_nobody_can_tell_of_is_a_fault_of_ours() -> None:
    """It must not be told as another one."""

    class Other(Identity):
        kind = Kind.DOMAIN

    domain = an_identity()
    common = {name: getattr(domain, name) for name in Identity.__dataclass_fields__ if name != "kind"}

    with pytest.raises(TypeError, match="Other"):
        announce(Step(identity=Other(**common), news=(News.ACCEPTED,)), TELLING)
