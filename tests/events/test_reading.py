"""What an event says, and each way of breaking a rule of form."""

import base64
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import Route
from events.catalogue import INBOUND, FieldError
from events.catalogue.domains import DomainRegistered, DomainRemovalRequested, DomainVerificationRequested
from events.envelope import Envelope, read
from events.forms import ContactForm
from events.reading import account_of, parse
from tests.events.building import DATA, REGISTERED, STRUCTURED, an_event, octets


def enveloped(**changes: object) -> Envelope:
    """An envelope of an event with some attributes changed."""
    envelope = read(octets(an_event(**changes)), {}, STRUCTURED)
    assert isinstance(envelope, Envelope)
    return envelope


def with_data(**changes: object) -> Envelope:
    """An envelope of a registration with some of its data changed; None leaves a field out."""
    data = {**DATA, **changes}
    return enveloped(data={name: value for name, value in data.items() if value is not None})


def faults(envelope: Envelope) -> list[tuple[str, str]]:
    """Field and code of all that is wrong."""
    errors = parse(envelope)
    assert isinstance(errors, tuple), errors
    return [(error.field, error.code) for error in errors]


def test_a_registration_is_read() -> None:
    """All its fields, the contact included."""
    assert parse(enveloped()) == DomainRegistered(
        account="acme",
        plan="BUSINESS",
        domain="shop.example.com",
        route=Route.CLOUD,
        contact=ContactForm(email="owner@example.com", locale="cs"),
    )


def test_a_registration_needs_no_route_and_no_contact_and_may_say_more() -> None:
    """The route is cloud then; fields of later versions are ignored."""
    event = parse(
        enveloped(data={"account": "acme", "plan": "p", "domain": "a.cz", "later": {"password": 1}})
    )

    assert event == DomainRegistered(account="acme", plan="p", domain="a.cz", route=Route.CLOUD, contact=None)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("org.signet.domain.verification_requested.v1", DomainVerificationRequested),
        ("org.signet.domain.removal_requested.v1", DomainRemovalRequested),
    ],
)
def test_a_request_is_read(
    type_: str, kind: type[DomainVerificationRequested | DomainRemovalRequested]
) -> None:
    """It names an account and a domain."""
    event = parse(enveloped(type=type_, data={"account": "acme", "domain": "a.cz"}))

    assert event == kind(account="acme", domain="a.cz")


@pytest.mark.parametrize("domain", ["x" * 65_536, "exam\u202eple.com", "a\x00b", "gmail.com", "č" * 40_000])
def test_what_may_be_a_name_is_not_judged_here(domain: str) -> None:
    """It is answered with domain.refused, by the lifecycle."""
    event = parse(with_data(domain=domain))

    assert isinstance(event, DomainRegistered)
    assert event.domain == domain


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"account": None}, "account", "field.missing"),
        ({"plan": None}, "plan", "field.missing"),
        ({"domain": None}, "domain", "field.missing"),
        ({"account": 5}, "account", "field.type"),
        ({"account": ["acme"]}, "account", "field.type"),
        ({"plan": True}, "plan", "field.type"),
        ({"domain": {"name": "a.cz"}}, "domain", "field.type"),
        ({"route": 1}, "route", "field.type"),
        ({"contact": "owner@example.com"}, "contact", "field.type"),
        ({"contact": {"email": 1, "locale": "cs"}}, "contact.email", "field.type"),
        ({"contact": {"locale": "cs"}}, "contact.email", "field.missing"),
        ({"contact": {"email": "owner@example.com"}}, "contact.locale", "field.missing"),
        (
            {"contact": {"email": "owner@example.com\nBcc: x@y.cz", "locale": "cs"}},
            "contact.email",
            "field.invalid",
        ),
        ({"contact": {"email": "owner", "locale": "cs"}}, "contact.email", "field.invalid"),
        ({"contact": {"email": "owner@example.com", "locale": "cs_CZ"}}, "contact.locale", "field.invalid"),
        ({"account": ""}, "account", "field.invalid"),
        ({"account": "a\x00b"}, "account", "field.invalid"),
        ({"account": "acme\n"}, "account", "field.invalid"),
        ({"account": "ac\u202eme"}, "account", "field.invalid"),
        ({"account": "a" * 129}, "account", "field.invalid"),
        ({"account": "\ud800"}, "account", "field.invalid"),
        ({"plan": ""}, "plan", "field.invalid"),
        ({"plan": "x" * 101}, "plan", "field.invalid"),
        ({"plan": "a\x1b[31m"}, "plan", "field.invalid"),
        ({"domain": ""}, "domain", "field.invalid"),
        ({"domain": "x" * 70_001}, "domain", "field.invalid"),
        ({"domain": "\udfff.cz"}, "domain", "field.invalid"),
        ({"route": "pigeon"}, "route", "field.invalid"),
    ],
)
def test_each_fault_of_a_field_has_its_code(changes: dict[str, object], field: str, code: str) -> None:
    """Missing, of a wrong type, or not valid; and nothing else is said."""
    assert faults(with_data(**changes)) == [(field, code)]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"type": "org.signet.domain.abolished.v1"}, "type", "event.unknown_type"),
        ({"type": "org.signet.domain.accepted.v1"}, "type", "event.unknown_type"),
        ({"data": None}, "data", "field.missing"),
        ({"data": []}, "data", "field.type"),
        ({"data": "text"}, "data", "field.type"),
        ({"data": False}, "data", "field.type"),
        ({"subject": 5}, "subject", "field.type"),
        ({"subject": "other.example.com"}, "subject", "field.invalid"),
        ({"subject": ""}, "subject", "field.invalid"),
        ({"subject": "not a domain"}, "subject", "field.invalid"),
        ({"time": 1_769_851_800}, "time", "field.type"),
        ({"time": "yesterday"}, "time", "field.invalid"),
        ({"time": "2026-02-30T00:00:00Z"}, "time", "field.invalid"),
        ({"time": "2026-01-31T09:30:00"}, "time", "field.invalid"),
        ({"time": "2026-W05-6T09:30:00Z"}, "time", "field.invalid"),
        ({"time": "2026-01-31T09:30:00Z\n"}, "time", "field.invalid"),
    ],
)
def test_each_fault_of_an_attribute_has_its_code(changes: dict[str, object], field: str, code: str) -> None:
    """The envelope can be answered, but it breaks a rule of form."""
    assert faults(enveloped(**changes)) == [(field, code)]


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00.1Z",
        "2026-01-31t09:30:00.123456789z",
        "2026-01-31T09:30:00+05:45",
        "2026-01-31T09:30:00.000-00:00",
    ],
)
def test_a_time_may_have_any_offset(time: str) -> None:
    """RFC 3339 with any number of digits."""
    assert isinstance(parse(enveloped(time=time)), DomainRegistered)


