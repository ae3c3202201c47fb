"""How an event comes in: octets become an Envelope, or Unreadable with the reason. Nothing here raises.

What an Envelope says is judged in events/reading.py; how an event goes out stands in events/writing.py.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from events.codes import EventCode
from events.strict_json import DEEPEST, NotStrictJson, parse_json
from events.withholding import holds_clear_secret

LARGEST_BODY: Final = 262_144
LARGEST_BATCH: Final = 4 * 1024 * 1024
LONGEST_BATCH: Final = 1000
LONGEST_ATTRIBUTE: Final = (
    1024  # octets: publisher, source and id must fit into one entry of a database index
)

LATEST: Final = 253_402_300_800_000  # milliseconds from 1970 to the year 10000

STRUCTURED: Final = "application/cloudevents"
PREFIXES: Final = ("ce-", "cloudevents_", "cloudevents:")

# CloudEvents 1.0.2, type system: a String holds no control characters, surrogates or noncharacters.
_FORBIDDEN: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event that can be answered: its id, source and type are sound. The rest is as it came: not for logs."""

    id: str
    source: str
    type: str
    subject: object = field(default=None, repr=False)
    time: object = field(default=None, repr=False)
    data: object = field(default=None, repr=False)
    data_base64: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """What cannot be read as an envelope: a dead letter. Its body is not kept where `body_withheld`.

    `reason` is a sentence that quotes nothing of the body. `index` is the place in a batch.
    """

    code: EventCode
    reason: str
    body_withheld: bool = False
    index: int | None = None


def read(body: bytes, headers: Mapping[str, object], content_type: str | None) -> Envelope | Unreadable:
    """Read one event as it came by AMQP: structured, or binary with its attributes in the headers."""
    if len(body) > LARGEST_BODY:
        reason = f"The event has {len(body)} octets; at most {LARGEST_BODY} are possible."
        return _unreadable(body, reason, EventCode.TOO_LARGE)
    attributes = None if (content_type or "").lower().startswith(STRUCTURED) else _prefixed(headers)
    try:
        value = parse_json(body) if body or attributes is None else None
    except NotStrictJson as error:
        return _unreadable(body, str(error))
    envelope = _envelope(value) if attributes is None else _envelope({**attributes, "data": value})
    return envelope if isinstance(envelope, Envelope) else _unreadable(body, envelope)


def read_http(body: bytes, headers: Mapping[str, str], content_type: str | None) -> Envelope | Unreadable:
    """Read one event as it came by HTTP, where the attributes in headers are percent-encoded."""
    return read(body, {name: unquote(value) for name, value in headers.items()}, content_type)


def read_batch(body: bytes) -> tuple[Envelope, ...] | Unreadable:
    """Read a batch of events in structured form; one that cannot be read makes all of it unreadable."""
    if len(body) > LARGEST_BATCH:
        reason = f"The batch has {len(body)} octets; at most {LARGEST_BATCH} are possible."
        return _unreadable(body, reason, EventCode.TOO_LARGE)
    try:
        events = parse_json(body, deepest=DEEPEST + 1)
    except NotStrictJson as error:
        return _unreadable(body, str(error))
    if not isinstance(events, list):
        return _unreadable(body, "A batch is a JSON array of events.")
    if len(events) > LONGEST_BATCH:
        reason = f"The batch has {len(events)} events; at most {LONGEST_BATCH} are possible."
        return _unreadable(body, reason, EventCode.TOO_LARGE)
    return _members(body, events)


def _members(body: bytes, events: list[object]) -> tuple[Envelope, ...] | Unreadable:
    envelopes: list[Envelope] = []
    for index, event in enumerate(events):
        if len(body) > LARGEST_BODY and _size(event) > LARGEST_BODY:
            reason = f"Event {index} is too large; at most {LARGEST_BODY} octets are possible."
            return replace(_unreadable(body, reason, EventCode.TOO_LARGE), index=index)
        envelope = _envelope(event)
        if not isinstance(envelope, Envelope):
            return replace(_unreadable(body, f"Event {index}: {envelope}"), index=index)
        envelopes.append(envelope)
    return tuple(envelopes)


def _size(event: object) -> int:
    """How many octets an event of a batch has by itself, without idle spaces."""
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _unreadable(body: bytes, reason: str, code: EventCode = EventCode.MALFORMED) -> Unreadable:
    return Unreadable(code=code, reason=reason, body_withheld=holds_clear_secret(body))


def _prefixed(headers: Mapping[str, object]) -> dict[str, object] | None:
    """Gather the attributes of binary mode from the headers, or None. Prefixes are never mixed."""
    lowered = {str(name).lower(): value for name, value in headers.items()}
    for prefix in PREFIXES:
        if f"{prefix}specversion" in lowered:
            found = {
                name.removeprefix(prefix): value for name, value in lowered.items() if name.startswith(prefix)
            }
            return {name: _as_text(value) for name, value in found.items()}
    return None


def _as_text(value: object) -> object:
    """Spell an attribute of one of AMQP's own types as in JSON."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int) and 0 <= value < LATEST:  # AMQP 1.0, section 1.6.17: a timestamp
        value = datetime.fromtimestamp(value / 1000, UTC)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value


def _envelope(value: object) -> Envelope | str:
    """Find the envelope, or the sentence that says what it lacks."""
    if not isinstance(value, dict):
        return "An event is a JSON object."
    for name in ("specversion", "id", "source", "type"):
        fault = _fault(value.get(name), name)
        if fault:
            return fault
    if value["specversion"] != "1.0":
        return 'The attribute specversion is not "1.0".'
    return Envelope(
        id=value["id"],
        source=value["source"],
        type=value["type"],
        subject=value.get("subject"),
        time=value.get("time"),
        data=value.get("data"),
        data_base64=value.get("data_base64"),
    )


def _fault(value: object, name: str) -> str | None:
    if value is None:
        return f"The attribute {name} is missing."
    if not isinstance(value, str) or not value:
        return f"The attribute {name} is not a text, or empty."
    if _FORBIDDEN.search(value):
        return f"The attribute {name} holds a character that no attribute may hold (CloudEvents 1.0)."
    if len(value.encode("utf-8")) > LONGEST_ATTRIBUTE:
        return f"The attribute {name} is longer than {LONGEST_ATTRIBUTE} octets."
    return None
