"""What is told of signing certificates."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.certificate_life import RefusedUpload, fitting, opened, remove, upload, watched
from domain.certificate_sentences import Saying
from domain.identity import Cause
from domain.judges.certificate import CertificateVerdict
from domain.lifecycle import FIRST, Step
from domain.ports import EventKey
from domain.schedule import Moment
from events.announce import Telling, announce, announce_certificate_refused
from events.catalogue.certificates import CertificateUploaded
from events.reading import as_event
from events.sealed import LEAST, MOST_OF_FILE
from tests.domain.building import START
from tests.domain.certifying import (
    DAY,
    LIFE,
    OPENED_AT,
    an_address,
    bad,
    facts,
    good,
    in_use,
    of,
    renewed,
    uploaded,
)
from tests.events.test_sealing import enveloped

REPORT = {
    "account": "acme",
    "certificate_id": "c1",
    "address_id": "a1",
    "address": "Info@example.org",
    "subject": "CN=Info",
    "issuer": "CN=Example S/MIME CA,O=Example Trust\\, Inc.,C=CZ",
    "serial": "5c4b",
    "fingerprint": "9f" * 32,
    "not_before": "2026-11-22T12:00:00.000Z",
    "not_after": "2027-11-23T12:00:00.000Z",
}
ABOUT = {name: REPORT[name] for name in ("account", "certificate_id", "address_id", "address")}
REMOVAL = Cause(id="r1", source="urn:shop")


def told(
    step: Step, verdict: CertificateVerdict | None = None, *, cause: Cause | None = None
) -> list[dict[str, Any]]:
    """The events of a step as their readers see them."""
    telling = Telling(source="urn:signet", at=OPENED_AT.now, cause=cause, certificate=verdict)
    _, stamped = announce(step, telling)
    return [json.loads(one.body) for one in stamped]


def named(events: list[dict[str, Any]]) -> list[str]:
    """Their short names."""
    return [event["type"].removeprefix("org.signet.certificate.").removesuffix(".v1") for event in events]


def test_that_an_upload_was_taken_is_no_event_of_its_own() -> None:
    """What it is is told as soon as it was opened."""
    assert told(upload(None, an_address(), LIFE, OPENED_AT)) == []


def test_an_accepted_certificate_says_what_stands_in_it() -> None:
    """Because of the upload."""
    [event] = told(opened(uploaded(), good(), FIRST, OPENED_AT), good())

    assert event["type"] == "org.signet.certificate.accepted.v1"
    assert (event["subject"], event["causeid"], event["causesource"]) == (
        "Info@example.org",
        "u1",
        "urn:shop",
    )
    assert event["data"] == REPORT


def test_a_file_that_does_not_open_says_why_and_what_to_do() -> None:
    """Nothing is known of a certificate in it."""
    [event] = told(opened(uploaded(), bad(), FIRST, OPENED_AT), bad())

    assert named([event]) == ["refused"]
    assert set(event["data"]) == {*ABOUT, "code", "message"}
    assert event["data"]["code"] == "certificate.wrong_password"
    assert "Enter the password" in event["data"]["message"]


def test_a_certificate_that_was_read_is_named_where_it_is_refused() -> None:
    """With the facts of the refused one, not of the one in use, and because of its own upload."""
    other = facts(serial="bad")
    verdict = replace(bad(Saying.OTHER_ADDRESS, other), seen="boss@example.org")

    [event] = told(opened(renewed(), verdict, FIRST, OPENED_AT), verdict)

    assert event["data"] == REPORT | {
        "serial": "bad",
        "code": "certificate.address_mismatch",
        "message": event["data"]["message"],
    }
    assert "boss@example.org" in event["data"]["message"]
    assert event["causeid"] == "u2"


def test_a_reminder_counts_the_days() -> None:
    """Rounded up; beside the acceptance where it comes with it."""
    soon = facts(OPENED_AT.now + 5.5 * DAY)

    events = told(opened(uploaded(), good(soon), FIRST, OPENED_AT), good(soon))

    assert named(events) == ["accepted", "expiring"]
    assert events[1]["data"]["days_left"] == 6
    assert [event["sequence"] for event in events] == ["0000000001", "0000000002"]


def test_the_end_is_told_because_of_the_upload_that_ends() -> None:
    """Whatever was uploaded after it and refused."""
    known = of(opened(renewed(), bad(), FIRST, OPENED_AT).identity)

    [event] = told(watched(known, good(), FIRST, Moment(facts().not_after)), good())

    assert (named([event]), event["causeid"]) == (["expired"], "u1")
    assert event["data"] == REPORT


def test_a_revoked_certificate_is_refused() -> None:
    """With the facts of the one that was in use."""
    revoked = bad(Saying.REVOKED, facts())

    [event] = told(watched(in_use(), revoked, FIRST, OPENED_AT), revoked)

    assert (named([event]), event["data"]["code"]) == (["refused"], "certificate.revoked")
    assert event["data"]["serial"] == "5c4b"


def test_a_removal_is_told_because_of_its_request() -> None:
    """And when it was."""
    [event] = told(remove(in_use()), cause=REMOVAL)

    assert (named([event]), event["causeid"]) == (["removed"], "r1")
    assert event["data"] == ABOUT | {"at": "2026-11-23T12:00:02.000Z"}


def test_nobody_is_told_of_a_refusal_without_its_reason() -> None:
    """That would be a fault of ours."""
    with pytest.raises(ValueError, match="refused"):
        told(opened(uploaded(), bad(), FIRST, OPENED_AT))


@pytest.mark.parametrize(
    "refused",
    [
        fitting(65_537, an_address()),
        RefusedUpload(code="address.unknown", message="No.", address="info@example.org"),
    ],
    ids=["large", "unknown"],
)
def test_an_upload_that_is_not_opened_is_refused_without_an_identity(refused: RefusedUpload) -> None:
    """The same event id whenever the same event comes."""
    key = EventKey(publisher="shop", source="urn:shop", id="u1")
    telling = Telling(source="urn:signet", at=START, cause=Cause(id="u1", source="urn:shop"))

    first, second = (announce_certificate_refused("acme", refused, key, telling) for _ in range(2))

    assert (first, first.identity_id, first.sequence) == (second, None, None)
    event = json.loads(first.body)
    assert event["data"] == {
        "account": "acme",
        "address": refused.address,
        "code": refused.code,
        "message": refused.message,
    }
    assert event["subject"] == refused.address


@pytest.mark.parametrize(("octets", "fits"), [(LEAST + 65_536, True), (MOST_OF_FILE, True), (196_611, False)])
def test_a_file_may_be_larger_than_is_opened(octets: int, *, fits: bool) -> None:
    """So that it is refused in words; what no event has room for has a wrong form."""
    sealed = {"sealed": base64.b64encode(b"x" * octets).decode(), "key": "k1"}
    small = {"sealed": base64.b64encode(b"x" * LEAST).decode(), "key": "k1"}
    data = {"account": "acme", "address": "info@example.org", "pkcs12": sealed, "password": small}
    envelope = replace(enveloped(data), type=CertificateUploaded.TYPE, subject="info@example.org")

    read = as_event(CertificateUploaded, envelope)

    assert isinstance(read, CertificateUploaded) is fits
    if isinstance(read, tuple):
        assert [(error.field, error.code) for error in read] == [("pkcs12.sealed", "field.invalid")]


def test_time_between_events_is_not_asked_of_them() -> None:
    """A day later the same step says the same, but for the time of its envelope."""
    step = opened(uploaded(), good(), FIRST, OPENED_AT)
    later = Telling(source="urn:signet", at=OPENED_AT.now + timedelta(days=1), certificate=good())

    [event] = announce(step, later)[1]

    assert json.loads(event.body)["data"] == told(step, good())[0]["data"]