@pytest.mark.parametrize("subject", ["shop.example.com", "SHOP.Example.com.", None])
def test_a_subject_may_spell_the_domain_otherwise(subject: str | None) -> None:
    """Two spellings of one domain are one subject."""
    assert isinstance(parse(enveloped(subject=subject)), DomainRegistered)


def test_a_subject_that_repeats_a_name_that_is_none_is_no_fault_of_form() -> None:
    """The registration is then refused for its domain, not for its subject."""
    envelope = enveloped(subject="not a domain", data={**DATA, "domain": "not a domain"})

    assert isinstance(parse(envelope), DomainRegistered)


def test_all_faults_are_told_at_once_each_in_a_sentence() -> None:
    """Whoever corrects an event wants to do so once."""
    envelope = enveloped(time="now", subject=1, data={"account": "", "route": "pigeon", "domain": "a.cz"})

    assert parse(envelope) == (
        FieldError(
            field="time",
            code="field.invalid",
            message="The field time must be a time (RFC 3339) such as 2026-01-31T09:30:00.000Z.",
        ),
        FieldError(
            field="subject",
            code="field.type",
            message="The field subject must be the domain or address that the data names, or left out.",
        ),
        FieldError(
            field="account",
            code="field.invalid",
            message="The field account must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / -.",
        ),
        FieldError(
            field="plan",
            code="field.missing",
            message="The field plan is missing; it must be the name of a plan: 1 to 100 visible characters.",
        ),
        FieldError(
            field="route",
            code="field.invalid",
            message='The field route must be either "cloud" or "smtp".',
        ),
    )


@pytest.mark.parametrize("data", [{"account": "hunter2\n", "plan": 5}, {"contact": {"email": "hunter2"}}])
def test_a_refusal_quotes_nothing_of_the_event(data: dict[str, object]) -> None:
    """What is wrong may be a secret in the wrong place."""
    errors = parse(enveloped(data={**DATA, **data}))

    assert isinstance(errors, tuple)
    assert "hunter2" not in repr(errors)


def test_data_in_base64_is_read() -> None:
    """CloudEvents allow it for any data."""
    event = an_event(data_base64=base64.b64encode(octets(DATA)).decode())
    del event["data"]

    envelope = read(octets(event), {}, STRUCTURED)

    assert isinstance(envelope, Envelope)
    assert isinstance(parse(envelope), DomainRegistered)


@pytest.mark.parametrize("spoiled", ["&&&", "č", base64.b64encode(b'{"a": 1, "a": 2}').decode(), 5, ""])
def test_spoiled_base64_is_a_fault_of_the_data(spoiled: object) -> None:
    """The envelope is sound, so it is answered."""
    assert faults(enveloped(data=None, data_base64=spoiled)) == [("data", "field.type")]


@pytest.mark.parametrize(
    ("data", "account"),
    [
        ({"account": "acme"}, "acme"),
        ({"account": "acme", "plan": 5}, "acme"),
        ({"account": "a b"}, None),
        ({"account": 5}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_account_is_known_however_wrong_the_rest(data: object, account: str | None) -> None:
    """event.refused names it where it can, whatever the type."""
    assert account_of(enveloped(data=data, type="unknown")) == account


any_json: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*DATA, "email", "locale"]), inner),
)


@given(
    st.sampled_from([*INBOUND, REGISTERED]),
    st.dictionaries(st.sampled_from([*DATA, "email"]), any_json) | any_json,
    st.dictionaries(st.sampled_from(["time", "subject", "data_base64"]), any_json),
)
def test_whatever_an_envelope_says_it_is_an_event_or_a_list_of_faults(
    type_: str,
    data: Any,
    attributes: dict[str, Any],
) -> None:
    """Nothing raises, and every fault has a field, a code and a sentence that can be sent."""
    told = parse(Envelope(id="1", source="urn:shop", type=type_, data=data, **attributes))

    assert not isinstance(told, tuple) or all(json.dumps(error.model_dump()) for error in told)
    assert told
