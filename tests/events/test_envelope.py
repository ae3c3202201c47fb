"""How events come in: structured, binary, in batches; and what cannot be read at all."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from cloudevents.core.bindings import amqp, http, rabbitmq
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from events.codes import EventCode
from events.envelope import LARGEST_BATCH, LARGEST_BODY, Envelope, Unreadable, read, read_batch, read_http
from tests.events.building import DATA, REGISTERED, STRUCTURED, an_event, octets

AWARE: Final = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def official(**attributes: Any) -> CloudEvent:
    """The same event as the official package makes it."""
    return CloudEvent({"id": "1", "source": "/a b/č", "type": REGISTERED, **attributes}, dict(DATA))


def test_a_structured_event_is_read() -> None:
    """The body holds all."""
    event = an_event(subject="shop.example.com", time="2026-01-31T09:30:00Z", other=["ignored"])

    assert read(octets(event), {}, STRUCTURED) == Envelope(
        id="1",
        source="urn:shop",
        type=REGISTERED,
        subject="shop.example.com",
        time="2026-01-31T09:30:00Z",
        data=DATA,
    )


@pytest.mark.parametrize(
    "content_type", [None, "application/json", "application/cloudevents+json; charset=utf-8"]
)
def test_a_structured_event_is_known_without_its_content_type(content_type: str | None) -> None:
    """Many publishers forget it."""
    assert isinstance(read(octets(an_event()), {}, content_type), Envelope)


def test_headers_that_only_repeat_a_structured_event_are_ignored() -> None:
    """They serve routing; the body is the event."""
    headers = {"ce-specversion": "1.0", "ce-id": "other", "ce-source": "other", "ce-type": "other"}

    envelope = read(octets(an_event()), headers, STRUCTURED)

    assert isinstance(envelope, Envelope)
    assert envelope.id == "1"


@pytest.mark.parametrize("prefix", ["ce-", "CE-", "cloudEvents_", "cloudEvents:"])
def test_a_binary_event_is_read_from_headers_and_body(prefix: str) -> None:
    """Over AMQP 0-9-1 several prefixes are in use."""
    attributes = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:shop",
        "type": REGISTERED,
        "subject": "a.example",
    }
    headers = {f"{prefix}{name}": value for name, value in attributes.items()}

    envelope = read(octets(DATA), {**headers, "x-other": 5}, "application/json")

    assert envelope == Envelope(id="1", source="urn:shop", type=REGISTERED, subject="a.example", data=DATA)


def test_prefixes_are_never_mixed_in_one_event() -> None:
    """Half an event of one prefix is not made whole by another."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "cloudEvents_source": "urn:shop",
        "cloudEvents_type": REGISTERED,
    }

    unreadable = read(octets(DATA), headers, None)

    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason == "The attribute source is missing."


@pytest.mark.parametrize(
    "time",
    [
        AWARE,
        datetime(2026, 1, 31, 9, 30),  # noqa: DTZ001 - so does pika read an AMQP timestamp
        int(AWARE.timestamp()) * 1000,
    ],
)
def test_attributes_of_types_that_only_amqp_has_are_read(time: object) -> None:
    """A client may send octets or a timestamp."""
    headers = {
        "ce-specversion": b"1.0",
        "ce-id": b"\xc4\x8d",
        "ce-source": "urn:shop",
        "ce-type": REGISTERED,
        "ce-time": time,
    }

    envelope = read(octets(DATA), headers, None)

    assert isinstance(envelope, Envelope)
    assert envelope.id == "č"
    assert datetime.fromisoformat(str(envelope.time)) == AWARE


