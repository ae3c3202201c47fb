"""How events go out, and how their ids come about."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import Cause
from events.catalogue import FieldError
from events.catalogue.domains import DomainVerified
from events.catalogue.refused import EventRefused
from events.envelope import Envelope, read
from events.writing import CONTENT_TYPE, Stamp, refusal_id, write

AT: Final = datetime(2026, 1, 31, 9, 30, 0, 123_999, tzinfo=UTC)
VERIFIED: Final = DomainVerified(
    account="acme",
    domain_id="d_1",
    domain="xn--hkyrky-ptac70bc.example",
    domain_unicode="háčkyčárky.example",
    by="dns",
    at=AT,
)
REFUSED: Final = EventRefused(
    source="urn:shop",
    id="1",
    type="t",
    errors=(
        FieldError(field="type", code="event.unknown_type", message="This type of event is not known here."),
    ),
)


def test_an_event_is_written_octet_by_octet_as_promised() -> None:
    """Attributes in a fixed order, times in UTC with milliseconds, ten digits of sequence, letters as they are."""
    stamp = Stamp(
        id="d_1.3", source="urn:signet", time=AT, sequence=3, cause=Cause(id="1", source="urn:shop")
    )

    assert write(VERIFIED, stamp).decode() == (
        '{"specversion":"1.0","id":"d_1.3","source":"urn:signet","type":"org.signet.domain.verified.v1",'
        '"subject":"xn--hkyrky-ptac70bc.example","time":"2026-01-31T09:30:00.123Z",'
        '"datacontenttype":"application/json","sequence":"0000000003","causeid":"1","causesource":"urn:shop",'
        '"data":{"account":"acme","domain_id":"d_1","domain":"xn--hkyrky-ptac70bc.example",'
        '"domain_unicode":"háčkyčárky.example","by":"dns","at":"2026-01-31T09:30:00.123Z"}}'
    )


def test_what_an_event_does_not_have_is_left_out() -> None:
    """No subject, sequence or cause, and no optional field, is written as null."""
    event = json.loads(write(REFUSED, Stamp(id="r", source="urn:signet", time=AT)))

    assert set(event) == {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}
    assert set(event["data"]) == {"source", "id", "type", "errors"}


def test_times_of_any_zone_are_written_in_utc() -> None:
    """Readers never calculate."""
    zoned = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert write(VERIFIED, Stamp(id="1", source="s", time=zoned)) == write(
        VERIFIED, Stamp(id="1", source="s", time=AT)
    )


def test_the_official_package_reads_what_is_written() -> None:
    """Any CloudEvents reader can."""
    stamp = Stamp(
        id="d_1.3", source="urn:signet", time=AT, sequence=3, cause=Cause(id="1", source="urn:shop")
    )

    event = JSONFormat().read(None, write(VERIFIED, stamp))

    assert (event.get_id(), event.get_source(), event.get_type()) == ("d_1.3", "urn:signet", VERIFIED.TYPE)
    assert event.get_subject() == "xn--hkyrky-ptac70bc.example"
    assert event.get_time() == datetime(2026, 1, 31, 9, 30, 0, 123_000, tzinfo=UTC)
    assert event.get_extension("sequence") == "0000000003"
    assert event.get_extension("causeid") == "1"
    assert event.get_data() == VERIFIED.model_dump(mode="json")


@pytest.mark.parametrize(
    "stamp", [Stamp(id="", source="s", time=AT), Stamp(id="1", source="s", time=AT.replace(tzinfo=None))]
)
def test_what_no_reader_would_take_is_not_written(stamp: Stamp) -> None:
    """An empty id or a time without a zone is our own fault, and shows at once."""
    with pytest.raises(CloudEventValidationError):
        write(VERIFIED, stamp)


@given(
    st.builds(
        Stamp,
        id=st.text(max_size=1),
        source=st.text(max_size=1),
        time=st.sampled_from([AT, AT.replace(tzinfo=None)]),
        cause=st.none() | st.builds(Cause, id=st.text(max_size=1), source=st.text(max_size=1)),
    ),
    st.text(max_size=1),
)
def test_what_is_refused_is_what_the_official_package_refuses(stamp: Stamp, domain: str) -> None:
    """It is asked only where something looks wrong, and nobody can tell."""
    attributes = {
        "specversion": "1.0",
        "id": stamp.id,
        "source": stamp.source,
        "type": VERIFIED.TYPE,
        "subject": domain,
        "time": stamp.time,
        "datacontenttype": "application/json",
    }
    extensions = {"causeid": stamp.cause.id, "causesource": stamp.cause.source} if stamp.cause else {}
    event = VERIFIED.model_copy(update={"domain": domain})

    expected = refused(lambda: CloudEvent({**attributes, **extensions}))

    assert refused(lambda: write(event, stamp)) == expected


def refused(write_it: Callable[[], object]) -> bool:
    """Whether the official package's error comes of it."""
    try:
        write_it()
    except CloudEventValidationError:
        return True
    return False


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=200).filter(lambda text: text.isprintable())
)
def test_whatever_was_refused_the_refusal_can_be_read(text: str) -> None:
    """An id or a source from outside is given back exactly."""
    event = EventRefused(source=text, id=text, type=text, errors=REFUSED.errors)

    body = write(event, Stamp(id="r", source="urn:signet", time=AT, cause=Cause(id=text, source=text)))

    envelope = read(body, {}, CONTENT_TYPE)
    assert isinstance(envelope, Envelope)
    assert envelope.data == json.loads(event.model_dump_json())


def test_a_redelivered_event_is_refused_under_the_same_id_and_a_corrected_one_under_another() -> None:
    """Everything may happen twice."""
    refusal = refusal_id("shop", "urn:shop", "1", b"{}")

    assert refusal == refusal_id("shop", "urn:shop", "1", b"{}")
    others = {
        refusal_id("shop", "urn:shop", "1", b"{ }"),
        refusal_id("shop", "urn:shop", "2", b"{}"),
        refusal_id("shop", "urn:sho", "p1", b"{}"),
        refusal_id("other", "urn:shop", "1", b"{}"),
    }
    assert len(others | {refusal}) == 5