@pytest.mark.parametrize("time", [-1, 10**40, 1.5, ["now"]])
def test_an_attribute_of_a_senseless_type_is_kept_as_it_is(time: object) -> None:
    """It is a fault of form, and answered as one."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "urn:shop",
        "ce-type": REGISTERED,
        "ce-time": time,
    }

    envelope = read(octets(DATA), headers, None)

    assert isinstance(envelope, Envelope)
    assert envelope.time == time


def test_a_binary_event_without_a_body_has_no_data() -> None:
    """That is a fault of form, answered with event.refused, not a dead letter."""
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "urn:shop", "ce-type": REGISTERED}

    assert read(b"", headers, None) == Envelope(id="1", source="urn:shop", type=REGISTERED)


def test_what_the_official_package_sends_is_read_over_rabbitmq() -> None:
    """Structured and binary, by the binding for RabbitMQ."""
    event = official(time=AWARE, subject="shop.example.com")

    for message in (
        rabbitmq.to_structured(event, JSONFormat()),
        rabbitmq.to_binary(event, JSONFormat()),
    ):
        envelope = read(message.body, message.headers, message.content_type)

        assert isinstance(envelope, Envelope)
        assert (envelope.id, envelope.source, envelope.type) == ("1", "/a b/č", REGISTERED)
        assert (envelope.subject, envelope.data) == ("shop.example.com", DATA)
        assert datetime.fromisoformat(str(envelope.time)) == AWARE


def test_what_the_official_package_sends_is_read_over_amqp() -> None:
    """The binding for AMQP 1.0, as a broker hands it on."""
    message = amqp.to_binary(official(time=AWARE), JSONFormat())

    envelope = read(message.application_data, message.application_properties, "application/json")

    assert isinstance(envelope, Envelope)
    assert (envelope.source, envelope.data) == ("/a b/č", DATA)
    assert datetime.fromisoformat(str(envelope.time)) == AWARE


def test_what_the_official_package_sends_is_read_over_http() -> None:
    """Structured and binary; in headers, attributes are percent-encoded."""
    event = official(time=AWARE)

    for message in (http.to_structured(event, JSONFormat()), http.to_binary(event, JSONFormat())):
        envelope = read_http(message.body, message.headers, message.headers.get("content-type"))

        assert isinstance(envelope, Envelope)
        assert (envelope.source, envelope.data) == ("/a b/č", DATA)
        assert datetime.fromisoformat(str(envelope.time)) == AWARE


WITHOUT: Final = "The attribute {} is missing."
EMPTY: Final = "The attribute {} is not a text, or empty."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"specversion": "1.0", "id": "1", "sou', "The body is not JSON"),
        (b"\x80\x81", "The body is not UTF-8"),
        (b'{"id": "1", "id": "2"}', "same name twice"),
        (octets(an_event(data=json.loads("[" * 16 + "]" * 16))), "deeper than 16"),
        (octets([an_event()]), "An event is a JSON object."),
        (b'"text"', "An event is a JSON object."),
        (b"null", "An event is a JSON object."),
        (b"", "The body is not JSON"),
        *[
            (octets({**an_event(), name: None}), WITHOUT.format(name))
            for name in ("specversion", "id", "source", "type")
        ],
        *[
            (octets({**an_event(), name: ""}), EMPTY.format(name))
            for name in ("specversion", "id", "source", "type")
        ],
        (octets(an_event(id=5)), EMPTY.format("id")),
        (octets(an_event(source=["urn:shop"])), EMPTY.format("source")),
        (octets(an_event(specversion="0.3")), 'specversion is not "1.0"'),
        (octets(an_event(specversion=1.0)), EMPTY.format("specversion")),
        (octets(an_event(id="a\x00b")), "The attribute id holds a character"),
        (octets(an_event(source="a\nb")), "The attribute source holds a character"),
        (octets(an_event(type="a\x1bb")), "The attribute type holds a character"),
        (octets(an_event(id="\ud800")), "The attribute id holds a character"),
        (octets(an_event(id="x" * 1025)), "The attribute id is longer than 1024 octets."),
        (octets(an_event(source="č" * 513)), "The attribute source is longer than 1024 octets."),
    ],
)
def test_what_has_no_sound_envelope_is_unreadable(body: bytes, reason: str) -> None:
    """It can be answered to nobody, so it becomes a dead letter, with the reason."""
    unreadable = read(body, {}, None)

    assert isinstance(unreadable, Unreadable)
    assert unreadable.code is EventCode.MALFORMED
    assert reason in unreadable.reason
    assert not unreadable.body_withheld


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 300 * 1024])
def test_a_body_that_is_too_large_is_not_even_looked_into(size: int) -> None:
    """262,144 octets are the most."""
    body = octets(an_event(padding="")).ljust(size)

    unreadable = read(body, {}, STRUCTURED)

    assert isinstance(unreadable, Unreadable)
    assert unreadable.code is EventCode.TOO_LARGE
    assert str(size) in unreadable.reason


def test_a_body_of_the_largest_size_is_read() -> None:
    """The limit itself is within."""
    assert isinstance(read(octets(an_event()).ljust(LARGEST_BODY), {}, STRUCTURED), Envelope)


@pytest.mark.parametrize(
    "spoiled", [b'{"data": {"password": "hunter2"', b'{"password": "hunter2"}' + b" " * LARGEST_BODY]
)
def test_a_clear_secret_in_what_cannot_be_read_is_withheld(spoiled: bytes) -> None:
    """The dead letter then has no body."""
    unreadable = read(spoiled, {}, STRUCTURED)

    assert isinstance(unreadable, Unreadable)
    assert unreadable.body_withheld
    assert "hunter2" not in repr(unreadable)


def test_what_an_event_says_does_not_show_in_a_log() -> None:
    """An envelope that is logged by mistake names the event, and nothing of its content."""
    envelope = read(octets(an_event(data={"password": "hunter2"}, subject="secret.example")), {}, STRUCTURED)

    assert "hunter2" not in repr(envelope)
    assert "secret.example" not in repr(envelope)


def test_a_batch_is_read_in_its_order() -> None:
    """Over HTTP many events may come at once."""
    envelopes = read_batch(octets([an_event(id=str(number)) for number in range(1000)]))

    assert isinstance(envelopes, tuple)
    assert [envelope.id for envelope in envelopes] == [str(number) for number in range(1000)]


def test_an_event_in_a_batch_may_be_as_deep_as_one_alone() -> None:
    """The array around it does not count."""
    deep = an_event(data=json.loads("[" * 15 + "]" * 15))

    assert isinstance(read(octets(deep), {}, STRUCTURED), Envelope)
    assert isinstance(read_batch(octets([deep])), tuple)


@pytest.mark.parametrize(
    ("body", "code", "reason", "index"),
    [
        (octets(an_event()), "event.malformed", "A batch is a JSON array of events.", None),
        (b"[", "event.malformed", "The body is not JSON", None),
        (octets([an_event(), an_event(id="")]), "event.malformed", "Event 1: The attribute id is not", 1),
        (octets([an_event(), 5]), "event.malformed", "Event 1: An event is a JSON object.", 1),
        (octets([0] * 1001), "event.too_large", "The batch has 1001 events", None),
        (b"[]".ljust(LARGEST_BATCH + 1), "event.too_large", "The batch has 4194305 octets", None),
        (
            octets([an_event(), an_event(data="x" * LARGEST_BODY)]),
            "event.too_large",
            "Event 1 is too large",
            1,
        ),
        (octets([an_event(data="\ud800" * LARGEST_BODY)]), "event.too_large", "Event 0 is too large", 0),
        (octets([an_event(data=json.loads("[" * 16 + "]" * 16))]), "event.malformed", "deeper than", None),
    ],
)
def test_a_batch_with_one_unreadable_event_is_unreadable(
    body: bytes, code: str, reason: str, index: int | None
) -> None:
    """A batch is taken whole or not at all; the place of the fault is named."""
    unreadable = read_batch(body)

    assert isinstance(unreadable, Unreadable)
    assert (unreadable.code, unreadable.index) == (code, index)
    assert reason in unreadable.reason


header_values = st.one_of(
    st.text(), st.binary(), st.integers(), st.none(), st.datetimes(), st.lists(st.text())
)
header_names = st.one_of(
    st.text(),
    st.sampled_from(
        ["ce-specversion", "ce-id", "ce-source", "ce-type", "cloudEvents:specversion", "ce-time"]
    ),
)


@given(
    st.binary(),
    st.dictionaries(header_names, header_values),
    st.none() | st.sampled_from([STRUCTURED, "text/plain"]),
)
def test_whatever_comes_it_is_an_envelope_or_unreadable(
    body: bytes, headers: dict[str, object], content_type: str | None
) -> None:
    """Nothing that comes in raises."""
    assert isinstance(read(body, headers, content_type), Envelope | Unreadable)
    assert isinstance(read_batch(body), tuple | Unreadable)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "data", "type", "a"]), inner),
)


@given(
    st.dictionaries(
        st.sampled_from(["specversion", "id", "source", "type", "data", "time", "subject"]), any_json
    )
)
def test_whatever_json_comes_it_is_an_envelope_or_unreadable(changes: dict[str, object]) -> None:
    """Sound JSON of any shape, lone surrogates included."""
    body = octets(an_event(**changes))

    assert isinstance(read(body, {}, STRUCTURED), Envelope | Unreadable)
    assert isinstance(read_batch(b"[" + body + b"]"), tuple | Unreadable)
